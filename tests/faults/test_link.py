"""The proxy between a process and a server, and what becomes of connections through it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.faults.link import DELAY, Link

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.transport.abort()


class Linked(Link):
    """To a server that says back what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.writers: list[asyncio.StreamWriter] = []


@asynccontextmanager
async def linked() -> AsyncIterator[Linked]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    link = await Linked.open()
    link.server_port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        for writer in link.writers:
            writer.transport.abort()
        await link.close()
        server.close()


async def connected(link: Linked) -> Ends:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    link.writers.append(writer)
    return reader, writer


async def said(ends: Ends, data: bytes = b"hello", within: float = 5.0) -> bytes:
    reader, writer = ends
    writer.write(data)
    async with asyncio.timeout(within):
        return await reader.readexactly(len(data))


async def test_a_sound_link_carries_both_ways() -> None:
    async with linked() as link:
        data = bytes(300_000)
        assert await said(await connected(link), data) == data


async def test_a_cut_link_ends_what_is_open_and_takes_nobody_until_it_is_sound() -> None:
    async with linked() as link:
        ends = await connected(link)
        await said(ends)
        link.become("cut")
        for lost in (ends, await connected(link)):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await said(lost)
        link.become("sound")
        assert await said(await connected(link)) == b"hello"


async def test_a_half_open_connection_says_nothing_ever_after() -> None:
    async with linked() as link:
        speaking, silent = await connected(link), await connected(link)
        for ends in (speaking, silent):
            await said(ends)
        link.become("half-open")
        with pytest.raises(TimeoutError):
            await said(speaking, within=0.1)
        link.become("sound")
        for ends in (speaking, silent):
            with pytest.raises(TimeoutError):
                await said(ends, within=0.1)
        assert await said(await connected(link)) == b"hello"


async def test_a_slow_link_delays_and_a_dripping_one_gives_it_in_drops() -> None:
    async with linked() as link:
        link.become("delay")
        ends, began = await connected(link), time.monotonic()
        await said(ends)
        assert time.monotonic() - began >= 2 * DELAY
        link.become("drip")
        reader, writer = ends
        writer.write(bytes(1_024))
        assert len(await reader.read(65_536)) < 1_024


async def test_a_server_that_is_away_closes_the_connection() -> None:
    async with linked() as link:
        link.server_port = 1
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said(await connected(link))
