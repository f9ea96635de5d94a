"""The services on an empty log, then on a long one: commands, queries, and the time until they are ready."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from deploy.local.identity import AUDIENCE, ISSUER, SIGNING_KEY, make_identity
from deploy.local.service_processes import AUDIT, processes_of
from services.members.service import service as members
from services.welfare.service import service as welfare
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.mongo.relay import MongoRelay
from shared.kernel.tokens import issue
from tests.bench.bench import Bench
from tests.bench.scale import long_stream, ready, rebuild, subtree
from tests.bench.scale.figures import Figure
from tests.bench.scale.growing_town import CADRE, OFFICER
from tests.bench.scale.sizes import Sizes

STARTED = ("members", "welfare")
DATABASE = f"gonghui_{members.name}"


async def run(bench: Bench, sizes: Sizes) -> Sequence[Figure]:
    source, founding = await _source(bench, members.name), sizes.town.founding
    await _fill(bench, sizes, source, 1, founding)
    bench.say("  starting the service processes")
    await bench.stack.start_services()
    await bench.stack.stop(f"{welfare.name}-{AUDIT}")
    empty = await ready.until_ready(bench, sizes.restarts)
    own = await _source(bench, welfare.name)
    streams = await long_stream.run(bench, sizes, own, _token(bench, OFFICER))
    await bench.stack.stop(*(process.name for process in processes_of(STARTED)))
    bench.say(f"  filling log and topic with {sizes.log_events:,} events")
    await _fill(bench, sizes, source, founding + 1, sizes.log_events)
    looks = await rebuild.fold(bench, members.topic, DATABASE, [sizes.log_events])
    rebuild.must_add_up(bench, DATABASE, sizes.town, sizes.log_events)
    bench.say(f"  applied in {looks[-1]['seconds']:.0f} s")
    await asyncio.gather(*map(bench.stack.start_again, ready.PROCESSES.values()))
    long = await ready.until_ready(bench, sizes.restarts)
    starts = ready.figures(long, empty, sizes.log_events)
    for figure in starts:
        bench.say(f"  {figure.bar.ours}: {figure.ours:.1f} s, on an empty one {figure.ceiling:.1f} s")
    queries = await subtree.run(bench, sizes, _token(bench, CADRE))
    return [*streams, *queries, *starts, _cost(rebuild.row_costs(bench, DATABASE)["log"])]


def _cost(of_log: Mapping[str, float]) -> Figure:
    on_disk, uncompressed = of_log["stored"] + of_log["indexes"], of_log["uncompressed"]
    return Figure("log_bytes", on_disk / uncompressed, on_disk, uncompressed, of_log)


async def _source(bench: Bench, service: str) -> str:
    """The log of a service made ready; how its records name it."""
    driver = Driver(connect(bench.stack.mongo_url), f"gonghui_{service}", "bench")
    await MongoLog(driver).prepare()
    incarnation = await MongoReads(driver).incarnation()
    await driver.close()
    return f"/gonghui/{service}/{incarnation}"


async def _fill(bench: Bench, sizes: Sizes, source: str, first: int, last: int) -> None:
    """Into log and topic of `members`, whose relay does not run meanwhile; its sequence goes on behind them."""
    tails = await rebuild.fill(bench, sizes.town, members.topic, source, first, last, DATABASE)
    driver = Driver(connect(bench.stack.mongo_url), DATABASE, "bench")
    store = MongoRelay(driver)
    before = await store.take_over((await store.sequence()).epoch)
    assert before is not None
    at = {(topic, number): position for topic, number, position in tails}
    after = replace(before, next=last + 1, tails=at, pending=(), pending_first=last + 1)
    assert await store.plan(before, after)
    assert await store.published(before.epoch, before.published, last)
    await driver.close()


def _token(bench: Bench, actor: str) -> str:
    key = json.loads((make_identity(bench.stack.state) / SIGNING_KEY).read_text())
    return issue(key, actor, issuer=ISSUER, audience=AUDIENCE, now=datetime.now(UTC), hours=2)
