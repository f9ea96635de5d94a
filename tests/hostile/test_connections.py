"""Clients that connect and do not get on with it, against the server that a process runs."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from shared.kernel.connections import Connection, connections
from shared.kernel.settings import Settings

WITHIN = 5.0
"""Seconds for anything here to happen; the server's own patience is far shorter."""
ASK = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
LARGE = 16 * 1024 * 1024
"""Bytes of an answer that no line takes at once."""


@dataclass
class Server:
    port: int
    kept: set[asyncio.Protocol]
    """Connections that it has."""
    clients: list[StreamWriter] = field(default_factory=list)

    async def connected(self) -> tuple[StreamReader, StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(writer)
        return reader, writer

    async def leave(self) -> None:
        for writer in self.clients:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def keeps(self, count: int) -> None:
        async with asyncio.timeout(WITHIN):
            while len(self.kept) != count:
                await asyncio.sleep(0.01)


class Hasty(Connection):
    """As the kernel's, in less time."""

    limit = 4
    head_within = 0.3
    rest_within = 0.3
    taken_within = 0.3


@asynccontextmanager
async def serving(kind: type[Connection] = Hasty) -> AsyncIterator[Server]:
    """Answers every address with its length; `/large` with more than a line takes, `/slow` when it is told so."""
    config = uvicorn.Config(
        answer, host="127.0.0.1", port=0, http=kind, ws="none", lifespan="off", log_config=None, timeout_keep_alive=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    async with asyncio.timeout(WITHIN):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    met = Server(port, server.server_state.connections)  # type: ignore[arg-type]
    try:
        yield met
    finally:
        await met.leave()
        server.should_exit = server.force_exit = True
        await running


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    body = b"x" * LARGE if scope["path"] == "/large" else scope["path"].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def ended(reader: StreamReader) -> bytes:
    """All that came until the server ended the connection."""
    async with asyncio.timeout(WITHIN):
        with suppress(ConnectionResetError):
            return await reader.read()
    return b""


async def asked(reader: StreamReader, writer: StreamWriter, what: bytes = ASK) -> bytes:
    """Head of the answer."""
    writer.write(what)
    async with asyncio.timeout(WITHIN):
        return await reader.readuntil(b"\r\n\r\n")


Bytes = Callable[[StreamWriter], Awaitable[None]]


async def nothing(_: StreamWriter) -> None: ...


async def half_a_head(writer: StreamWriter) -> None:
    writer.write(ASK[:-2])


async def empty_lines(writer: StreamWriter) -> None:
    writer.write(b"\r\n\r\n")


@pytest.mark.parametrize("sends", [nothing, half_a_head, empty_lines])
async def test_who_does_not_say_what_is_wanted_is_sent_away(sends: Bytes) -> None:
    async with serving() as server:
        reader, writer = await server.connected()
        await sends(writer)
        assert await ended(reader) == b""
        await server.keeps(0)


async def test_a_head_that_trickles_in_has_no_more_time_than_one_that_does_not_come() -> None:
    async with serving() as server:
        reader, writer = await server.connected()
        await asked(reader, writer)
        trickle = asyncio.create_task(_trickle(writer))
        await server.keeps(0)
        trickle.cancel()


async def _trickle(writer: StreamWriter) -> None:
    writer.write(ASK[:-2])
    while not writer.is_closing():
        writer.write(b"x: y\r\n")
        await asyncio.sleep(0.05)


async def test_a_head_has_a_largest_size_and_says_so() -> None:
    async with serving() as server:
        reader, writer = await server.connected()
        for _ in range(20):
            writer.write(b"GET /" + b"x" * 8000 if _ == 0 else b"x" * 8000)
            await asyncio.sleep(0.001)
        told = await ended(reader)
        assert told.startswith(b"HTTP/1.1 431 ")
        assert b"HeadTooLarge" in told


async def test_the_longest_idle_gives_way_to_one_more() -> None:
    async with serving(connections(3)) as server:
        idle = [await server.connected() for _ in range(3)]
        for pair in idle[::-1]:
            assert (await asked(*pair)).startswith(b"HTTP/1.1 200")
        fourth = await server.connected()
        assert (await asked(*fourth)).startswith(b"HTTP/1.1 200")
        await ended(idle[2][0])  # whose answer came first
        await server.keeps(3)


async def test_when_all_are_busy_one_more_is_told_to_come_back() -> None:
    async with serving(connections(2)) as server:
        busy = [await server.connected() for _ in range(2)]
        for _, writer in busy:
            writer.write(b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n" * 2)  # the second one waits for the first
        await _until_busy(server, 2)
        reader, _ = await server.connected()
        told = await ended(reader)
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in told
        assert b"application/problem+json" in told


async def _until_busy(server: Server, count: int) -> None:
    async with asyncio.timeout(WITHIN):
        while sum(not one.idle for one in server.kept if isinstance(one, Connection)) < count:
            await asyncio.sleep(0.01)


async def test_who_does_not_take_the_answer_is_cut_off() -> None:
    async with serving() as server:
        _, writer = await server.connected()  # and what comes is never read: the stream stops at 64 KiB
        writer.write(b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n")
        await server.keeps(1)
        await server.keeps(0)


async def test_the_rest_of_a_request_that_was_answered_is_not_read_for_ever() -> None:
    async with serving() as server:
        reader, writer = await server.connected()
        await asked(reader, writer, b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 1000000000\r\n\r\n")
        flood = asyncio.create_task(_flood(writer))
        await server.keeps(0)
        flood.cancel()


async def _flood(writer: StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()
            await asyncio.sleep(0.02)


async def test_the_rest_that_does_come_leaves_the_connection_as_it_was() -> None:
    class Patient(Hasty):
        head_within = WITHIN

    async with serving(Patient) as server:
        reader, writer = await server.connected()
        await asked(reader, writer, b"POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 200000\r\n\r\n")
        await reader.readexactly(1)
        writer.write(b"x" * 200_000)
        await writer.drain()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 2 * Hasty.rest_within)
        assert (await asked(reader, writer)).startswith(b"HTTP/1.1 200")


def test_a_process_has_as_many_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_CONNECTIONS", "17")
    settings = Settings(mongo_url="mongodb://here", kafka_bootstrap="here:1")
    assert connections(settings.connections).limit == 17
