"""Members of a subtree, page by page, beside a bare `find` on documents that name it and are indexed by that."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from pymongo import MongoClient

from services.members.membership.member_card import MemberCard
from services.members.service import service
from shared.kernel.ports import Document
from shared.kernel.views import collection_of
from tests.bench.bench import Bench
from tests.bench.measured import percentile
from tests.bench.scale.figures import Figure
from tests.bench.scale.growing_town import GROUP, subsidiary_code, union_code
from tests.bench.scale.sizes import Sizes

DATABASE = f"gonghui_{service.name}"
CARDS = collection_of(service.view_set, service.view_of(MemberCard))
MARKED = "bench_marked"


async def run(bench: Bench, sizes: Sizes, cadres_token: str) -> Sequence[Figure]:
    _mark(bench)
    large, small = subsidiary_code(0), subsidiary_code(1)
    subtrees = {code: f"/{GROUP}/{code}/" for code in (large, small)}
    found = await bench.run(
        "scale.pages",
        mongo_url=bench.stack.mongo_url,
        database=DATABASE,
        bare=MARKED,
        subtrees=subtrees,
        pages=sizes.pages,
    )
    union = await _over_http(bench, sizes.pages, cadres_token)
    for code in subtrees:
        for where in ("first", "anywhere", "end"):
            bench.say(f"  {found[code]['members']:,} members, {where}: {_told(found[code][where])}")
    bench.say(f"  one union over HTTP: {_told(union)}")
    return [
        _figure("subtree_first_p95", found[large]["first"], found[large]["members"]),
        _figure("subtree_p95", found[large]["anywhere"], found[large]["members"]),
        _figure("subtree_end_p95", found[large]["end"], found[large]["members"]),
        _figure("small_subtree_p95", found[small]["anywhere"], found[small]["members"]),
        _figure("union_p95", union, sizes.large // sizes.large_unions),
    ]


def _mark(bench: Bench) -> None:
    """Copies of the cards that name their subsidiary, under the index that one would make for this query alone."""
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    with client:
        cards = client[DATABASE][CARDS]
        cards.aggregate([{"$set": {"subtree": {"$substrCP": ["$org_id", 0, 4]}}}, {"$out": MARKED}])
        client[DATABASE][MARKED].create_index([("subtree", 1), ("_id", 1)])
        client[DATABASE][MARKED].create_index([("org_id", 1), ("_id", 1)])


async def _over_http(bench: Bench, pages: int, token: str) -> Mapping[str, list[float]]:
    """The first page of one union as its cadre sees it; a bare find of the same."""
    union, taken = union_code(0, 1), {"ours": list[float](), "bare": list[float]()}
    client: MongoClient[Document] = MongoClient(bench.stack.mongo_url)
    base = f"http://127.0.0.1:{urlsplit(bench.stack.service_urls[service.name]).port}"
    with client:
        async with httpx.AsyncClient(base_url=base, headers={"authorization": f"Bearer {token}"}) as http:
            for _ in range(pages):
                began = time.perf_counter()
                answer = await http.get(f"/organisations/{union}/members", params={"limit": 100})
                between = time.perf_counter()
                bare = list(client[DATABASE][MARKED].find({"org_id": union}).sort("_id", 1).limit(100))
                ended = time.perf_counter()
                answer.raise_for_status()
                assert [row["id"] for row in answer.json()] == [row["_id"] for row in bare]
                taken["ours"].append((between - began) * 1000)
                taken["bare"].append((ended - between) * 1000)
    return taken


def _figure(name: str, taken: Mapping[str, Sequence[float]], members: int) -> Figure:
    ours, bare = (percentile(taken[whose], 0.95) for whose in ("ours", "bare"))
    medians: dict[str, Any] = {f"{whose}_p50_ms": round(percentile(taken[whose], 0.5), 2) for whose in taken}
    return Figure(name, ours / bare, ours, bare, {"members": members, **medians})


def _told(taken: Mapping[str, Sequence[float]]) -> str:
    return ", ".join(
        f"{whose} p50 {percentile(ms, 0.5):.1f} ms, p95 {percentile(ms, 0.95):.1f} ms" for whose, ms in taken.items()
    )
