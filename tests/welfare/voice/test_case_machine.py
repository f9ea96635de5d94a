"""INV-W13 under any sequence of steps by anybody, by what the commands were: reopened once at the most, then by other
hands; closed only after an answer; never handled by whoever is complained about."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from

from services.welfare import service
from services.welfare.voice.answer_case import AnswerCase, answer
from services.welfare.voice.assign_case import AssignCase, assign
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout
from services.welfare.voice.case_rates import CaseRates
from services.welfare.voice.close_unrated import close_if_unrated
from services.welfare.voice.escalate_case import escalate
from services.welfare.voice.rate_case import RateCase, rate
from services.welfare.voice.review_case import review
from services.welfare.voice.transfer_case import TransferCase, transfer
from shared.kernel.event import Event
from tests.story import TODAY, given, shown
from tests.welfare.voice.examples import ABOUT_CHAIR, GUARDED

ABOUT = given(CaseAbout, ABOUT_CHAIR).state
COUNTED = ("opened", "answered", "answers", "rated", "satisfied", "reopened", "closed")
PEOPLE = sampled_from(["chair", "cadre", "other-cadre", "admin"])


class Voices(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.story = given(Case, GUARDED)
        self.today: date = TODAY
        self.answers: list[str] = []
        self.events: list[Event] = [GUARDED]
        self.ratings: list[int] = []
        self.reopenings = self.told = 0
        self.closed = False

    def _does(self, decide: object, *words: object) -> list[str]:
        when = self.story.when(decide, *words)  # type: ignore[arg-type]
        if when.events:
            assert not self.closed, "nothing happens to a closed case"
            self.story = when.then(*when.events)
            self.events += when.events
        return [type(event).__name__ for event in when.events]

    @rule(days=integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), date(2026, 12, 10))

    @rule(who=PEOPLE)
    def assign(self, who: str) -> None:
        if self._does(assign, AssignCase(handler_id=who), ABOUT, True, self.today):
            assert who != "chair"
            assert not self.answers or who != self.answers[0], "whose answer did not satisfy has it no more"

    @rule(to_org=sampled_from(["G01", "G0101", "G02"]))
    def transfer(self, to_org: str) -> None:
        self._does(transfer, TransferCase(to_org=to_org), self.today)

    @rule(who=PEOPLE)
    def answer(self, who: str) -> None:
        if self._does(answer, AnswerCase(outcome_code="explained"), 5, who, self.today):
            self.answers.append(who)

    @rule()
    def whoever_has_it_answers(self) -> None:
        self.answer(self.story.state.handler or "cadre")

    @rule(stars=sampled_from([1, 1, 2, 3, 5]))
    def rate(self, stars: int) -> None:
        happened = self._does(rate, RateCase(stars=stars), 5, self.today)
        self.ratings += [stars] if happened else []
        self.reopenings += "CaseReopened" in happened
        self._may_close(happened)

    @rule(who=PEOPLE)
    def review(self, who: str) -> None:
        happened = self._does(review, who, self.today)
        assert not (happened and who in self.answers)
        self._may_close(happened)

    @rule()
    def nobody_rates(self) -> None:
        self._may_close(self._does(close_if_unrated, self.today))

    @rule()
    def time_is_up(self) -> None:
        self.told += bool(self._does(escalate, "/G/G01/G0101/", self.today))

    def _may_close(self, happened: list[str]) -> None:
        if "CaseClosed" in happened:
            assert self.answers, "closed without an answer"
            self.closed = True

    @invariant()
    def it_is_reopened_by_the_first_bad_rating_and_by_no_other(self) -> None:
        assert self.reopenings == min(sum(stars < 3 for stars in self.ratings), 1)
        assert len(self.answers) <= 2
        assert len(set(self.answers)) == len(self.answers)

    @invariant()
    def each_level_of_each_round_is_told_once(self) -> None:
        assert self.told <= 3 * (1 + self.reopenings)

    def teardown(self) -> None:
        """What is counted is what was commanded, wherever the case went."""
        rows = shown(service, CaseRates, self.events, rounds=1).values()
        counted = {name: sum(getattr(row, name) for row in rows) for name in COUNTED}
        assert counted == {
            "opened": 1,
            "answered": min(len(self.answers), 1),
            "answers": len(self.answers),
            "rated": len(self.ratings),
            "satisfied": sum(stars >= 3 for stars in self.ratings),
            "reopened": self.reopenings,
            "closed": self.closed,
        }
        assert all(row.opened >= row.answered for row in rows)


TestVoices = Voices.TestCase
TestVoices.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
