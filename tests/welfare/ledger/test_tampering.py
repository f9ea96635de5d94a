"""On real MongoDB and Kafka: an account moves money, its ledger is written and sealed by the role itself; then somebody
with all rights on the database alters it, and `gonghui ledger verify` names the entry."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import KeySet, OKPKey

from deploy.cli.ledger import verify_ledgers
from deploy.local.stack import Stack
from services.welfare import service
from services.welfare.fund.allocate import Allocate, allocate
from services.welfare.fund.fund_account import FundAccount, capture, reserve
from services.welfare.fund.open_account import OpenAccount, open_account
from services.welfare.ledger.chain import Entry, Head, extended, link_id
from services.welfare.ledger.keep_ledger import keep_ledger
from services.welfare.ledger.ledger_chain import LedgerChain, ledger_id
from services.welfare.ledger.write_ledger import CHECKPOINT
from shared.kernel.kafka import KafkaBroker
from shared.kernel.metrics import Metrics
from shared.kernel.process import Core
from shared.kernel.relay import Relay
from shared.kernel.settings import Settings
from shared.kernel.topics import TOPICS
from shared.kernel.work import Actor, Work
from tests.kernel.laboratory import until
from tests.welfare.examples import OTHER_REF, REF

pytestmark = pytest.mark.stack

ORG, OTHER_ORG = "L01", "L02"
ACCOUNTS = {ORG: "00000000-0000-7000-8000-00000000a001", OTHER_ORG: "00000000-0000-7000-8000-00000000a002"}
KEY = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
FINANCE = Actor("finance")


class Somewhere:
    """A directory that knows every organisation."""

    def path(self, org_id: str) -> str:
        return f"/L/{org_id}/"

    def age(self) -> float:
        return 0.0


class Town:
    """Welfare's log, its relay and the role `ledger`, in this process."""

    def __init__(self, core: Core, tmp: Path) -> None:
        self.core, self.db, self.keys = core, core.driver.db, tmp / "audit-jwks.json"
        self.keys.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))

    async def moves(self, org_id: str, *decisions: Callable[[FundAccount], Any]) -> None:
        async def act(work: Work) -> None:
            for decide in decisions:
                await work.change(FundAccount, ACCOUNTS[org_id], decide)

        await self.core.commands.run(act, actor=FINANCE)

    async def plays(self, org_id: str) -> None:
        """Five entries: opened, allocated, two set aside, one paid."""
        opens = OpenAccount(org_id=org_id, purpose="aid", source="G")
        money = Allocate(amount_fen=2_000_000, source_ref="B-1")
        await self.moves(org_id, lambda new: open_account(new, opens))
        await self.moves(org_id, lambda fund: allocate(fund, money, self.core.clock.today()))
        await self.moves(org_id, lambda fund: reserve(fund, REF, 500_000), lambda fund: reserve(fund, OTHER_REF, 1))
        await self.moves(org_id, lambda fund: capture(fund, REF))

    async def written(self, entries: int) -> bool:
        head = await self.db.ledger_heads.find_one({"_id": ORG})
        chain = (await self.core.commands.log.load(LedgerChain, ledger_id(ORG), fresh=True)).state
        published = (await self.core.relay.sequence()).published
        here = (await self.core.views.checkpoints([CHECKPOINT]))[CHECKPOINT].next_offset if head else -1
        return bool(head and head["seq"] >= entries and chain.to_seq and here == published)

    async def verify(self, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = await asyncio.to_thread(verify_ledgers, ORG, key=self.keys, as_json=True)
        return code, json.loads(capsys.readouterr().out)

    async def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.db.ledger_entries.find({"org_id": ORG}).sort("_id", 1).to_list(None)
        return found

    async def chain_anew(self, entries: list[Entry]) -> None:
        """As one who knows how hashes are made."""
        head, links = extended(Head.begin(ORG), entries)
        await self.db.ledger_entries.delete_many({"org_id": ORG})
        await self.db.ledger_entries.insert_many([link.document() for link in links])
        await self.db.ledger_heads.replace_one({"_id": ORG}, head.document())


@pytest.fixture(scope="module")
async def town(infra: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    settings = Settings.model_validate(
        {
            "mongo_url": infra.mongo_url,
            "kafka_bootstrap": infra.kafka_bootstrap,
            "audit_key": json.dumps(KEY.as_dict(private=True)),
        }
    )
    core = Core(service, settings, Metrics())
    core.directory = Somewhere()  # type: ignore[assignment]
    await core.open()
    topics = [topic.name for topic in TOPICS if topic.owner == "welfare"]
    broker = KafkaBroker(settings.kafka_bootstrap, settings.kafka_security(), settings.partitions)
    relay = Relay(
        store=core.relay,
        broker=broker,
        clock=core.clock,
        owner=core.owner,
        topics=topics,
        partitions=settings.partitions,
    )
    tasks = [asyncio.create_task(work) for work in (relay.run(), keep_ledger(core), _beating(core))]
    place = Town(core, tmp_path_factory.mktemp("audit"))
    try:
        await place.plays(ORG)
        await place.plays(OTHER_ORG)
        await until(lambda: place.written(5), what="writing and sealing the ledger")
        tasks[1].cancel()  # whoever tampers does so while nobody writes
        yield place
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await broker.close()
        await core.driver.close()


async def _beating(core: Core) -> None:
    while True:
        with suppress(Exception):
            await core.pulse(1)
        await asyncio.sleep(0.5)


@pytest.fixture
async def ledger(town: Town, infra: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """As it was written; and so again afterwards."""
    monkeypatch.setenv("GONGHUI_MONGO_URL", infra.mongo_url)
    monkeypatch.setenv("GONGHUI_KAFKA_BOOTSTRAP", infra.kafka_bootstrap)
    kept = {name: await town.db[name].find({}).to_list(None) for name in ("ledger_entries", "ledger_heads")}
    marks = await town.db.checkpoints.find_one({"_id": CHECKPOINT})
    yield town
    for name, documents in kept.items():
        await town.db[name].delete_many({})
        await town.db[name].insert_many(documents)
    assert marks is not None
    await town.db.checkpoints.replace_one({"_id": CHECKPOINT}, marks)


def _entries(documents: list[dict[str, Any]]) -> list[Entry]:
    return [Entry(**{name: one[name] for name in Entry.__dataclass_fields__}) for one in documents]


async def change(town: Town) -> None:
    """One yuan more, in one row."""
    where = {"_id": link_id(ORG, 2)}
    found = await town.db.ledger_entries.find_one(where)
    assert found is not None
    body = found["body"].replace("2000000", "2000100")
    await town.db.ledger_entries.update_one(where, {"$set": {"body": body}})


async def change_and_chain(town: Town) -> None:
    entries = _entries(await town.entries())
    other = entries[1].body.replace("2000000", "2000100")
    words: Mapping[str, Any] = {**entries[1].__dict__, "body": other}
    await town.chain_anew([entries[0], Entry(**words), *entries[2:]])


async def remove(town: Town) -> None:
    await town.db.ledger_entries.delete_one({"_id": link_id(ORG, 3)})


async def remove_and_chain(town: Town) -> None:
    entries = _entries(await town.entries())
    await town.chain_anew([*entries[:2], *entries[3:]])


async def reorder_and_chain(town: Town) -> None:
    entries = _entries(await town.entries())
    await town.chain_anew([*entries[:2], entries[3], entries[2], entries[4]])


async def cut(town: Town) -> None:
    await town.db.ledger_entries.delete_one({"_id": link_id(ORG, 5)})


async def cut_and_chain(town: Town) -> None:
    await town.chain_anew(_entries(await town.entries())[:4])


async def cut_with_all_traces(town: Town) -> None:
    """The whole ledger of the organisation, its head, and the mark of how far it was written."""
    await town.db.ledger_entries.delete_many({"org_id": ORG})
    await town.db.ledger_heads.delete_one({"_id": ORG})
    await town.db.checkpoints.update_one({"_id": CHECKPOINT}, {"$set": {"next_offset": 0}})


async def test_what_was_written_holds(ledger: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = await ledger.verify(capsys)
    (organisation,) = told["organisations"]
    assert (code, told["holds"], organisation["entries"]) == (0, True, 5)
    assert organisation["sealed"] >= 1
    assert organisation["findings"] == []


@pytest.mark.parametrize(
    ("tamper", "what", "seq"),
    [
        (change, "changed", 2),
        (change_and_chain, "changed", 2),
        (remove, "removed", 3),
        (remove_and_chain, "removed", 3),
        (reorder_and_chain, "reordered", 4),
        (cut, "tail_cut", 5),
        (cut_and_chain, "tail_cut", 5),
        (cut_with_all_traces, "tail_cut", 1),
    ],
)
async def test_whatever_is_altered_is_found_and_named(
    ledger: Town,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[Town], Awaitable[None]],
    what: str,
    seq: int,
) -> None:
    await tamper(ledger)
    code, told = await ledger.verify(capsys)
    assert (code, told["holds"]) == (1, False)
    (organisation,) = told["organisations"]
    first = organisation["findings"][0]
    assert (first["what"], first["seq"], first["org_id"]) == (what, seq, ORG)


async def test_a_seal_by_another_key_is_found(ledger: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The auditor's own copy of the public key decides."""
    other = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
    ledger.keys.rename(tmp_path / "kept")
    ledger.keys.write_text(json.dumps(KeySet([other]).as_dict(private=False)))
    try:
        code, told = await ledger.verify(capsys)
    finally:
        (tmp_path / "kept").replace(ledger.keys)
    assert code == 1
    assert {one["what"] for one in told["organisations"][0]["findings"]} == {"seal_forged"}


async def test_a_ledger_that_was_lost_is_written_again_as_it_was(
    ledger: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [(one["seq"], one["hash"]) for one in await ledger.entries()]
    await ledger.db.ledger_entries.delete_many({})
    await ledger.db.ledger_heads.delete_many({})
    await ledger.db.checkpoints.update_one({"_id": CHECKPOINT}, {"$set": {"next_offset": 0}})
    keeper = asyncio.create_task(keep_ledger(ledger.core))
    try:
        await until(lambda: ledger.written(5), what="writing it again")
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
    assert [(one["seq"], one["hash"]) for one in await ledger.entries()] == before
    code, _ = await ledger.verify(capsys)
    assert code == 0
