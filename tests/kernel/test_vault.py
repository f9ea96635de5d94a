"""Personal data: sealed, read on record, gone with its key."""

import asyncio
from dataclasses import dataclass, field

import pytest
from cryptography.exceptions import InvalidTag

from deploy.local.stack import Stack
from shared.kernel.metrics import Metrics
from shared.kernel.mongo.driver import Driver, connect
from shared.kernel.mongo.log import MongoLog
from shared.kernel.mongo.reads import MongoKeys
from shared.kernel.ports import Put, StoreFault
from shared.kernel.vault import Erased, Held, KeyWrapper, LocalKey, Purpose, Vault, VaultKeyDoesNotFit
from tests.kernel.fakes import NOON, CountedIds, MemoryLog, StoppedClock

ANN, BEN = "ann", "ben"
SECRET = "11010519491231002X"
KEY = LocalKey(b"k" * 32)


@dataclass
class MemoryKeys:
    held: dict[str, Held] = field(default_factory=dict)

    async def get(self, subject: str) -> Held | None:
        return self.held.get(subject)

    async def insert_once(self, subject: str, wrapped: bytes) -> Held:
        return self.held.setdefault(subject, Held(wrapped))

    async def destroy(self, subject: str) -> None:
        self.held[subject] = Held(None)


@dataclass
class Unit:
    """A unit of work, as far as the vault knows one."""

    puts: list[Put] = field(default_factory=list)

    def stage(self, put: Put) -> None:
        self.puts.append(put)


class Office:
    def __init__(self, *, pepper: bytes = b"p" * 32, wrapper: KeyWrapper = KEY) -> None:
        self.log, self.keys, self.metrics = MemoryLog(), MemoryKeys(), Metrics()
        self.vault = self.opened_with(wrapper, pepper)

    def opened_with(self, wrapper: KeyWrapper = KEY, pepper: bytes = b"p" * 32) -> Vault:
        return Vault(
            entries=self.log,
            keys=self.keys,
            wrapper=wrapper,
            pepper=pepper,
            clock=StoppedClock(),
            ids=CountedIds(),
            metrics=self.metrics,
        )

    async def keep(self, subject: str, **fields: str) -> None:
        unit = Unit()
        await self.vault.store(unit, subject, fields)
        await self.log.append((), unit.puts)

    async def read(self, subject: str, *fields: str, vault: Vault | None = None) -> dict[str, str]:
        return await (vault or self.vault).reveal(subject, fields, purpose=Purpose.AID, actor="cadre")


async def test_what_is_kept_can_be_read_and_the_rest_stays_as_it_is() -> None:
    office = Office()
    await office.keep(ANN, name="安娜", id_number=SECRET)
    await office.keep(ANN, name="安妮")
    assert await office.read(ANN, "name", "id_number", "phone") == {"name": "安妮", "id_number": SECRET}
    assert await office.read(ANN, "name") == {"name": "安妮"}


async def test_nothing_is_kept_in_plain_text() -> None:
    office = Office()
    await office.keep(ANN, id_number=SECRET, name="Anna")
    kept = repr(office.log.documents) + repr(office.keys.held)
    assert SECRET not in kept
    assert "Anna" not in kept


async def test_the_same_value_never_looks_the_same() -> None:
    office = Office()
    await office.keep(ANN, id_number=SECRET)
    once = office.log.documents["vault", "ann:id_number"]["sealed"]
    await office.keep(ANN, id_number=SECRET)
    again = office.log.documents["vault", "ann:id_number"]["sealed"]
    assert once[12:-16] != again[12:-16]


async def test_a_reading_is_on_record_before_anything_is_shown() -> None:
    office = Office()
    await office.keep(ANN, name="安娜")
    await office.read(ANN, "phone", "name")
    (record,) = (document for (place, _), document in office.log.documents.items() if place == "access_records")
    said = {name: record[name] for name in ("who", "when", "purpose", "subject", "fields")}
    assert said == {"who": "cadre", "when": NOON, "purpose": "aid", "subject": ANN, "fields": ["name", "phone"]}
    assert office.metrics.registry.get_sample_value("gonghui_vault_reads_total", {"purpose": "aid"}) == 1


@dataclass
class UnwritableLog(MemoryLog):
    async def append(self, *_: object) -> None:
        raise StoreFault("no majority")


async def test_a_reading_that_cannot_be_recorded_shows_nothing() -> None:
    office = Office()
    await office.keep(ANN, name="安娜")
    office.log = UnwritableLog(documents=office.log.documents)
    with pytest.raises(StoreFault):
        await office.read(ANN, "name", vault=office.opened_with())


