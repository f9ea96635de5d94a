"""A command on a stream of 100,000 events beside one on a fresh stream, over HTTP, one at a time: remembered, as the
first one after the API has been restarted, and after it was killed."""

import asyncio
import random
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient

from services.welfare.service import service
from shared.kernel.ports import Document
from tests.bench.bench import Bench
from tests.bench.connection import Connection, post
from tests.bench.measured import percentile
from tests.bench.prefill import fill_log
from tests.bench.scale.figures import Figure
from tests.bench.scale.fund_history import FILLED, fund_history
from tests.bench.scale.sizes import Sizes

API = "welfare-api"
WARMING = 30
"""Commands to an account of no interest after a restart, so that code and connections are warm."""
DATABASE = f"gonghui_{service.name}"
WITHIN = 600.0
"""Seconds until the long streams are published and applied."""
Taken = dict[str, list[float]]
"""Milliseconds of `long` and `fresh`."""


async def run(bench: Bench, sizes: Sizes, source: str, token: str) -> Sequence[Figure]:
    long = [str(uuid.uuid4()) for _ in range(sizes.streams)]
    fresh = [str(uuid.uuid4()) for _ in range(sizes.streams)]
    other = str(uuid.uuid4())
    bench.say(f"  filling {sizes.streams} fund accounts with {sizes.stream:,} events each")
    for account in long:
        await _fill(bench, fund_history(account, sizes.stream, source))
    for account in (*fresh, other):
        await _fill(bench, fund_history(account, 2, source))
    await _published(bench)
    till = Till(bench, token, other)
    unkept = [await till.first(account) for account in long]
    bench.say(f"  the first command of all on each, nothing kept: {', '.join(f'{ms:,.0f} ms' for ms in unkept)}")
    warm = await _warm(till, long, fresh, sizes.commands)
    restarted, killed = _nobody(), _nobody()
    for _ in range(sizes.restarts):
        await bench.stack.restart(API)
        await till.firsts(long, fresh, restarted)
        await _warm(till, long, fresh, sizes.commands // 10)
        await bench.stack.kill(API)
        await bench.stack.until_ready(API)
        await till.firsts(long, fresh, killed)
    _must_add_up(bench, long + fresh, till)
    for what, taken in (("remembered", warm), ("restarted", restarted), ("killed", killed)):
        bench.say(f"  {what}: {', '.join(f'{kind} {_told(ms)}' for kind, ms in taken.items())}")
    first = {"first_without_kept_state_ms": [round(ms) for ms in unkept], "events": sizes.stream}
    return [
        _figure("stream_warm_p50", warm, 0.5, first),
        _figure("stream_warm_p99", warm, 0.99, {}),
        _figure("stream_restarted_p50", restarted, 0.5, {}),
        _figure("stream_killed_p50", killed, 0.5, {}),
    ]


class Till:
    """Puts money into accounts, and remembers how often."""

    def __init__(self, bench: Bench, token: str, other: str) -> None:
        self._bench, self._token, self._other = bench, token, other
        self._numbers = count(2)
        self.accepted = 0
        """Of accounts of interest."""

    async def connect(self) -> Connection:
        port = urlsplit(self._bench.stack.service_urls[service.name]).port
        assert port is not None
        return await Connection.to(port)

    async def first(self, account: str) -> float:
        line = await self.connect()
        taken = await self.allocate(line, account)
        line.close()
        return taken

    async def allocate(self, line: Connection, account: str) -> float:
        """Milliseconds until the answer. AssertionError if it is not 201."""
        body = f'{{"amount_fen": 1, "source_ref": "bank-{next(self._numbers)}"}}'.encode()
        request = post(f"/accounts/{account}/allocations", self._token, body)
        began = time.perf_counter()
        status = await line.send(request)
        taken = (time.perf_counter() - began) * 1000
        assert status == 201, status
        self.accepted += account != self._other
        return taken

    async def firsts(self, long: Sequence[str], fresh: Sequence[str], taken: Taken) -> None:
        """The first command on each of them after a start, in turns."""
        line = await self.connect()
        for _ in range(WARMING):
            await self.allocate(line, self._other)
        for old, new in zip(long, fresh, strict=True):
            for kind, account in random.sample([("long", old), ("fresh", new)], 2):
                taken[kind].append(await self.allocate(line, account))
        line.close()


def _nobody() -> Taken:
    return {"long": [], "fresh": []}


async def _warm(till: Till, long: Sequence[str], fresh: Sequence[str], commands: int) -> Taken:
    """So many on long and on fresh streams, in turns."""
    taken, line = _nobody(), await till.connect()
    for number in range(commands):
        for kind, accounts in (("long", long), ("fresh", fresh)):
            taken[kind].append(await till.allocate(line, accounts[number % len(accounts)]))
    line.close()
    return taken


async def _fill(bench: Bench, commits: Iterable[Any]) -> None:
    await asyncio.to_thread(fill_log, bench.stack.mongo_url, DATABASE, commits)


async def _published(bench: Bench) -> None:
    """Until the log is published, and the views have applied all of it."""
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        async with asyncio.timeout(WITHIN):
            while not await asyncio.to_thread(_is_published, client[DATABASE]):
                await asyncio.sleep(0.25)


def _is_published(log: Any) -> bool:
    sequence = log.sequence.find_one({"_id": "sequence"})
    if log.log.find_one({"pending": True}) or not sequence or sequence["published"] < sequence["next"] - 1:
        return False
    of_own_topic = {"_id": {"$regex": rf"^{service.view_set}:{service.topic}:"}}
    applied = sum(found["next_offset"] for found in log.checkpoints.find(of_own_topic))
    return bool(applied >= sequence["published"])


def _must_add_up(bench: Bench, accounts: Sequence[str], till: Till) -> None:
    """AssertionError unless every accepted allocation is in the log once."""
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        put = sum(
            body.count(b'"amount_fen":1,')
            for account in accounts
            for found in client[DATABASE].log.find({"stream": f"FundAccount:{account}"}, {"events.body": 1})
            for body in (event["body"] for event in found["events"])
        )
    assert put == till.accepted, f"{put} allocations in the log, {till.accepted} accepted; {FILLED} each at first"


def _figure(name: str, taken: Taken, share: float, more: Mapping[str, Any]) -> Figure:
    ours, theirs = (percentile(taken[kind], share) for kind in ("long", "fresh"))
    told = {kind: _told(ms) for kind, ms in taken.items()}
    return Figure(name, ours / theirs, ours, theirs, {**told, "commands": len(taken["long"]), **more})


def _told(taken: Sequence[float]) -> str:
    return f"p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms, max {max(taken):.1f} ms"
