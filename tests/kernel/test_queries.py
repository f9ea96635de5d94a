"""Reading views by scope and page, and waiting until they show what was committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.kernel.ports import Commit, Document, StoreFault
from shared.kernel.process import projector_of
from shared.kernel.queries import Queries
from shared.kernel.runner import Runner
from shared.values.org_path import OrgPath
from tests.kernel.laboratory import PARTITIONS, Laboratory, Nowhere, Replica
from tests.kernel.projecting import Gate, Hooked
from tests.kernel.toy import Bought, Sales, TicketSold, Till, TillCard, TillOpened, open_till

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class OrgTill:
    """A till and the organisation it belongs to: the part of its name before the dash."""

    id: str
    org_id: str
    tickets: int


@dataclass(frozen=True)
class OrgSales:
    id: str
    org_id: str = ""
    sold: int = 0


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        service = laboratory.service

        @service.view(OrgTill, key="till_id", indexes=["org_id"])
        def org_till(row: OrgTill | None, event: TillOpened) -> OrgTill:
            return OrgTill(event.till_id, event.till_id.split("-")[0], event.tickets)

        @service.tally(OrgSales, key=lambda event: event.till_id.split("-")[0])
        def org_sales(row: OrgSales, event: TicketSold) -> OrgSales:
            return OrgSales(row.id, row.id, row.sold + 1)

        yield laboratory


class Somewhere(Nowhere):
    """Organisations b and c lie in one subtree, a in another."""

    def within(self, scopes: Sequence[OrgPath]) -> list[str]:
        return [org for org in ("a", "b", "c") if any(path_of(org).startswith(scope) for scope in scopes)]


def path_of(org: str) -> str:
    return "/g/a/" if org == "a" else f"/g/s/{org}/"


async def reading(lab: Laboratory) -> Replica:
    replica = await lab.replica()
    replica.queries = Queries(
        replica.service, replica.reads, replica.relay_store, replica.view_store, Somewhere(), PARTITIONS
    )
    return replica


async def traded(lab: Laboratory) -> Replica:
    """Three tills in each of three organisations; in each as many sold as its place says."""
    replica = await reading(lab)
    replica.lead()
    await replica.project()
    for place, org in enumerate("abc", 1):
        for number in range(1, 4):
            await replica.open_till(f"{org}-{number}", 10 * number)
            await replica.sell(f"{org}-{number}", *(f"{org}{number}{buyer}" for buyer in range(place)))
    await replica.caught_up()
    return replica


async def ids(replica: Replica, model: type = OrgTill, where: Document | None = None, **more: Any) -> list[str]:
    rows: list[Any] = await replica.queries.find(model, where or {}, **more)
    return [row.id for row in rows]


@pytest.mark.parametrize("at_once", [200, 1])
async def test_lists_are_cut_to_scope_and_read_page_by_page(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Whether or not there are more organisations in the subtree than the database merges at once."""
    for module in ("queries", "mongo.reads"):
        monkeypatch.setattr(f"shared.kernel.{module}.AT_ONCE", at_once)
    replica = await traded(lab)
    everything = [f"{org}-{number}" for org in "abc" for number in (1, 2, 3)]
    assert await ids(replica) == everything
    assert await ids(replica, limit=4) == everything[:4]
    assert await ids(replica, limit=4, after="b-1") == everything[4:8]
    assert await ids(replica, limit=4, after="c-3") == []
    assert await ids(replica, where={"tickets": {"$gt": 10}}, after="b-2") == ["b-3", "c-2", "c-3"]

    subtree = [OrgPath("/g/s/")]
    assert await ids(replica, scopes=subtree) == everything[3:]
    assert await ids(replica, scopes=subtree, limit=2, after="b-2") == ["b-3", "c-1"]
    assert await ids(replica, scopes=subtree, limit=1) == ["b-1"], "behind more than is looked at along the ids"
    assert await ids(replica, where={"tickets": {"$gt": 10}}, scopes=subtree, limit=3) == ["b-2", "b-3", "c-2"]
    assert await ids(replica, scopes=[]) == []
    assert await ids(replica, scopes=[OrgPath("/")]) == everything
    assert await ids(replica, where={"org_id": "c"}, scopes=subtree) == everything[6:]
    assert await ids(replica, where={"org_id": "a"}, scopes=subtree) == [], "a filter never widens a scope"
    assert await ids(replica, where={"_id": "c-1"}, after="b-1") == ["c-1"]

    tallies = await replica.queries.find(OrgSales, {})
    assert tallies == [OrgSales("a", "a", 3), OrgSales("b", "b", 6), OrgSales("c", "c", 9)]
    assert await replica.queries.find(OrgSales, {}, scopes=subtree, limit=1) == [OrgSales("b", "b", 6)]
    assert await replica.queries.find(OrgSales, {}, after="b") == [OrgSales("c", "c", 9)]
    assert await replica.queries.view(Sales, "all") == Sales("all", sold=18)
    assert await replica.queries.view(Sales, "none") is None
    assert await replica.queries.view(TillCard, "b-1") == TillCard("b-1", 10, "o +1 +2")
    assert await replica.queries.view(Bought, "nobody") is None
    rows = await replica.view_store.rows("v1_sales", {})
    assert len(rows) > 1, "a tally of one source proves nothing about adding up"


