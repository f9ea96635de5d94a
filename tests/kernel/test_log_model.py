"""Commands in any order on two replicas against a model in memory, whose expected value comes from the commands."""

import asyncio
import contextlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from deploy.local.stack import Stack
from shared.kernel.log import Log
from shared.kernel.refusal import Refused
from shared.kernel.work import Outcome
from tests.kernel.faulty import LosesAnswers
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.test_log_ambiguity import move
from tests.kernel.toy import NotSold, SoldOut, Till

pytestmark = pytest.mark.stack

TILLS = ("north", "south")
SEATS = 2
Told = str
"""`events`, `nothing`, or the name of the refusal."""


@dataclass
class Model:
    """What the tills must hold, by the commands that were given."""

    tickets: dict[str, int] = field(default_factory=dict)
    buyers: dict[str, set[str]] = field(default_factory=lambda: {till: set() for till in TILLS})
    keys: dict[str, Told] = field(default_factory=dict)

    def give(self, verb: str, *words: str) -> Told:
        return getattr(self, verb)(*words)  # type: ignore[no-any-return]

    def open(self, till: str) -> Told:
        if till in self.tickets:
            return "nothing"
        self.tickets[till] = SEATS
        return "events"

    def sell(self, till: str, *buyers: str) -> Told:
        new = set(buyers) - self.buyers[till]
        if len(self.buyers[till] | new) > self.tickets.get(till, 0):
            return SoldOut.__name__
        self.buyers[till] |= new
        return "events" if new else "nothing"

    def take_back(self, till: str, buyer: str) -> Told:
        if buyer not in self.buyers[till]:
            return NotSold.__name__
        self.buyers[till].remove(buyer)
        return "events"

    def move(self, source: str, target: str, buyer: str) -> Told:
        trial = deepcopy(self)
        for told in (trial.take_back(source, buyer), trial.sell(target, buyer)):
            if told not in ("events", "nothing"):
                return told
        self.buyers = trial.buyers
        return "events"

    def once(self, key: str, till: str, buyer: str) -> Told:
        """A sale under a key: what was accepted under it is answered again, whatever has happened since."""
        if key in self.keys:
            return self.keys[key]
        told = self.sell(till, buyer)
        if told == "events":
            self.keys[key] = told
        return told


tills, people = st.sampled_from(TILLS), st.sampled_from("abcd")
commands = st.one_of(
    st.tuples(st.just("sell"), tills, people),
    st.tuples(st.just("sell"), tills, people, people),
    st.tuples(st.just("take_back"), tills, people),
    st.tuples(st.just("move"), st.just("north"), st.just("south"), people),
    st.tuples(st.just("move"), st.just("south"), st.just("north"), people),
)
replicas = st.sampled_from((0, 1))


class Tills(RuleBasedStateMachine):
    loop: ClassVar[asyncio.AbstractEventLoop]
    pair: ClassVar[list[Replica]]
    examples: ClassVar[Iterator[int]]

    @initialize()
    def begin(self) -> None:
        self.model, self.example = Model(), next(self.examples)
        for replica in self.pair:
            replica.commands = replica.commands_with()
        for number, till in enumerate(TILLS):
            self.one(number, ("open", till))

    @rule(replica=replicas, command=commands)
    def one(self, replica: int, command: tuple[str, ...]) -> None:
        assert self.run(self.give(replica, command)) == [self.model.give(*command)]

    @rule(first=commands, second=commands)
    def two_at_once(self, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        """Whatever came of it must also have come of one after the other."""
        told = self.run(self.give(0, first), self.give(1, second))
        for order in ((0, 1), (1, 0)):
            trial = deepcopy(self.model)
            expected = {n: trial.give(*(first, second)[n]) for n in order}
            if told == [expected[0], expected[1]] and self.run(self.held()) == [trial.buyers]:
                self.model = trial
                return
        raise AssertionError(f"{first} and {second} were answered {told}: no order explains it")

    @rule(replica=replicas, till=tills, buyer=st.sampled_from("ab"))
    def under_a_key(self, replica: int, till: str, buyer: str) -> None:
        """The key goes with the content, so that it is the same request that comes again."""
        key = f"{till}{buyer}"
        sale = self.give(replica, ("sell", till, buyer), key=f"{self.example}{key}")
        assert self.run(sale) == [self.model.once(key, till, buyer)]

    @rule(replica=replicas, command=commands, applied=st.booleans())
    def answer_lost(self, replica: int, command: tuple[str, ...], applied: bool) -> None:
        one = self.pair[replica]
        store = LosesAnswers(one.driver, applied=applied)
        one.commands, before = one.commands_with(log=Log(store)), one.commands
        assert self.run(self.give(replica, command)) == [self.model.give(*command)]
        one.commands = before

    @rule(replica=replicas)
    def restart(self, replica: int) -> None:
        self.pair[replica].commands = self.pair[replica].commands_with()

    @invariant()
    def streams_hold_what_was_commanded(self) -> None:
        if hasattr(self, "model"):
            assert self.run(self.held()) == [self.model.buyers]

    async def held(self) -> dict[str, set[str]]:
        """Who has a ticket, by streams that are whole."""
        log, found = Log(self.pair[0].store), dict[str, set[str]]()
        for till in TILLS:
            commits = await log.store.tail(f"Till:{self.id_of(till)}", 1)
            numbers = [int(wire.headers["ce_sequence"]) for commit in commits for wire in commit.events]
            assert numbers == list(range(1, len(numbers) + 1)), f"the events of a stream are numbered {numbers}"
            found[till] = set((await log.load(Till, self.id_of(till), fresh=True)).state.buyers)
        return found

    def id_of(self, till: str) -> str:
        return f"{self.example}{till}"

    async def give(self, replica: int, command: tuple[str, ...], key: str | None = None) -> Told:
        one, (verb, *words) = self.pair[replica], command
        words = [self.id_of(word) if word in TILLS else word for word in words]
        try:
            outcome = await self.command(one, verb, words, key)
        except Refused as refusal:
            return refusal.code
        return "events" if outcome.commits else "nothing"

    async def command(self, one: Replica, verb: str, words: list[str], key: str | None) -> Outcome:
        match verb:
            case "open":
                return await one.open_till(words[0], SEATS)
            case "sell":
                return await one.sell(words[0], *dict.fromkeys(words[1:]), key=key)
            case "take_back":
                return await one.take_back(*words)
            case _:
                source, target, buyer = words
                return await one.do(lambda work: move(work, buyer, source, target))

    def run(self, *given: Any) -> list[Any]:
        async def together() -> list[Any]:
            async with asyncio.timeout(20):
                return await asyncio.gather(*given)

        return self.loop.run_until_complete(together())


def test_any_interleaving_on_two_replicas_does_what_was_commanded(infra: Stack) -> None:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        lab = Laboratory(infra.mongo_url, infra.kafka_bootstrap)
        loop.run_until_complete(lab.__aenter__())
        pair = [loop.run_until_complete(lab.replica()) for _ in range(2)]
        machine = type("Tills", (Tills,), {"loop": loop, "pair": pair, "examples": iter(range(1_000_000))})
        try:
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=25,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            loop.run_until_complete(lab.__aexit__())