async def test_a_sealed_value_does_not_open_for_another_person_or_field() -> None:
    office = Office()
    await office.keep(ANN, name="安娜", phone="1")
    await office.keep(BEN, name="本")
    kept = office.log.documents
    kept["vault", "ann:name"], kept["vault", "ann:phone"] = kept["vault", "ann:phone"], kept["vault", "ann:name"]
    kept["vault", "ben:name"] = kept["vault", "ann:name"]
    for subject in (ANN, BEN):
        with pytest.raises(InvalidTag):
            await office.read(subject, "name")


class OneKeyForAll:
    """What a careless key-management service would do."""

    async def wrap(self, key: bytes, subject: str) -> bytes:
        return b"wrapped"

    async def unwrap(self, wrapped: bytes, subject: str) -> bytes:
        return b"k" * 32


async def test_even_under_one_key_a_sealed_value_belongs_to_its_person() -> None:
    office = Office(wrapper=OneKeyForAll())
    await office.keep(ANN, name="安娜")
    await office.keep(BEN, name="本")
    office.log.documents["vault", "ben:name"] = office.log.documents["vault", "ann:name"]
    with pytest.raises(InvalidTag):
        await office.read(BEN, "name")


async def test_a_key_moved_to_another_person_does_not_fit() -> None:
    office = Office()
    await office.keep(ANN, name="安娜")
    office.keys.held[BEN] = office.keys.held[ANN]
    with pytest.raises(VaultKeyDoesNotFit):
        await office.read(BEN, "name")


async def test_another_key_encryption_key_is_named_as_such() -> None:
    office = Office()
    await office.keep(ANN, name="安娜")
    with pytest.raises(VaultKeyDoesNotFit):
        await office.read(ANN, "name", vault=office.opened_with(LocalKey(b"x" * 32)))


async def test_who_is_erased_cannot_be_read_or_kept_again() -> None:
    office = Office()
    await office.keep(ANN, name="安娜")
    await office.vault.erase(ANN)
    await office.vault.erase(BEN)
    with pytest.raises(Erased):
        await office.read(ANN, "name")
    for subject in (ANN, BEN):
        with pytest.raises(Erased):
            await office.keep(subject, name="安娜")


async def test_two_who_store_a_new_person_at_once_use_one_key() -> None:
    office = Office()

    class Later(MemoryKeys):
        async def get(self, subject: str) -> Held | None:
            return None

    office.keys, first = Later(office.keys.held), office.keys
    office.vault = office.opened_with()
    await office.keep(ANN, name="安娜")
    await office.keep(ANN, phone="1")
    office.keys = first
    office.vault = office.opened_with()
    assert await office.read(ANN, "name", "phone") == {"name": "安娜", "phone": "1"}


@pytest.mark.stack
async def test_on_the_real_database_a_person_has_one_key_until_it_is_destroyed(infra: Stack) -> None:
    driver = Driver(connect(infra.mongo_url), "vault_trial", "test")
    await driver.open()
    log, keys = MongoLog(driver), MongoKeys(driver.client, "vault_trial_keys")
    await log.prepare()
    office = Office()
    office.log, office.keys = log, keys  # type: ignore[assignment]  # the real ones
    office.vault = office.opened_with()
    made = [bytes([number]) * 60 for number in range(20)]
    held = await asyncio.gather(*(keys.insert_once(BEN, wrapped) for wrapped in made))
    assert len(set(held)) == 1
    await office.keep(ANN, name="安娜", id_number=SECRET)
    assert await office.read(ANN, "name", "id_number") == {"name": "安娜", "id_number": SECRET}
    assert await driver.db.access_records.count_documents({"subject": ANN, "purpose": "aid"}) == 1
    await office.vault.erase(ANN)
    with pytest.raises(Erased):
        await office.read(ANN, "name")
    with pytest.raises(Erased):
        await office.keep(ANN, name="安娜")
    await driver.close()


def test_one_number_has_one_fingerprint_however_it_is_written() -> None:
    fingerprint = Office().vault.fingerprint
    ways = [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
    ]
    assert len({fingerprint(way) for way in ways}) == 1
    assert fingerprint("110105194912310038") != fingerprint(ways[0])
    assert SECRET not in fingerprint(SECRET)


def test_a_fingerprint_takes_the_pepper() -> None:
    assert Office().vault.fingerprint(SECRET) != Office(pepper=b"q" * 32).vault.fingerprint(SECRET)
