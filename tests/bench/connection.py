"""HTTP/1.1 over one kept connection, and nothing more than a load needs: a general client would be the bottleneck."""

import asyncio
from typing import Self


class Connection(asyncio.Protocol):
    """One request at a time; the answer is its status."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def to(cls, port: int) -> Self:
        _, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes) -> asyncio.Future[int]:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        headers = self._received[:head].lower()
        length = int(headers.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) < head + 4 + length:
            return
        status, self._received = int(headers[9:12]), b""
        if self._answer is not None:
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the server"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def post(path: str, token: str, body: bytes = b"") -> bytes:
    """A request as bytes, made before the clock runs."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body
