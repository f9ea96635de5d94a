"""A projector that dies, or does not hear what became of its commit: nothing is lost, nothing is applied twice."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from deploy.local.stack import Stack
from shared.kernel.follower import Plan
from shared.kernel.ports import Unknown
from shared.kernel.process import projector_of
from shared.kernel.runner import Runner
from tests.kernel.by_hand import Hand, Made, applied, bought, card, counted, history, soon, till
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.processes import process, says
from tests.kernel.projecting import Hook, Hooked

pytestmark = pytest.mark.stack


@pytest.fixture
async def lab(infra: Stack) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        yield laboratory


@pytest.fixture
async def replica(lab: Laboratory) -> Replica:
    return await lab.replica()


async def project(replica: Replica, *, before: Hook | None = None, after: Hook | None = None, **more: Any) -> Runner:
    """A projector whose store does something before or after each commit."""
    store = Hooked(replica.view_store, before=before, after=after)
    projector = projector_of(replica.service, store, replica.owner, replica.metrics)
    await projector.prepare()
    return replica.follow(projector, projector.name, **more)


def once(error: Exception) -> Hook:
    errors: Iterator[Exception] = iter([error])

    async def hook() -> None:
        for one in errors:
            raise one

    return hook


async def sent(lab: Laboratory, sold: int) -> list[Made]:
    hand = Hand(lab)
    made = [hand.opened(till(0)), *hand.sales(till(0), range(1, sold + 1))]
    await hand.send(*made)
    return made


async def exact(replica: Replica, sold: int) -> None:
    assert await card(replica, till(0)) == history(*range(1, sold + 1))
    assert await bought(replica) == sold
    assert counted(replica, "continuity_losses") == 0


async def test_a_failure_before_the_commit_loses_nothing(lab: Laboratory, replica: Replica) -> None:
    made = await sent(lab, 20)
    await project(replica, before=once(OSError("between fold and commit")), batch=5)
    await applied(replica, made[-1])
    await exact(replica, 20)


async def test_a_failure_after_the_commit_repeats_nothing(lab: Laboratory, replica: Replica) -> None:
    made = await sent(lab, 20)
    await project(replica, after=once(OSError("the answer was lost")), batch=5)
    await applied(replica, made[-1])
    await exact(replica, 20)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_checkpoint_settles_a_commit_whose_outcome_is_not_known(
    lab: Laboratory, replica: Replica, when: str
) -> None:
    made = await sent(lab, 20)
    await project(replica, **{when: once(Unknown("no answer"))}, batch=5)
    await applied(replica, made[-1])
    await exact(replica, 20)
    assert counted(replica, "batches_failed") == 1


async def test_a_good_batch_after_a_failed_one_skips_nothing(lab: Laboratory, replica: Replica) -> None:
    runner = await replica.project(batch=5)
    await soon(lambda: runner.healthy is None)
    seen: list[int] = []
    apply = runner.follower.apply

    async def fails_once(plan: Plan) -> None:
        seen.append(plan.steps[0].record.offset)
        if len(seen) == 2:
            raise OSError("FastStream swallows this, and the consumer has moved on")
        await apply(plan)

    runner.follower.apply = fails_once  # type: ignore[method-assign]
    made = await sent(lab, 40)
    await applied(replica, made[-1])
    await exact(replica, 40)
    assert seen[2] == seen[1], "the failed batch is the next one again"


async def test_a_process_killed_in_mid_batch_again_and_again_is_exact(lab: Laboratory, replica: Replica) -> None:
    hand = Hand(lab)
    numbers = range(1, 1_501)
    made = [hand.opened(till(number)) for number in range(3)]
    made += [hand.sold(till(number % 3), "ann", number) for number in numbers]
    await hand.send(*made)
    reached: list[int] = []
    for word in ("open", "done", "open", "done"):
        async with process("projecting", lab, f"life-{len(reached)}", pause=0.05) as child:
            await says(child, word, times=5)
        reached.append(await bought(replica))
    assert 0 < reached[0] < reached[1] < reached[2] < reached[3] < len(numbers), "each was killed in mid-work"

    await replica.project()
    for last in made[-3:]:
        await applied(replica, last)
    for number in range(3):
        mine = [n for n in numbers if n % 3 == number]
        assert await card(replica, till(number)) == history(*mine)
    assert await bought(replica) == len(numbers)
    assert counted(replica, "continuity_losses") == 0


async def test_what_a_killed_process_left_open_holds_nobody_up(lab: Laboratory, replica: Replica) -> None:
    made = await sent(lab, 10)
    async with process("projecting", lab, "killed", pause=60.0) as child:
        await says(child, "open")
    began = time.monotonic()
    await replica.project()
    await applied(replica, made[-1])
    took = time.monotonic() - began
    await exact(replica, 10)
    assert took < 2.5, f"{took:.1f} s: the transaction was left to its time limit"
