"""Clients that keep a connection and do not get on with it: they say what they want within a time and a length, they
take their answer within a time, and when there are too many the one that has been idle longest has to go.

uvicorn bounds none of this: a connection that says nothing lives for ever, and a head may grow without end.
"""

from asyncio import TimerHandle, Transport
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.kernel.door import CONNECTIONS, Overloaded
from shared.kernel.problem import HeadTooLarge, problem
from shared.kernel.refusal import Refused


def connections(most: int) -> type["Connection"]:
    """For `uvicorn.Config(http=...)`: no more of them than this."""

    class Bounded(Connection):
        limit = most

    return Bounded


class Connection(HttpToolsProtocol):
    limit: ClassVar[int] = CONNECTIONS
    head_within: ClassVar[float] = 10.0
    """Seconds for the head of a request to arrive, from its first byte or from the beginning of the connection."""
    largest_head: ClassVar[int] = 64 * 1024
    """Bytes of a head that is not complete."""
    rest_within: ClassVar[float] = 5.0
    """Seconds for which the rest of a request is read that has been answered already, and for a last answer to go."""
    taken_within: ClassVar[float] = 30.0
    """Seconds in which a client takes something of an answer that fills the line."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        self._awaited: TimerHandle | None = None
        """What ends the connection unless something arrives."""
        self._untaken: TimerHandle | None = None
        self._head = 0
        self._refused = False
        self._since = self.loop.time()
        room = len(self.connections) < self.limit or self._make_room()
        super().connection_made(transport)
        if room:
            self._await(self.head_within)
        else:
            self._refuse(Overloaded())
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._unset_keepalive_if_required()
        if self._untaken:
            self._untaken.cancel()
        super().connection_lost(exc)

    @property
    def idle(self) -> bool:
        """No request is in work, though one may be arriving."""
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> bool:
        """Whether one that was idle has been sent away."""
        others = cast("set[Connection]", self.connections)
        idle = [one for one in others if one.idle and not one.transport.is_closing()]
        if idle:
            min(idle, key=lambda one: one._since).end()
        return bool(idle)

    # what arrives

    @property
    def _reads_a_head(self) -> bool:
        return self.idle and not (self.cycle and self.cycle.more_body) and not self.transport.is_closing()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        before = self._reads_a_head
        super().data_received(data)
        if not self._reads_a_head:
            return
        if self._awaited is None:
            self._await(self.head_within)
        self._head += len(data) if before else 0
        if self._head > self.largest_head:
            self._refuse(HeadTooLarge(limit=self.largest_head))
            self._await(self.rest_within)  # to close with something unread would take the answer back

    def on_headers_complete(self) -> None:
        self._arrived()
        self._head = 0
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()
        if self.idle and self.cycle.more_body:
            self._await(self.rest_within)

    def on_message_complete(self) -> None:
        if self.idle:  # answered before it was all there
            self.cycle.more_body = False
            self._arrived()
        super().on_message_complete()

    def _await(self, seconds: float) -> None:
        self._arrived()
        self._awaited = self.loop.call_later(seconds, self.end)

    def _arrived(self) -> None:
        if self._awaited:
            self._awaited.cancel()
            self._awaited = None

    # what is taken

    def pause_writing(self) -> None:
        super().pause_writing()
        self._untaken = self.loop.call_later(self.taken_within, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._untaken:
            self._untaken.cancel()

    def timeout_keep_alive_handler(self) -> None:
        self.end()

    def end(self) -> None:
        """Close, and do not wait for one who does not take what was written."""
        self.transport.close()
        self.loop.call_later(self.rest_within, self.transport.abort)

    def _refuse(self, refusal: Refused) -> None:
        status, headers, body = problem(refusal, b"")
        lines = [b"HTTP/1.1 %d %s" % (status, type(refusal).__name__.encode())]
        more = [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
        lines += [name + b": " + value for name, value in (*headers, *more)]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        self.transport.write_eof()
        self._refused = True
