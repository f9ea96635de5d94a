"""In which row a number stood first, remembered in twelve bytes a row and without the number itself."""

import secrets
from array import array
from hashlib import blake2b

FREE = 0


class FirstSeen:
    """Open addressing over two arrays, at most two thirds full: some 2 MB for 100,000 numbers."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._size = 1 << 10
        self._used = 0
        self._digests, self._rows = self._empty()

    def _empty(self) -> tuple["array[int]", "array[int]"]:
        return array("Q", bytes(8 * self._size)), array("I", bytes(array("I").itemsize * self._size))

    def row(self, number: str, row: int) -> int:
        """The row where it stood first; `row` itself if this is the first time."""
        digest = int.from_bytes(blake2b(number.encode(), digest_size=8, key=self._key).digest(), "big") or 1
        place = self._place(digest)
        if self._digests[place] == FREE:
            self._digests[place], self._rows[place] = digest, row
            self._used += 1
            if 3 * self._used > 2 * self._size:
                self._grow()
            return row
        return self._rows[place]

    def _place(self, digest: int) -> int:
        place = digest % self._size
        while self._digests[place] not in (FREE, digest):
            place = (place + 1) % self._size
        return place

    def _grow(self) -> None:
        before = zip(self._digests, self._rows, strict=True)
        self._size *= 2
        self._digests, self._rows = self._empty()
        for digest, row in before:
            if digest != FREE:
                place = self._place(digest)
                self._digests[place], self._rows[place] = digest, row
