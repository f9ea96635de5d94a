"""Stories of the entries, then INV-W1 under any sequence of them, expected from the commands alone."""

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from

from services.welfare.fund.fund_account import (
    FundAccount,
    GivenBack,
    MoneyShort,
    NoSuchAccount,
    NotSetAside,
    OtherAmount,
    capture,
    capture_part,
    give_back,
    reserve,
    spend,
)
from shared.events.welfare.fund import FundCaptured
from shared.kernel.refusal import Refused
from tests.story import Given, given
from tests.welfare.examples import (
    ACCOUNT,
    ALLOCATED,
    OPENED,
    OTHER_REF,
    REF,
    captured,
    released,
    reserved,
    returned,
)

FUNDED = (OPENED, ALLOCATED)
THIRD_REF = "00000000-0000-7000-8000-0000000000e3"


def _fund(*events: object) -> Given[FundAccount]:
    return given(FundAccount, *FUNDED, *events, id=ACCOUNT)  # type: ignore[arg-type]


def test_money_is_set_aside_once() -> None:
    once = _fund().when(reserve, REF, 500_000).then(reserved())
    assert (once.state.available, once.state.reserved) == (1_500_000, 500_000)
    once.when(reserve, REF, 500_000).then_nothing()


def test_the_last_fen_can_be_set_aside_and_no_more() -> None:
    empty = _fund().when(reserve, REF, 2_000_000).then(reserved(REF, 2_000_000))
    empty.when(reserve, OTHER_REF, 1).then_refused(MoneyShort)
    empty.when(spend, OTHER_REF, 1).then_refused(MoneyShort)
    _fund().when(reserve, REF, 2_000_001).then_refused(MoneyShort)


def test_one_purpose_has_one_amount() -> None:
    _fund(reserved()).when(reserve, REF, 500_001).then_refused(OtherAmount)
    _fund(captured(was_reserved=False)).when(spend, REF, 500_001).then_refused(OtherAmount)


def test_what_was_set_aside_is_captured_once() -> None:
    paid = _fund(reserved()).when(capture, REF).then(captured())
    assert (paid.state.available, paid.state.reserved, paid.state.captured) == (1_500_000, 0, 500_000)
    paid.when(capture, REF).then_nothing()
    paid.when(reserve, REF, 500_000).then_nothing()


def test_only_what_was_set_aside_is_captured() -> None:
    _fund().when(capture, REF).then_refused(NotSetAside)
    _fund(reserved(OTHER_REF)).when(capture, REF).then_refused(NotSetAside)


def test_money_is_spent_at_once_only_once() -> None:
    spent = _fund().when(spend, REF, 500_000).then(captured(was_reserved=False))
    assert (spent.state.available, spent.state.reserved, spent.state.captured) == (1_500_000, 0, 500_000)
    spent.when(spend, REF, 500_000).then_nothing()


def test_what_was_set_aside_can_be_given_back_once() -> None:
    free = _fund(reserved()).when(give_back, REF).then(released())
    assert (free.state.available, free.state.reserved) == (2_000_000, 0)
    free.when(give_back, REF).then_nothing()


def test_what_was_paid_can_come_back_once() -> None:
    back = _fund(reserved(), captured()).when(give_back, REF).then(returned())
    assert (back.state.available, back.state.captured) == (2_000_000, 0)
    back.when(give_back, REF).then_nothing()


def test_what_never_left_does_not_come_back() -> None:
    _fund().when(give_back, REF).then_refused(NotSetAside)


@pytest.mark.parametrize("history", [(reserved(), released()), (reserved(), captured(), returned())])
def test_what_was_given_back_is_over(history: tuple[object, ...]) -> None:
    _fund(*history).when(capture, REF).then_refused(GivenBack)
    _fund(*history).when(reserve, REF, 500_000).then_refused(GivenBack)
    _fund(*history).when(spend, REF, 500_000).then_refused(GivenBack)


def test_an_account_must_be_open() -> None:
    given(FundAccount, id=ACCOUNT).when(reserve, REF, 1).then_refused(NoSuchAccount)
    given(FundAccount, id=ACCOUNT).when(spend, REF, 1).then_refused(NoSuchAccount)


def _part(ref: str = OTHER_REF, amount_fen: int = 100_000) -> FundCaptured:
    return captured(ref, amount_fen).model_copy(update={"reservation": REF})


