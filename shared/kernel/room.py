"""How much memory one process gives to what is being sent to it."""

from types import TracebackType

from shared.kernel.door import Overloaded

LARGE = 64 * 1024 * 1024
"""Bytes of all bodies together that are not small."""
SMALL = 16 * 1024
"""Bytes of a body that needs no room: nearly every command, so those of others go on when somebody fills all of it."""


class Room:
    def __init__(self, size: int = LARGE) -> None:
        self.left = size


class Share:
    """`with Share(room) as share:` what one body takes of the room, until it is done with."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def __enter__(self) -> "Share":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._room.left += self._held

    def grow(self, size: int) -> None:
        """The body has so many bytes by now; Overloaded if there is no room for them."""
        more = size - self._held
        if size > SMALL:
            if more > self._room.left:
                raise Overloaded()
            self._room.left -= more
            self._held = size
