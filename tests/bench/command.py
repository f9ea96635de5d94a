"""A seat taken in an activity over HTTP, beside a route that checks the token and inserts: closed loops, in turns.

The API process runs alone, as the bare route does; then once with everybody after the same activity, and once with the
relay and all runners beside it.
"""

import random
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice, product
from typing import Any
from urllib.parse import urlsplit

from deploy.local.child import Program
from deploy.local.identity import environment, make_identity
from deploy.local.ports import choose_ports
from deploy.local.service_processes import answers, inherited
from deploy.local.supervisor import Supervisor
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measured import best, per_million, rate, spread, told
from tests.bench.prefill import databases
from tests.bench.town import Town
from tests.bench.worker import ROOT

FASTEST = 4_000
"""Commands a second for which seats are looked up beforehand."""
EAGER = 2_000
"""Members who enrol, each in many activities."""
CAPACITY = 9_000
"""Who is after the one hot activity."""
API, RUNNERS = "activities-api", "activities-runners"
Seats = Sequence[tuple[str, str]]
Run = Mapping[str, Any]


async def run(bench: Bench, town: Town) -> list[Figure]:
    wanted = list(product(town.activities, town.members[:EAGER]))
    random.Random(3).shuffle(wanted)
    remaining = iter(wanted)
    load = Load(bench, town)
    ours, bare = list[Run](), list[Run]()
    await bench.stack.stop(RUNNERS)
    async with bare_route(bench) as (port, pid):
        for _ in range(bench.sizes.repeat):
            ours.append(await load.on_service(list(islice(remaining, load.most))))
            bare.append(await load.on(port, pid, wanted[: load.most]))
            bench.say(f"  seats taken {_told(ours[-1])}; bare route {_told(bare[-1])}")
    hot = await load.on_service([(town.hot, member) for member in town.members[:CAPACITY]])
    bench.say(f"  seats taken in one activity {_told(hot)}")
    await bench.stack.start_again(RUNNERS)
    await town.drained()
    together = await load.on_service(list(islice(remaining, load.most)))
    bench.say(f"  with relay and runners at work {_told(together)}")
    await town.drained()
    details = {
        "connections": bench.sizes.connections,
        "ours_per_second": spread(ours),
        "ceiling_per_second": spread(bare),
        "ours_ms": _ms(best(ours)),
        "ceiling_ms": _ms(best(bare)),
        "ours_cpu_per_million": per_million(best(ours)),
        "ceiling_cpu_per_million": per_million(best(bare)),
        "hot_stream": _beside(hot, best(bare)),
        "with_runners": _beside(together, best(bare)),
    }
    ratio = rate(best(ours)) / rate(best(bare))
    return [Figure("command_ratio", ratio, rate(best(ours)), rate(best(bare)), details)]


class Load:
    def __init__(self, bench: Bench, town: Town) -> None:
        self._bench = bench
        self._tokens = {member: town.token(member) for member in town.members[:CAPACITY]}
        self.most = int((bench.sizes.seconds + self.warm_up) * FASTEST)

    @property
    def warm_up(self) -> float:
        return self._bench.sizes.seconds / 4

    async def on_service(self, seats: Seats) -> Run:
        port = urlsplit(self._bench.stack.service_urls["activities"]).port
        assert port is not None
        return await self.on(port, self._bench.stack.pid(API), seats)

    async def on(self, port: int, pid: int, seats: Seats) -> Run:
        """AssertionError if anything else than 201 was answered."""
        sizes = self._bench.sizes
        found: Run = await self._bench.run(
            "load",
            port=port,
            seats=seats,
            tokens={member: self._tokens[member] for _, member in seats},
            connections=sizes.connections,
            seconds=sizes.seconds,
            warm_up=self.warm_up,
            pids={**self._bench.pids, "service": pid},
        )
        assert set(found["statuses"]) == {"201"}, found["statuses"]
        return found


@asynccontextmanager
async def bare_route(bench: Bench) -> AsyncIterator[tuple[int, int]]:
    """Its port and pid."""
    name = "bare-route"
    port = choose_ports(bench.stack.state, {name: 0}, None)[name]
    identity = environment(make_identity(bench.stack.state))
    supervisor = Supervisor()

    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/readyz")

    with databases(bench.stack.mongo_url) as database:
        settings = {"GONGHUI_MONGO_URL": bench.stack.mongo_url, "BENCH_DATABASE": database, "PYTHONPATH": str(ROOT)}
        await supervisor.start(
            Program(
                name=name,
                command=(sys.executable, "-m", "tests.bench.bare_route", str(port)),
                log=bench.logs / f"{name}.log",
                ready=ready,
                environment={**inherited(), **identity, **settings},
                port=port,
            )
        )
        try:
            yield port, supervisor.children[name].pid
        finally:
            await supervisor.stop(name)


def _told(found: Run) -> str:
    return f"{told(found)} (p50 {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms)"


def _beside(found: Run, ceiling: Run) -> dict[str, float]:
    return {"per_second": round(rate(found)), "ratio": round(rate(found) / rate(ceiling), 3), **_ms(found)}


def _ms(found: Run) -> dict[str, float]:
    return {"p50_ms": round(found["p50"], 1), "p99_ms": round(found["p99"], 1)}