def test_a_part_of_what_was_set_aside_is_captured_once() -> None:
    part = _fund(reserved()).when(capture_part, OTHER_REF, REF, 100_000).then(_part())
    assert (part.state.available, part.state.reserved, part.state.captured) == (1_500_000, 400_000, 100_000)
    part.when(capture_part, OTHER_REF, REF, 100_000).then_nothing()
    part.when(capture_part, OTHER_REF, REF, 100_001).then_refused(OtherAmount)
    part.when(capture_part, THIRD_REF, REF, 400_001).then_refused(MoneyShort)
    part.when(capture_part, THIRD_REF, REF, 400_000).then(_part(THIRD_REF, 400_000))


def test_a_part_needs_a_reservation() -> None:
    _fund().when(capture_part, OTHER_REF, REF, 1).then_refused(NotSetAside)
    _fund(reserved(), released()).when(capture_part, OTHER_REF, REF, 1).then_refused(GivenBack)
    _fund(reserved(), captured()).when(capture_part, OTHER_REF, REF, 1).then_refused(NotSetAside)


def test_what_is_left_of_a_reservation_is_given_back_once() -> None:
    rest = _fund(reserved(), _part()).when(give_back, REF).then(released(REF, 400_000))
    assert (rest.state.available, rest.state.reserved, rest.state.captured) == (1_900_000, 0, 100_000)
    rest.when(give_back, REF).then_nothing()
    rest.when(capture_part, THIRD_REF, REF, 1).then_refused(GivenBack)
    _fund(reserved(), _part(OTHER_REF, 500_000)).when(give_back, REF).then_nothing()


def test_a_part_comes_back_by_itself() -> None:
    back = _fund(reserved(), _part()).when(give_back, OTHER_REF).then(returned(OTHER_REF, 100_000))
    assert (back.state.available, back.state.reserved, back.state.captured) == (1_600_000, 400_000, 0)


REFS = [f"00000000-0000-7000-8000-{number:012x}" for number in range(6)]


class Money(RuleBasedStateMachine):
    """The model: what each purpose has, by the commands that were accepted."""

    @initialize(credits=integers(0, 60))
    def fund(self, credits: int) -> None:
        allocated = (ALLOCATED.model_copy(update={"amount_fen": credits}),) if credits else ()
        self.story = given(FundAccount, OPENED, *allocated, id=ACCOUNT)
        self.credits = credits
        self.state: dict[str, str] = {}
        self.amount: dict[str, int] = {}

    def left(self) -> int:
        return self.credits - sum(
            amount for ref, amount in self.amount.items() if self.state[ref] in ("reserved", "captured")
        )

    def _does(self, decide: object, ref: str, *amount: int, expect: type[Refused] | str | None) -> None:
        """`expect`: the refusal, the state that the purpose has afterwards, or None for no change."""
        when = self.story.when(decide, ref, *amount)  # type: ignore[arg-type]
        if isinstance(expect, type):
            when.then_refused(expect)
            return
        assert when.refused is None, when.refused
        assert len(when.events) == (expect is not None)
        self.story = when.then(*when.events)
        if expect is not None:
            self.state[ref] = expect
            self.amount[ref] = amount[0] if amount else self.amount[ref]

    def _takes(self, ref: str, amount: int, into: str) -> type[Refused] | str | None:
        if ref not in self.state:
            return MoneyShort if amount > self.left() else into
        if self.amount[ref] != amount:
            return OtherAmount
        return GivenBack if self.state[ref] == "over" else None

    @rule(ref=sampled_from(REFS), amount=integers(1, 25))
    def reserve(self, ref: str, amount: int) -> None:
        self._does(reserve, ref, amount, expect=self._takes(ref, amount, "reserved"))

    @rule(ref=sampled_from(REFS), amount=integers(1, 25))
    def spend(self, ref: str, amount: int) -> None:
        self._does(spend, ref, amount, expect=self._takes(ref, amount, "captured"))

    @rule(ref=sampled_from(REFS))
    def capture(self, ref: str) -> None:
        outcome = {"reserved": "captured", "captured": None, "over": GivenBack}
        self._does(capture, ref, expect=outcome[self.state[ref]] if ref in self.state else NotSetAside)

    @rule(ref=sampled_from(REFS))
    def give_back(self, ref: str) -> None:
        outcome = {"reserved": "over", "captured": "over", "over": None}
        self._does(give_back, ref, expect=outcome[self.state[ref]] if ref in self.state else NotSetAside)

    @invariant()
    def never_below_zero_and_nothing_lost(self) -> None:
        fund = self.story.state
        assert fund.available == self.left() >= 0
        for name, held in (("reserved", fund.reserved), ("captured", fund.captured)):
            assert held == sum(self.amount[ref] for ref, state in self.state.items() if state == name)


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
