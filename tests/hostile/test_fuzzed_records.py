"""Records of random bytes among sound ones, on a real broker: whoever reads stays up, what cannot be read is set aside
whole, and nothing behind it is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from random import Random

import pytest

from deploy.local.stack import Stack
from tests.kernel.by_hand import Hand, Headers, Made, bought, card, counted, history, tills
from tests.kernel.laboratory import PARTITIONS, Laboratory, Replica, until
from tests.kernel.reacting import gifts, given

pytestmark = pytest.mark.stack
SEED = 20260921
ROUNDS = 40
"""In each partition; of its records a third is fuzz, which leaves the fuse whole."""
KEPT = ("ce_position", "ce_previous", "ce_source")
"""Headers that tell where a record stands. With others a record would be a loss or a fork, which stops a partition."""
Fuzz = Callable[[Random, Hand, str], Made]


def noise(chance: Random, most: int = 200) -> bytes:
    return chance.randbytes(chance.randrange(most))


def body(chance: Random, hand: Hand, till: str) -> Made:
    return replace(hand.sold(till), value=noise(chance))


def headers(chance: Random, hand: Hand, till: str) -> Made:
    made = hand.sold(till)
    broken = tuple((name, value if name in KEPT else b"\xff" + noise(chance)) for name, value in made.headers)
    return replace(made, headers=broken)


def everything(chance: Random, hand: Hand, till: str) -> Made:
    """Without a position, under a key that is no text."""
    made = hand.unnumbered(hand.sold(till))
    random = tuple((noise(chance, 20).hex(), noise(chance)) for _ in range(chance.randrange(9)))
    return replace(made, headers=random, value=noise(chance, 100_000), key=b"\xfe" + noise(chance, 20))


def half_a_header(chance: Random, hand: Hand, till: str) -> Made:
    made = hand.sold(till)
    name = chance.choice([name for name, _ in made.headers if name not in (*KEPT, "ce_type", "traceparent")])
    return made.with_header(name, None)


def emptied(chance: Random, hand: Hand, till: str) -> Made:
    return replace(hand.sold(till), value=None)


KINDS: tuple[Fuzz, ...] = (body, headers, everything, half_a_header, emptied)


def fuzzed(hand: Hand, sound: list[str], spoilt: list[str]) -> Iterator[tuple[Made, bool]]:
    """Records, and whether they are fuzz."""
    chance = Random(SEED)
    for number in range(1, ROUNDS + 1):
        for place, till in enumerate(sound):
            yield hand.sold(till, f"buyer-{place}", number), False
            yield hand.sold(till, f"guest-{place}", number), False
            yield chance.choice(KINDS)(chance, hand, spoilt[place]), True


async def test_nothing_is_lost_behind_random_bytes(infra: Stack) -> None:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as lab:
        lab.service = gifts(lab.name)
        replica = await lab.replica()
        runners = [await replica.project(), replica.react()]
        hand = Hand(lab)
        pairs = [list(zip(tills(number), range(2), strict=False)) for number in range(PARTITIONS)]
        sound, spoilt = ([pair[which][0] for pair in pairs] for which in (0, 1))
        opened = [hand.opened(till) for till in (*sound, *spoilt)]
        records = list(fuzzed(hand, sound, spoilt))
        await hand.send(*opened, *(made for made, _ in records))

        last = {made.partition: made for made, fuzz in records if not fuzz}
        for made in last.values():
            await applied_beyond(replica, made)
        numbers = [number for number in range(1, ROUNDS + 1) for _ in range(2)]
        for place, till in enumerate(sound):
            assert await card(replica, till) == history(*numbers), "each sound record once, in order"
            assert await bought(replica, f"buyer-{place}") == ROUNDS
            await until(partial(all_given, replica, f"buyer-{place}"), what="giving the gifts")
        spoilt_ones = sorted(((made.key, made.value, made.headers) for made, fuzz in records if fuzz), key=repr)
        for runner in runners:
            assert await set_aside(replica, runner.follower.name) == spoilt_ones
        assert not any(runner.follower.blown for runner in runners)
        assert counted(replica, "batches_failed") == 0


async def set_aside(replica: Replica, name: str) -> list[tuple[bytes, bytes | None, Headers]]:
    """The records that one follower could not apply, whole; once, however many of its views wanted them."""
    rows = await replica.view_store.rows("quarantine", {"set": name})
    kept = {
        (row["partition"], row["offset"]): (row["key"], row["value"], tuple(map(tuple, row["headers"]))) for row in rows
    }
    return sorted(kept.values(), key=repr)


async def applied_beyond(replica: Replica, made: Made) -> None:
    """Until the views have applied this record, and perhaps others behind it."""
    checkpoint = f"{replica.service.view_set}:{replica.service.topic}:{made.partition}"

    async def holds() -> bool:
        found = await replica.view_store.checkpoints([checkpoint])
        return checkpoint in found and (found[checkpoint].last_position or 0) >= made.position

    await until(holds, 30.0, f"applying position {made.position}")


async def all_given(replica: Replica, buyer: str) -> bool:
    return len(await given(replica, buyer)) == ROUNDS
