"""Pages of a subtree of so many organisations that the database does not merge their orders by itself."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.kernel.mongo import reads
from shared.kernel.mongo.reads import MongoReads
from shared.kernel.ports import Document
from tests.kernel.laboratory import Laboratory

pytestmark = pytest.mark.stack

ROWS = "v1_rows"
FEW = 3
"""Organisations that are merged at once in these tests."""
OURS = [f"org{number}" for number in range(7)]


@pytest.fixture
async def rows(infra: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MongoReads]:
    """An empty view of documents by organisation."""
    monkeypatch.setattr(reads, "AT_ONCE", FEW)
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        replica = await laboratory.replica()
        await replica.view_store.ensure_view(ROWS, ["org_id"])
        yield replica.reads


async def put(rows: MongoReads, orgs: Sequence[str]) -> list[str]:
    """A document of each of these organisations; the ids of ours in order."""
    documents = [{"_id": f"{number:05}", "org_id": org} for number, org in enumerate(orgs)]
    await rows.db[ROWS].insert_many(random.Random(1).sample(documents, len(documents)))
    return [str(document["_id"]) for document in documents if document["org_id"] in OURS]


async def page(rows: MongoReads, after: str | None, limit: int) -> list[str]:
    return [row["_id"] for row in await rows.page_of(ROWS, "org_id", OURS, after, limit)]


async def page_by_page(rows: MongoReads, limit: int) -> list[str]:
    """All ids, with the cursor that each page gives for the next one."""
    read, after = list[str](), None
    while found := await page(rows, after, limit):
        assert len(found) <= limit
        read += found
        after = found[-1]
    return read


def alone() -> list[str]:
    return OURS * 20


def scattered() -> list[str]:
    chance = random.Random(5)
    return [chance.choice(OURS) if chance.random() < 0.15 else "foreign" for _ in range(600)]


def in_the_middle() -> list[str]:
    return ["foreign"] * 150 + OURS * 6 + ["foreign"] * 150


def one_after_the_other() -> list[str]:
    return [org for org in reversed(OURS) for _ in range(12)] + ["foreign"] * 100


def behind_others() -> list[str]:
    return ["foreign"] * 100 + [OURS[-1]] * 30 + [OURS[0]] * 30


TOWNS = [alone, scattered, in_the_middle, one_after_the_other, behind_others]


@pytest.mark.parametrize("town", TOWNS)
async def test_page_by_page_no_row_is_lost_or_met_twice(rows: MongoReads, town: Any) -> None:
    ours = await put(rows, town())
    for limit in (1, 4, 7, 25, 1_000):
        assert await page_by_page(rows, limit) == ours, limit


@pytest.mark.parametrize("town", TOWNS)
async def test_merged_or_met_along_the_ids_a_page_is_full_unless_it_is_the_last(rows: MongoReads, town: Any) -> None:
    ours = await put(rows, town())
    where, merged = {"org_id": {"$in": OURS}}, list[str]()
    for place in range(0, len(ours), 9):
        bound = {"$gt": ours[place]}
        rest = ours[place + 1 :]
        assert await page(rows, ours[place], 5) == rest[:5]
        merged = [row["_id"] for row in await rows._merged(ROWS, "org_id", OURS, bound, 5)]
        assert merged == rest[:5], "whatever lies near"
        near = [row["_id"] for row in await rows._near(ROWS, where, bound, 5)]
        assert near == rest[: min(len(near), 5)]


async def test_a_subtree_in_which_nothing_is_has_no_page(rows: MongoReads) -> None:
    assert await page(rows, None, 5) == []
    await put(rows, ["foreign"] * 40)
    assert await page(rows, None, 5) == []
    assert await rows.page_of(ROWS, "org_id", [], None, 5) == []


class Overtaken(MongoReads):
    """While a page is put together, a row goes over to an organisation whose part was already read."""

    leaving = ""

    async def _part(self, collection: str, field: str, wanted: Document, limit: int, session: Any) -> list[Document]:
        found = await super()._part(collection, field, wanted, limit, session)
        if self.leaving and OURS[0] in wanted[field]["$in"]:
            await self.db[ROWS].update_one({"_id": self.leaving}, {"$set": {"org_id": OURS[0]}})
        if self.leaving and OURS[0] not in wanted[field]["$in"]:
            await self.db[ROWS].update_one({"_id": found[0]["_id"]}, {"$set": {"org_id": OURS[-1]}})
        return found


async def test_what_goes_over_to_another_organisation_meanwhile_is_neither_missing_nor_there_twice(
    rows: MongoReads,
) -> None:
    ours = await put(rows, ["foreign"] * 60 + [OURS[-1], OURS[FEW], OURS[0]] * 2)
    overtaken = Overtaken(rows.driver)
    overtaken.leaving = ours[0]
    assert await page(overtaken, None, 10) == ours
