"""A welding contest of subsidiary G01: two of its members enter, six judges, one of them is chief."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.activities.competition.announce_competition import AnnounceCompetition
from services.activities.competition.appoint_panel import AppointPanel
from services.activities.competition.digest import digest
from shared.directory.entries import Membership
from shared.events.activities.competition import (
    CompetitionAnnounced,
    CompetitionApproved,
    CompetitionCancelled,
    CompetitionFunded,
    CompetitionProposed,
    CompetitionResultConfirmed,
    CompetitionScored,
    EntriesClosed,
    EntryAccepted,
    EntryRejected,
    EntryResult,
    EntryWithdrawn,
    JudgePanelAppointed,
    JudgeRecused,
    Placed,
    PrizeAwarded,
    ResultPublicityEnded,
    ResultPublicityStarted,
    RoundOpened,
    SkillPromotion,
)
from shared.events.activities.sealed_round import CodedEntry, EntriesCoded, RoundClosed, ScoreSubmitted
from shared.events.members.membership import MemberJoined, MemberTransferred
from shared.kernel.event import Event
from shared.kernel.work import Actor
from shared.values.competition import Promotion, ScoreRule
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role
from tests.story import ANN, BEN, SUBJECT, Desk, FakeDirectory, member

ACCOUNT = "00000000-0000-7000-8000-0000000000f1"
ROUND = "00000000-0000-7000-8000-0000000000d1"
PANEL = "00000000-0000-7000-8000-0000000000b1"
POSTING = "00000000-0000-7000-8000-0000000000b2"
ENTRY_OF_ANN = "00000000-0000-7000-8000-0000000000e1"
ENTRY_OF_BEN = "00000000-0000-7000-8000-0000000000e2"
CADRE, CHAIR = Actor("cadre"), Actor("chair")
JUDGES = tuple(f"judge-{number}" for number in range(1, 7))
CHIEF = Actor("judge-1")

QUALIFYING, OPENS, CLOSES, HELD = date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 15), date(2026, 9, 20)
POSTED_ON, POSTED_UNTIL, POST_OVER = date(2026, 9, 28), date(2026, 10, 10), date(2026, 10, 11)
"""Five working days over National Day: 29 and 30 September, 8, 9 and 10 October (a Saturday that is worked)."""

RULE = ScoreRule(
    judges=6,
    drop_high=1,
    drop_low=1,
    minimum_sheets=5,
    max_x100=10_000,
    step_x100=50,
    promotions=(Promotion(up_to_place=1, grade="technician"), Promotion(up_to_place=5, grade="senior")),
)
ANNOUNCE = AnnounceCompetition(rule=RULE, enrol_from=OPENS, enrol_until=CLOSES, qualifying_on=QUALIFYING, held_on=HELD)
APPOINT = AppointPanel(judge_ids=JUDGES, chief="judge-1")

PROPOSED = CompetitionProposed(
    competition_id=SUBJECT,
    org_id="G01",
    kind="skill",
    level="subsidiary",
    tier="II",
    trade="welder",
    season="2026",
    scope_orgs=("G01",),
    prize_budget_fen=1_000_000,
    by="cadre",
    account_id=ACCOUNT,
)
APPROVED = CompetitionApproved(
    **PROPOSED.model_dump(exclude={"by"}), approvals=("cadre", "chair"), on=date(2026, 8, 20)
)
FUNDED = CompetitionFunded(competition_id=SUBJECT, org_id="G01", amount_fen=1_000_000)
ANNOUNCED = CompetitionAnnounced(
    competition_id=SUBJECT,
    org_id="G01",
    rule=RULE,
    rule_hash=digest(RULE.model_dump(mode="json")),
    enrol_from=OPENS,
    enrol_until=CLOSES,
    qualifying_on=QUALIFYING,
    held_on=HELD,
    posting_workdays=5,
)


def accepted(member_id: str = ANN, entry_id: str = ENTRY_OF_ANN, org_id: str = "G0101") -> EntryAccepted:
    return EntryAccepted(
        competition_id=SUBJECT,
        entry_id=entry_id,
        member_ids=(member_id,),
        org_id=org_id,
        trade="welder",
        season="2026",
        level="subsidiary",
    )


CLOSED = EntriesClosed(competition_id=SUBJECT, org_id="G01", entries=2, on=CLOSES)
APPOINTED = JudgePanelAppointed(competition_id=SUBJECT, org_id="G01", panel_id=PANEL, judge_ids=JUDGES, chief="judge-1")
OPENED = RoundOpened(competition_id=SUBJECT, org_id="G01", round_id=ROUND, entries=2, on=HELD)
CODED = EntriesCoded(
    round_id=ROUND,
    competition_id=SUBJECT,
    org_id="G01",
    entries=(
        CodedEntry(entry_code="E0001", entry_id=ENTRY_OF_BEN),
        CodedEntry(entry_code="E0002", entry_id=ENTRY_OF_ANN),
    ),
)

UNTIL_ANNOUNCED: tuple[Event, ...] = (PROPOSED, APPROVED, FUNDED, ANNOUNCED)
UNTIL_ENTERED = (*UNTIL_ANNOUNCED, accepted(), accepted(BEN, ENTRY_OF_BEN))
UNTIL_CLOSED = (*UNTIL_ENTERED, CLOSED)
UNTIL_APPOINTED = (*UNTIL_CLOSED, APPOINTED)
UNTIL_OPENED = (*UNTIL_APPOINTED, OPENED)


def submitted(judge_id: str, code: str, score_x100: int) -> ScoreSubmitted:
    return ScoreSubmitted(
        round_id=ROUND,
        competition_id=SUBJECT,
        org_id="G01",
        entry_code=code,
        judge_id=judge_id,
        score_x100=score_x100,
        sheet_hash=digest([ROUND, code, judge_id, score_x100, 1]),
    )


SCORES = {"E0001": (8_000, 8_500, 9_000, 9_000, 9_500, 7_000), "E0002": (9_000, 9_050, 9_100, 9_500, 9_500, 8_000)}
"""Without the highest and the lowest: 8 625 and 9 162.5, which is 9 163."""
SHEETS = tuple(
    submitted(judge, code, score)
    for code, scores in SCORES.items()
    for judge, score in zip(JUDGES, scores, strict=True)
)
SHEETS_HASH = digest({code: dict(zip(JUDGES, scores, strict=True)) for code, scores in SCORES.items()})
ROUND_CLOSED = RoundClosed(
    round_id=ROUND, competition_id=SUBJECT, org_id="G01", sheets=12, sheets_hash=SHEETS_HASH, on=HELD
)
RESULTS = (
    EntryResult(
        entry_id=ENTRY_OF_ANN,
        entry_code="E0002",
        kept_x100=(9_000, 9_050, 9_100, 9_500),
        dropped_x100=(9_500, 8_000),
        final_x100=9_163,
        rank=1,
    ),
    EntryResult(
        entry_id=ENTRY_OF_BEN,
        entry_code="E0001",
        kept_x100=(8_000, 8_500, 9_000, 9_000),
        dropped_x100=(9_500, 7_000),
        final_x100=8_625,
        rank=2,
    ),
)
SCORED = CompetitionScored(
    competition_id=SUBJECT,
    org_id="G01",
    round_id=ROUND,
    rule_version=1,
    rule_hash=ANNOUNCED.rule_hash,
    sheets_hash=SHEETS_HASH,
    page=1,
    pages=1,
    results=RESULTS,
)
UNTIL_SCORED = (*UNTIL_OPENED, SCORED)
POSTED = ResultPublicityStarted(
    competition_id=SUBJECT, org_id="G01", posting_id=POSTING, since=POSTED_ON, workdays=5, until=POSTED_UNTIL
)
POST_ENDED = ResultPublicityEnded(competition_id=SUBJECT, org_id="G01", posting_id=POSTING, on=POST_OVER)
CONFIRMED = CompetitionResultConfirmed(
    competition_id=SUBJECT,
    org_id="G01",
    trade="welder",
    season="2026",
    level="subsidiary",
    page=1,
    pages=1,
    ranking=(
        Placed(entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", place=1, final_x100=9_163),
        Placed(entry_id=ENTRY_OF_BEN, member_ids=(BEN,), org_id="G0101", place=2, final_x100=8_625),
    ),
    skill_promotion=(
        SkillPromotion(member_id=ANN, trade="welder", grade="technician"),
        SkillPromotion(member_id=BEN, trade="welder", grade="senior"),
    ),
    on=POST_OVER,
)
UNTIL_CONFIRMED = (*UNTIL_SCORED, POSTED, POST_ENDED, CONFIRMED)
CANCELLED = CompetitionCancelled(competition_id=SUBJECT, org_id="G01", reason_code="safety")


def recused(judge_id: str = "judge-6", entry_id: str = ENTRY_OF_ANN) -> JudgeRecused:
    return JudgeRecused(
        competition_id=SUBJECT, org_id="G01", judge_id=judge_id, entry_id=entry_id, ground="same_organisation"
    )


def awarded(entry_id: str, member_id: str, prize_id: str, amount_fen: int, place: int) -> PrizeAwarded:
    return PrizeAwarded(
        prize_id=prize_id,
        competition_id=SUBJECT,
        entry_id=entry_id,
        member_id=member_id,
        member_ids=(member_id,),
        org_id="G0101",
        account_id=ACCOUNT,
        amount_fen=amount_fen,
        place=place,
        on=POST_OVER,
        awarded_by="chair",
    )


def welder(id: str, org_id: str = "G0101", status: str = "active", trade: str | None = "welder") -> Membership:
    known = member(org_id, status, id=id)
    return Membership(known.id, org_id, known.status, "regular", True, trade, 1)


@dataclass
class Hall(FakeDirectory):
    """A directory that knows who is a judge of G01, and who works for its union."""

    judges: set[str] = field(default_factory=lambda: set(JUDGES))
    union: set[str] = field(default_factory=set)

    def may(self, actor_id: str, role: Role, path: OrgPath, today: date) -> bool:
        holds = (role & Role.JUDGE and actor_id in self.judges) or (role & Role.UNION and actor_id in self.union)
        return bool(holds) and contains("/G/G01/", path)


def hall(*members: Membership) -> Hall:
    return Hall({one.id: one for one in members})


JOINED = MemberJoined(
    member_id=ANN, org_id="G0101", joined_on=date(2020, 1, 1), worker_type="regular", frontline=True, membership_seq=1
)
MOVED = MemberTransferred(member_id=ANN, from_org="G0101", to_org="G0201", effective_on=OPENS, membership_seq=1)
WITHDRAWN = EntryWithdrawn(
    competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", by="member"
)


def rejected(member_id: str) -> EntryRejected:
    return EntryRejected(
        competition_id=SUBJECT,
        entry_id=ENTRY_OF_ANN,
        member_ids=(member_id,),
        org_id="G0101",
        reason_code="wrong_trade",
    )


async def answer_of(desk: Desk, actor: str, get: Any) -> Any:
    """What a query answers, behind the check of its role."""
    answers: list[Any] = []

    async def ask(work: object) -> None:
        answers.append(await get(SUBJECT, work))

    await desk.does(actor, ask)
    return answers[-1]
