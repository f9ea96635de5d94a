"""INV-W3 under any sequence of steps by anybody: the sets of hands stay disjoint, by what the commands were."""

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import sampled_from

from services.welfare.aid.aid import Aid
from services.welfare.aid.approve_aid import ApproveAid, approve
from services.welfare.aid.fail_payment import FailPayment, fail
from services.welfare.aid.pay_aid import PayAid, pay
from services.welfare.aid.reject_aid import RejectAid, reject
from services.welfare.aid.request_aid import RequestAid, request
from services.welfare.aid.reverse_aid import ReverseAid, reverse
from services.welfare.aid.review_aid import ReviewAid, review
from services.welfare.fund.fund_account import FundAccount
from shared.kernel.work import Actor
from tests.story import ANN, TODAY, given, member
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED, TERMS, path_of

FUND = given(FundAccount, OPENED, ALLOCATED, id=ACCOUNT).state
PEOPLE = sampled_from([Actor(ANN), Actor("b"), Actor("c"), Actor("d"), Actor("e")])
HERE = member("G0101")


class Hands(RuleBasedStateMachine):
    @initialize(by=PEOPLE)
    def request(self, by: Actor) -> None:
        self.story = given(Aid)
        self.did: dict[str, set[str]] = {"review": set(), "approval": set(), "payment": set()}
        self.paid = 0
        self._does("request", by, request, RequestAid(org_id="G0101", aid_type="living", amount_fen=9), ANN, HERE, None)
        self.did["request"] = {by.id, ANN}

    def _does(self, step: str, by: Actor, decide: object, *words: object, day: bool = True) -> None:
        when = self.story.when(decide, *words, by, *([TODAY] if day else []))  # type: ignore[arg-type]
        if when.events:
            self.did.setdefault(step, set()).add(by.id)
            self.paid += step == "payment" and type(when.events[0]).__name__ == "AidPaid"
            self.story = when.then(*when.events)

    @rule(by=PEOPLE)
    def review(self, by: Actor) -> None:
        self._does("review", by, review, ReviewAid(account_id=ACCOUNT), FUND, path_of)

    @rule(by=PEOPLE)
    def approve(self, by: Actor) -> None:
        self._does("approval", by, approve, ApproveAid(amount_fen=9), HERE, TERMS)

    @rule(by=PEOPLE, voucher=sampled_from(["V1", "V2"]))
    def pay(self, by: Actor, voucher: str) -> None:
        self._does("payment", by, pay, PayAid(voucher_ref=voucher, paid_on=TODAY))

    @rule(by=PEOPLE)
    def fail(self, by: Actor) -> None:
        self._does("payment", by, fail, FailPayment(code="timed_out"), day=False)

    @rule(by=sampled_from([Actor("e")]))
    def reject(self, by: Actor) -> None:
        self._does("rejection", by, reject, RejectAid(reason_code="duplicate"))

    @rule(by=sampled_from([Actor("e")]))
    def reverse(self, by: Actor) -> None:
        self._does("reversal", by, reverse, ReverseAid(reason_code="fraud"))

    @invariant()
    def no_hand_does_two_steps(self) -> None:
        steps = [self.did[step] for step in ("request", "review", "approval", "payment") if step in self.did]
        assert sum(map(len, steps)) == len(set().union(*steps))

    @invariant()
    def paid_at_most_once(self) -> None:
        assert self.paid <= 1


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
