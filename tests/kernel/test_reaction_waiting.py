"""A reaction whose subject has not arrived: its stream parks, is tried in time or on news, and goes on in order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.local.stack import Stack
from shared.kernel.ports import StoreFault
from shared.kernel.process import projector_of
from shared.kernel.reactor import Reactor
from shared.kernel.runner import Runner
from shared.kernel.service import Reaction
from shared.kernel.work import NotYet, Work
from tests.kernel.by_hand import Hand, Made, counted, quarantined, soon, tills
from tests.kernel.fakes import StoppedClock
from tests.kernel.laboratory import Laboratory, Replica, until
from tests.kernel.projecting import Gate, Hooked
from tests.kernel.reacting import gift, given, react
from tests.kernel.test_reaction_once import reacted, settled
from tests.kernel.toy import TicketReturned, TicketSold, Till, TillCard, take_back, toy

pytestmark = pytest.mark.stack
A, B = (till for till, _ in zip(tills(0), range(2), strict=False))


class Subject:
    """What the reaction has to know first."""

    def __init__(self) -> None:
        self.known = False
        self.tried_at: list[float] = []
        self.clock = StoppedClock()


@pytest.fixture
def subject() -> Subject:
    return Subject()


@pytest.fixture
async def lab(infra: Stack, subject: Subject) -> AsyncIterator[Laboratory]:
    async with Laboratory(infra.mongo_url, infra.kafka_bootstrap) as laboratory:
        laboratory.service = toy(laboratory.name)

        @laboratory.service.reaction
        async def give(event: TicketSold, work: Work) -> None:
            if event.buyer == "ann":
                subject.tried_at.append(subject.clock.monotonic())
                if not subject.known:
                    raise NotYet("nobody has heard of ann")
            await work.change(Till, f"gifts-{event.buyer}", lambda till: gift(till, event))

        yield laboratory


async def waiting(lab: Laboratory, subject: Subject) -> tuple[Replica, Runner, Reactor, list[Made]]:
    """One stream waits, and another has been reacted to."""
    replica = await lab.replica()
    runner, reactor = react(replica, clock=subject.clock)
    hand = Hand(lab)
    made = [hand.opened(A), hand.sold(A, "ann", 1), hand.sold(A, "bob", 2), hand.sold(B, "cid", 1)]
    made.append(hand.sold(A, "ann", 3))
    await hand.send(*made)
    await reacted(replica, made[-1])
    return replica, runner, reactor, made


async def test_its_stream_parks_in_order_and_the_others_flow(lab: Laboratory, subject: Subject) -> None:
    replica, runner, _, _ = await waiting(lab, subject)
    assert await quarantined(replica) == [("give", "waiting", 1), ("give", "parked", 2), ("give", "parked", 4)]
    assert await given(replica, "cid") == [f"{B}#1"]
    assert await given(replica, "bob") == []
    await runner.tick()
    assert counted(replica, "reactions_not_yet", reaction="give") == 1
    assert counted(replica, "quarantine_parked") == 3
    assert counted(replica, "quarantine_open") == 0


async def test_news_let_it_be_tried_at_once_and_the_rest_follows_in_order(lab: Laboratory, subject: Subject) -> None:
    replica, runner, reactor, _ = await waiting(lab, subject)
    subject.known = True
    await runner.tick()
    assert len(subject.tried_at) == 1, "no time has passed"
    reactor.moved()
    await runner.tick()
    await until(lambda: settled(replica), what="settling")
    assert await given(replica) == [f"{A}#1", f"{A}#3"]
    assert await given(replica, "bob") == [f"{A}#2"]
    await runner.tick()
    assert counted(replica, "reactions_not_yet") == counted(replica, "quarantine_parked") == 0


async def test_time_lets_it_be_tried_ever_more_rarely(lab: Laboratory, subject: Subject) -> None:
    replica, runner, _, _ = await waiting(lab, subject)
    for _ in range(200):
        subject.clock.pass_by(0.5)
        await runner.tick()
    assert subject.tried_at == [0, 1, 3, 7, 15, 31, 61, 91]
    subject.known = True
    subject.clock.pass_by(30)
    await runner.tick()
    assert await given(replica) == [f"{A}#1", f"{A}#3"]
    assert await settled(replica)


async def test_the_alarm_is_raised_once_after_five_minutes(lab: Laboratory, subject: Subject) -> None:
    _, runner, _, _ = await waiting(lab, subject)
    with capture_logs() as logs:
        for minute in range(12):
            alarms = [entry for entry in logs if entry["log_level"] == "error"]
            assert len(alarms) == (minute > 5), f"after {minute} minutes"
            subject.clock.pass_by(60)
            await runner.tick()
    assert alarms[0]["reaction"] == "give"


async def test_a_later_process_goes_on_waiting_and_tries_at_once(lab: Laboratory, subject: Subject) -> None:
    replica, runner, _, _ = await waiting(lab, subject)
    await runner.stop()
    subject.known = True
    successor = await lab.replica()
    react(successor, clock=subject.clock)
    await until(lambda: settled(successor), what="settling")
    assert await given(replica) == [f"{A}#1", f"{A}#3"]


async def test_what_waits_behind_may_have_to_wait_itself(lab: Laboratory, subject: Subject) -> None:
    replica, runner, reactor, made = await waiting(lab, subject)
    hand = Hand(lab)
    hand.position, hand.tails = made[-1].position, {0: made[-1].position}
    last = hand.sold(A, "bob", 4)
    await hand.send(last)
    await reacted(replica, last)
    subject.known = True
    subject.tried_at.clear()
    give = lab.service.reactions["give"].handler

    async def only_once(event: TicketSold, work: Work) -> None:
        await give(event, work)
        if event.number == 1:
            subject.known = False

    reactor._reactions["give"] = Reaction("give", only_once, (TicketSold,))
    reactor.moved()
    await runner.tick()
    assert await quarantined(replica) == [("give", "waiting", 4), ("give", "parked", 5)]
    assert await given(replica) == [f"{A}#1"]
    assert await given(replica, "bob") == [f"{A}#2"]
    last = hand.sold(A, "bob", 5)
    await hand.send(last)
    await reacted(replica, last)
    assert await quarantined(replica) == [("give", "waiting", 4), ("give", "parked", 5), ("give", "parked", 6)]


async def test_who_is_interrupted_between_two_parked_events_leaves_none_behind(
    lab: Laboratory, subject: Subject
) -> None:
    replica, _, reactor, _ = await waiting(lab, subject)
    tried = 0

    async def interrupted() -> None:
        nonlocal tried
        tried += 1
        if tried == 2:
            raise StoreFault("the database is gone in the middle")

    log: Any = replica.commands.log.store
    log.before = interrupted
    subject.known = True
    reactor.moved()
    await until(lambda: settled(replica), what="settling")
    assert tried > 2
    assert await given(replica) == [f"{A}#1", f"{A}#3"]
    assert await given(replica, "bob") == [f"{A}#2"]


async def test_of_two_reactions_only_the_one_that_must_waits(lab: Laboratory, subject: Subject) -> None:
    @lab.service.reaction
    async def thank(event: TicketSold, work: Work) -> None:
        await work.change(Till, f"gifts-thanks-to-{event.buyer}", lambda till: gift(till, event))

    replica, runner, reactor, _ = await waiting(lab, subject)
    assert await given(replica, "thanks-to-ann") == [f"{A}#1", f"{A}#3"]
    assert await given(replica) == []
    subject.known = True
    reactor.moved()
    await runner.tick()
    assert await given(replica) == [f"{A}#1", f"{A}#3"]
    assert await given(replica, "thanks-to-ann") == [f"{A}#1", f"{A}#3"], "not once more"


async def close_down(lab: Laboratory, *, settles: bool) -> None:
    """When the boss returns a ticket, everybody's tickets are taken back, wherever the view shows one."""
    del lab.service.reactions["give"]

    @lab.service.reaction
    async def take_all_back(event: TicketReturned, work: Work) -> None:
        if event.buyer != "boss":
            return
        if settles:
            await work.settled(TillCard)
        for card in await work.find(TillCard, {"history": {"$regex": r"\+1"}, "_id": {"$ne": "office"}}):
            await work.change(Till, card.id, lambda till: take_back(till, "ann"))