async def gated(lab: Laboratory) -> tuple[Replica, Gate, Runner]:
    replica, gate = await reading(lab), Gate()
    replica.lead()
    store = Hooked(replica.view_store, before=gate)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    return replica, gate, replica.follow(projector, "v1")


async def commits(replica: Replica, *tills: str) -> tuple[Commit, ...]:
    """One unit that opens several tills."""

    async def act(work: Any) -> None:
        for till in tills:
            await work.change(Till, till, lambda t: open_till(t, 5))

    return (await replica.do(act)).commits


async def test_waiting_ends_when_the_views_show_it_and_not_before(lab: Laboratory) -> None:
    replica, gate, _ = await gated(lab)
    gate.close()
    made = await commits(replica, "a-1", "b-1", "c-1")
    assert len({wire.key for commit in made for wire in commit.events}) == 3
    waiting = asyncio.create_task(replica.queries.wait(made, 10))
    assert await replica.queries.wait(made, 0.3) is False
    assert not waiting.done()
    gate.open()
    assert await waiting is True
    assert await ids(replica) == ["a-1", "b-1", "c-1"]
    assert await replica.queries.wait((), 0.0) is True


async def test_all_commits_of_a_unit_are_waited_for(lab: Laboratory) -> None:
    replica, gate, _ = await gated(lab)
    first = await commits(replica, "a-1")
    assert await replica.queries.wait(first, 10)
    gate.close()
    second = await commits(replica, "a-2")
    assert await replica.queries.wait((*first, *second), 0.5) is False
    assert await replica.queries.wait((*second, *first), 0.5) is False
    gate.open()
    assert await replica.queries.wait((*first, *second), 10) is True


async def test_many_wait_at_once_and_each_is_answered(lab: Laboratory) -> None:
    replica, _, _ = await gated(lab)

    async def one(till: str) -> bool:
        return await replica.queries.wait(await commits(replica, till), 10)

    assert all(await asyncio.gather(*(one(f"a-{number}") for number in range(60))))
    assert replica.queries._waiting == {}


async def test_what_is_parked_is_not_shown(lab: Laboratory) -> None:
    replica, _, _ = await gated(lab)
    assert await replica.queries.wait((await replica.open_till("a-1", 9)).commits, 10) is True
    assert await replica.queries.wait((await replica.sell("a-1", "poison")).commits, 10) is False
    assert await replica.queries.wait((await replica.sell("a-1", "ann")).commits, 10) is False
    assert await replica.queries.wait((await replica.open_till("a-2", 9)).commits, 10) is True


async def test_a_database_that_is_away_for_a_moment_ends_no_waiting(lab: Laboratory) -> None:
    replica, _, _ = await gated(lab)
    positions = replica.reads.positions
    asked: list[None] = []

    async def away(commit_ids: Sequence[str]) -> dict[str, Document]:
        asked.append(None)
        if len(asked) < 3:
            raise StoreFault("away")
        return await positions(commit_ids)

    replica.reads.positions = away  # type: ignore[method-assign]
    assert await replica.queries.wait(await commits(replica, "a-1"), 10) is True
    assert len(asked) >= 3


async def test_settled_means_that_the_view_shows_all_that_was_committed(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kernel.queries.SETTLING", 0.4)
    replica, gate, _ = await gated(lab)
    await commits(replica, "a-1", "b-1")
    await replica.caught_up()
    assert await replica.queries.settled(TillCard) is True
    gate.close()
    await commits(replica, "a-2")
    assert await replica.queries.settled(TillCard) is False
    gate.open()
    await replica.caught_up()
    assert await replica.queries.settled(TillCard) is True


async def test_nothing_is_settled_while_commits_have_no_number(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kernel.queries.SETTLING", 0.3)
    replica = await reading(lab)
    await replica.project()
    await commits(replica, "a-1")
    assert await replica.queries.settled(TillCard) is False
    replica.lead()
    await replica.caught_up()
    assert await replica.queries.settled(TillCard) is True


async def test_a_view_in_which_something_is_parked_is_not_settled_and_the_others_are(
    lab: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kernel.queries.SETTLING", 2.0)
    replica, _, _ = await gated(lab)
    await replica.open_till("a-1", 9)
    await replica.sell("a-1", "poison")
    await replica.caught_up()
    assert await replica.queries.settled(TillCard) is False
    assert await replica.queries.settled(Bought) is True
