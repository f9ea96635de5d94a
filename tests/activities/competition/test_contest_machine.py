"""INV-A2, A3, A7, A8 and A11 under any sequence of steps; what is expected comes from the commands, not the events."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from

from services.activities.competition.appeal_score import AppealScore, appeal
from services.activities.competition.award_prizes import AwardPrizes, PlacePrize, award
from services.activities.competition.close_round import close_round, score
from services.activities.competition.competition import Competition
from services.activities.competition.confirm_results import confirm
from services.activities.competition.correct_score import AgreeCorrection, AskCorrection, agree, ask
from services.activities.competition.decide_appeal import DecideAppeal, decide, reopen
from services.activities.competition.end_publicity import end_publicity
from services.activities.competition.post_results import post_results
from services.activities.competition.prize_answered import withhold
from services.activities.competition.recuse_judge import recuse
from services.activities.competition.sealed_round import Round
from services.activities.competition.submit_score import SubmitScore, submit
from shared.events.welfare.prize import PrizeRefused
from shared.kernel.work import Actor
from shared.values.working_days import is_working
from tests.activities.competition.examples import (
    CHAIR,
    CHIEF,
    CODED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    HELD,
    JUDGES,
    POSTING,
    ROUND,
    UNTIL_OPENED,
)
from tests.story import ANN, BEN, Given, given

ENTRIES = {"E0001": ENTRY_OF_BEN, "E0002": ENTRY_OF_ANN}
MEMBERS = {ENTRY_OF_BEN: BEN, ENTRY_OF_ANN: ANN}
DAY = timedelta(days=1)
AT_LEAST, BUDGET = 5, 1_000_000
JUDGE, CODE, MEMBER = sampled_from(JUDGES), sampled_from(sorted(ENTRIES)), sampled_from([ANN, BEN])
SCORE = integers(0, 200).map(lambda steps: steps * 50)
Step = Callable[..., Iterable[Any]]


class Contest(RuleBasedStateMachine):
    @initialize()
    def open_the_round(self) -> None:
        self.story: Given[Competition] = given(Competition, *UNTIL_OPENED)
        self.round: Given[Round] = given(Round, CODED, id=ROUND)
        self.today = HELD
        self.sheets: dict[tuple[str, str], int] = {}
        self.asked: dict[tuple[str, str], int] = {}
        self.recused: set[tuple[str, str]] = set()
        self.shown = 0
        self.open_at_dawn = self.posted = False
        self.appeals: set[str] = set()
        self.prizes: dict[int, int] = {}

    def _does(self, step: Step, *words: Any) -> bool:
        when = self.story.when(step, *words)
        if when.events:
            self.story = when.then(*when.events)
        return bool(when.events)

    def _judges(self, step: Step, *words: Any) -> bool:
        when = self.round.when(step, self.story.state, *words)
        if when.events:
            self.round = when.then(*when.events)
        return bool(when.events)

    @rule(score=SCORE, days=integers(1, 9))
    def go_on(self, score: int, days: int) -> None:
        """The next step on the way to the end, so that the end is reached."""
        match self.story.state.status:
            case "scoring":
                self.all_others_submit(score)
                self.close()
            case "scored":
                self.post()
            case "posted":
                self.days_pass(days)
                self.end()
            case "post_over":
                self.confirm()
            case _:
                self.award(1, 500_000)

    @rule(score=SCORE)
    def all_others_submit(self, score: int) -> None:
        for code in ENTRIES:
            for judge in JUDGES:
                if (judge, code) not in self.sheets:
                    self.submit(judge, code, score)

    @rule(judge=JUDGE, code=CODE, score=SCORE)
    def submit(self, judge: str, code: str, score: int) -> None:
        if self._judges(submit, SubmitScore(entry_code=code, score_x100=score), Actor(judge)):
            assert (judge, code) not in self.sheets
            self.sheets[judge, code] = score

    @rule(judge=JUDGE, code=CODE, score=SCORE)
    def ask(self, judge: str, code: str, score: int) -> None:
        command = AskCorrection(entry_code=code, score_x100=score, reason_code="written_wrongly")
        if self._judges(ask, command, Actor(judge)):
            self.asked[judge, code] = score

    @rule(judge=JUDGE, code=CODE, by=JUDGE)
    def agree(self, judge: str, code: str, by: str) -> None:
        if self._judges(agree, AgreeCorrection(entry_code=code, judge_id=judge), Actor(by)):
            assert by != judge
            self.sheets[judge, code] = self.asked.pop((judge, code))

    @rule(judge=JUDGE, code=CODE)
    def recuse(self, judge: str, code: str) -> None:
        """One of six: with two the round could not close."""
        others = {one for one, other in self.recused if other == code} - {judge}
        if not others and self._does(recuse, judge, ENTRIES[code], "mentor"):
            self.recused.add((judge, code))

    @rule()
    def close(self) -> None:
        if self._judges(close_round, CHIEF, self.today):
            self.asked.clear()
            assert self._does(score, self.round.state)

    @rule()
    def post(self) -> None:
        if self._does(post_results, POSTING, self.today):
            self.posted, self.shown, self.open_at_dawn = True, 0, False
            self.appeals.clear()

    @rule(member=MEMBER)
    def appeal(self, member: str) -> None:
        if self._does(appeal, member, AppealScore(ground="conflict"), POSTING, self.today):
            self.appeals.add(member)

    @rule(member=MEMBER, outcome=sampled_from(["dismissed", "upheld"]))
    def decide(self, member: str, outcome: str) -> None:
        if self._does(decide, member, DecideAppeal.model_validate({"outcome": outcome}), Actor("desk"), self.today):
            self.appeals = set() if outcome == "upheld" else self.appeals - {member}
            if outcome == "upheld":
                self.posted = False
                assert self._judges(reopen, self.today)

    @rule(days=integers(1, 9))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            if self.today.year == 2026 and self.today < date(2026, 12, 20):
                self.shown += self.open_at_dawn and is_working(self.today)
                self.today += DAY
                self.open_at_dawn = self.posted and not self.appeals

    @rule()
    def end(self) -> None:
        over = self._does(end_publicity, self.today)
        assert over <= (self.posted and not self.appeals and self.shown >= AT_LEAST)
        if self.posted and not self.appeals and self.shown >= AT_LEAST:
            assert over, f"{self.shown} working days have been shown"
        if over:
            self.posted = False

    @rule()
    def confirm(self) -> None:
        if self._does(confirm, CHAIR, self.today):
            assert not self.appeals
            assert self.shown >= AT_LEAST

    @rule(place=integers(1, 2), amount=sampled_from([300_000, 500_000, 500_001, 1_000_000]))
    def award(self, place: int, amount: int) -> None:
        command = AwardPrizes(prizes=(PlacePrize(place=place, amount_fen=amount),))
        if self._does(award, command, CHAIR, self.today):
            self.prizes[place] = amount * sum(one.rank == place for one in self.story.state.results)

    @rule(entry_id=sampled_from(sorted(MEMBERS)))
    def refuse(self, entry_id: str) -> None:
        prize = self.story.state.prizes.get(entry_id)
        if prize and prize.status == "awarded":
            place = next(one.rank for one in self.story.state.results if one.entry_id == entry_id)
            said = {"competition_id": self.story.state.id, "entry_id": entry_id, "member_id": MEMBERS[entry_id]}
            said |= {"prize_id": prize.id, "org_id": "G0101", "reason_code": "over_limit"}
            assert self._does(withhold, PrizeRefused.model_validate(said | {"amount_fen": prize.amount_fen}))
            self.prizes[place] -= prize.amount_fen

    @invariant()
    def results_are_what_the_counted_sheets_come_to(self) -> None:
        if self.story.state.status in ("scored", "posted", "post_over", "confirmed"):
            assert {one.entry_code: one.final_x100 for one in self.story.state.results} == {
                code: self._final(code) for code in ENTRIES
            }

    def _final(self, code: str) -> int:
        counted = sorted(
            score
            for (judge, other), score in self.sheets.items()
            if other == code and (judge, code) not in self.recused
        )
        assert len(counted) >= 5
        rest = counted[1:-1]
        return int(Fraction(2 * sum(rest) + len(rest), 2 * len(rest)))

    @invariant()
    def prizes_stay_within_the_budget(self) -> None:
        assert sum(self.prizes.values()) <= BUDGET


TestContest = Contest.TestCase
TestContest.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