@pytest.mark.parametrize("settles", [True, False])
async def test_a_target_that_the_view_does_not_show_yet_is_missed_only_without_settling(
    lab: Laboratory, settles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kernel.queries.SETTLING", 0.3)
    await close_down(lab, settles=settles)
    replica, gate = await lab.replica(), Gate()
    projector = projector_of(replica.service, Hooked(replica.view_store, before=gate), replica.owner, replica.metrics)
    await projector.prepare()
    replica.follow(projector, "v1")
    replica.lead()
    await replica.open_till("shown", 5)
    await replica.sell("shown", "ann")
    await replica.open_till("office", 5)
    await replica.sell("office", "boss")
    await replica.caught_up()
    gate.close()
    await replica.open_till("trailing", 5)
    await replica.sell("trailing", "ann")
    await replica.do(lambda work: work.change(Till, "office", lambda till: take_back(till, "boss")))
    runner, _ = react(replica)

    async def taken(till: str) -> bool:
        commits = await replica.store.tail(f"Till:{till}", 0)
        return any("TicketReturned" in wire.headers["ce_type"] for commit in commits for wire in commit.events)

    if settles:
        await until(lambda: quarantined(replica), what="waiting")
        assert not await taken("shown"), "nothing is done by halves"
        gate.open()
        await until(lambda: taken("trailing"), what="taking back")
    else:
        await until(lambda: taken("shown"), what="taking back")
        gate.open()
        await replica.caught_up()
        assert not await taken("trailing")
    assert await taken("shown")
    await soon(lambda: runner.healthy is None)
