"""A TCP proxy between one process and one server, which can be cut, half-opened, slowed down or left to drip."""

import asyncio
from contextlib import suppress
from typing import Literal, Self

Mode = Literal["sound", "cut", "half-open", "delay", "drip"]

DELAY = 0.15
"""Seconds on every piece, each way."""
DROP, APART = 256, 0.02
"""Bytes that drip at once, and the seconds between two drops."""
PIECE = 64 * 1024


class Link:
    """Listens on a free `port`; connections go to `server_port`, which may be set once it is known."""

    def __init__(self) -> None:
        self.port = self.server_port = 0
        self._mode: Mode = "sound"
        self._connections: dict[asyncio.Task[None], _Connection] = {}
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls) -> Self:
        link = cls()
        link._server = await asyncio.start_server(link._accept, "127.0.0.1", 0)
        link.port = link._server.sockets[0].getsockname()[1]
        return link

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def become(self, mode: Mode) -> None:
        """A connection that is half-open stays so, whatever the link becomes: its peer is gone for good."""
        self._mode = mode
        for task, connection in self._connections.items():
            connection.mode = mode if connection.mode != "half-open" else connection.mode
            if mode == "cut":
                task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._mode == "cut":
            writer.transport.abort()
            return
        connection = _Connection(self._mode, reader, writer)
        self._connections[task] = connection
        try:
            await connection.carry(self.server_port)
        except asyncio.CancelledError:
            return  # cut, or closed: asyncio would call it an error of the server
        finally:
            del self._connections[task]


class _Connection:
    def __init__(self, mode: Mode, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.mode = mode
        self._reader, self._writer = reader, writer

    async def carry(self, port: int) -> None:
        """Both ways, until one side closes."""
        writers = [self._writer]
        try:
            if self.mode == "half-open":
                await asyncio.Event().wait()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            ways = [
                asyncio.create_task(self._pump(self._reader, writer)),
                asyncio.create_task(self._pump(reader, self._writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return  # the server is not there: nor is this
        finally:
            for opened in writers:
                opened.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                await self._send(data, writer)

    async def _send(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        size = len(data)
        if self.mode == "half-open":
            await asyncio.Event().wait()
        elif self.mode == "delay":
            await asyncio.sleep(DELAY)
        elif self.mode == "drip":
            size = DROP
        for begin in range(0, len(data), size):
            writer.write(data[begin : begin + size])
            await writer.drain()
            if self.mode == "drip":
                await asyncio.sleep(APART)
