"""One question for many, never older than the asking."""

import asyncio
from collections.abc import Mapping

import pytest

from shared.kernel.mongo.together import Together


class Shelf:
    def __init__(self) -> None:
        self.books = {"a": 1, "b": 2}
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()

    async def ask(self, names: list[str]) -> Mapping[str, int]:
        self.asked.append(names)
        found = {name: self.books[name] for name in names if name in self.books}
        await self.gate.wait()
        return found


async def test_those_who_ask_at_once_share_a_question() -> None:
    shelf = Shelf()
    shelf.gate.set()
    together = Together(shelf.ask)
    assert await asyncio.gather(*(together.of(name) for name in "abca")) == [1, 2, None, 1]
    assert shelf.asked == [["a", "b", "c"]]


async def test_who_asks_after_it_was_sent_asks_anew() -> None:
    shelf = Shelf()
    together = Together(shelf.ask)
    early = asyncio.create_task(together.of("a"))
    while not shelf.asked:
        await asyncio.sleep(0)
    shelf.books["a"] = 7
    late = asyncio.create_task(together.of("a"))
    while len(shelf.asked) < 2:
        await asyncio.sleep(0)
    shelf.gate.set()
    assert (await early, await late) == (1, 7)


async def test_all_who_share_it_hear_that_it_failed_and_the_next_one_asks_again() -> None:
    calls = 0

    async def ask(names: list[str]) -> Mapping[str, int]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("gone")
        return dict.fromkeys(names, 1)

    together = Together(ask)
    failed = await asyncio.gather(together.of("a"), together.of("b"), return_exceptions=True)
    assert [type(one) for one in failed] == [ConnectionError, ConnectionError]
    assert await together.of("a") == 1


async def test_one_who_gives_up_takes_nobody_along() -> None:
    shelf = Shelf()
    together = Together(shelf.ask)
    leaving, staying = asyncio.create_task(together.of("a")), asyncio.create_task(together.of("a"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    shelf.gate.set()
    assert await staying == 1
