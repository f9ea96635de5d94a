"""Competitions: approval, entries, judges, results, postings, prizes. Score sheets stand in `sealed_round`."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from shared.kernel.event import DataClass, Event
from shared.values.competition import (
    AppealGround,
    AppealOutcome,
    CompetitionCancellation,
    CompetitionId,
    CompetitionKind,
    CompetitionLevel,
    CompetitionTier,
    Digest,
    EntryCode,
    EntryId,
    EntryRejection,
    PostingId,
    PrizeId,
    RecusalGround,
    RoundId,
    ScoreRule,
    ScoreX100,
    Season,
    WithdrawnBy,
)
from shared.values.ids import AccountId, ActorId, Code, Id, MemberId, OrgId
from shared.values.money import Fen, PositiveFen
from shared.values.words import SkillGrade

Members = Annotated[tuple[MemberId, ...], Field(min_length=1)]
"""Of one entry: one person, or a team."""


class CompetitionProposed(Event):
    """An organisation proposed to hold a competition.
    竞赛申报：某组织申报举办一项竞赛。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    kind: CompetitionKind
    level: CompetitionLevel
    tier: CompetitionTier
    trade: Code
    season: Season
    scope_orgs: tuple[OrgId, ...]
    """Members of these organisations and of all below them may enter."""
    prize_budget_fen: Fen
    by: ActorId
    account_id: AccountId | None = None
    """The fund account that is to bear the prizes."""


class CompetitionApproved(Event):
    """A competition was approved, with its prize budget.
    竞赛立项：竞赛及其奖金预算获得批准。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    kind: CompetitionKind
    level: CompetitionLevel
    tier: CompetitionTier
    trade: Code
    season: Season
    scope_orgs: tuple[OrgId, ...]
    prize_budget_fen: Fen
    approvals: tuple[ActorId, ActorId]
    """Who proposed it, who approved it."""
    on: date
    account_id: AccountId | None = None


class CompetitionFunded(Event):
    """The prize budget of a competition has been set aside on its fund account.
    竞赛经费落实：竞赛的奖金预算已在资金账户占用。"""

    competition_id: CompetitionId
    org_id: OrgId
    amount_fen: PositiveFen


class CompetitionFundingRefused(Event):
    """The prize budget of a competition could not be set aside.
    竞赛经费未落实：竞赛的奖金预算无法占用。"""

    competition_id: CompetitionId
    org_id: OrgId
    reason_code: Code


class CompetitionAnnounced(Event):
    """A competition was announced with the rule by which it is scored; from the first entry on the rule is fixed.
    竞赛启动：竞赛及其评分规则公布，首位选手报名后规则不得变更。"""

    data_class: ClassVar[DataClass] = "C0"

    competition_id: CompetitionId
    org_id: OrgId
    rule: ScoreRule
    rule_hash: Digest
    enrol_from: date
    enrol_until: date
    qualifying_on: date
    """Whoever is a member on this day enters for the organisation of that day."""
    held_on: date
    posting_workdays: PositiveInt


class EntryAccepted(Event):
    """An entry was accepted, for the organisation where the membership was on the qualifying date.
    参赛资格确认：选手代表其资格日所在组织参赛。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    entry_id: EntryId
    member_ids: Members
    org_id: OrgId
    trade: Code
    season: Season
    level: CompetitionLevel


class EntryRejected(Event):
    """An entry was not accepted.
    参赛资格不符：报名未通过资格审查。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    entry_id: EntryId
    member_ids: Members
    org_id: OrgId
    """Where the membership was on the qualifying date; where it is now, if there was none then."""
    reason_code: EntryRejection


class EntryWithdrawn(Event):
    """An entry was taken back before enrolment closed.
    退出参赛：报名截止前撤回参赛。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    entry_id: EntryId
    member_ids: Members
    org_id: OrgId
    by: WithdrawnBy


class EntriesClosed(Event):
    """Enrolment for a competition is over.
    报名截止：竞赛报名结束。"""

    competition_id: CompetitionId
    org_id: OrgId
    entries: NonNegativeInt
    on: date


class JudgePanelAppointed(Event):
    """The judges of a competition were appointed, in this order.
    裁判组建：竞赛裁判组成立，裁判按此顺序排列。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    panel_id: Id
    judge_ids: tuple[ActorId, ...]
    chief: ActorId


class JudgeRecused(Event):
    """A judge does not count for an entry, because of a conflict of interest.
    裁判回避：裁判因利益关系对某参赛作品回避，其评分不计。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    judge_id: ActorId
    entry_id: EntryId
    ground: RecusalGround


class RoundOpened(Event):
    """The judges may score; what they know of the entries is a code.
    评分开始：裁判开始打分，只见编号不见选手。"""

    competition_id: CompetitionId
    org_id: OrgId
    round_id: RoundId
    entries: PositiveInt
    on: date


class EntryResult(BaseModel):
    """What became of the sheets of one entry."""

    model_config = ConfigDict(frozen=True)

    entry_id: EntryId
    entry_code: EntryCode
    kept_x100: tuple[ScoreX100, ...]
    """In the order of the judges."""
    dropped_x100: tuple[ScoreX100, ...]
    final_x100: ScoreX100
    rank: PositiveInt


class CompetitionScored(Event):
    """All sheets are in and the results computed, perhaps anew after an appeal; a long list comes in pages.
    成绩汇总：评分齐全，成绩已计算（申诉成立的重新计算）；名单较长时分页发布。"""

    competition_id: CompetitionId
    org_id: OrgId
    round_id: RoundId
    rule_version: PositiveInt
    """Of the computation."""
    rule_hash: Digest
    sheets_hash: Digest
    """Of all sheets that counted, which stay sealed."""
    page: PositiveInt
    pages: PositiveInt
    results: tuple[EntryResult, ...]


class ResultPublicityStarted(Event):
    """The results are posted for a number of working days.
    成绩公示开始：成绩按工作日公示。"""

    data_class: ClassVar[DataClass] = "C0"

    competition_id: CompetitionId
    org_id: OrgId
    posting_id: PostingId
    since: date
    """This day is not counted."""
    workdays: PositiveInt
    until: date | None = None
    """The last day, as far as the calendar was known then."""


class ScoreAppealed(Event):
    """An entrant appealed against a posted result; the posting is frozen until that is decided.
    成绩申诉：选手对公示成绩提出申诉，公示期中止直至处理完毕。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    appeal_id: Id
    entry_id: EntryId
    member_id: MemberId
    ground: AppealGround
    shown_workdays: NonNegativeInt
    """Of the posting, by then."""
    on: date


class ScoreAppealDecided(Event):
    """An appeal was decided: dismissed, or the sheets are looked at again and what they come to is posted anew.
    申诉处理：维持原成绩，或申诉成立，重新核分并重新公示。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    appeal_id: Id
    entry_id: EntryId
    member_id: MemberId
    outcome: AppealOutcome
    on: date
    until: date | None = None
    """The last day of the posting, if it goes on from here and the calendar is known."""


class ResultPublicityEnded(Event):
    """The posting of the results is over.
    成绩公示结束：公示期满。"""

    data_class: ClassVar[DataClass] = "C0"

    competition_id: CompetitionId
    org_id: OrgId
    posting_id: PostingId
    on: date


class Placed(BaseModel):
    """An entry in the confirmed ranking."""

    model_config = ConfigDict(frozen=True)

    entry_id: EntryId
    member_ids: Members
    org_id: OrgId
    """For which it was entered."""
    place: PositiveInt
    final_x100: ScoreX100


class SkillPromotion(BaseModel):
    """A winner put forward for a skill grade."""

    model_config = ConfigDict(frozen=True)

    member_id: MemberId
    trade: Code
    grade: SkillGrade


class CompetitionResultConfirmed(Event):
    """The results of a competition are final and winners are put forward for a grade; a long list comes in pages.
    成绩确认：竞赛成绩最终确定，优胜者推荐晋升技能等级；名单较长时分页发布。"""

    data_class: ClassVar[DataClass] = "C2"

    competition_id: CompetitionId
    org_id: OrgId
    trade: Code
    season: Season
    level: CompetitionLevel
    page: PositiveInt
    pages: PositiveInt
    ranking: tuple[Placed, ...]
    skill_promotion: tuple[SkillPromotion, ...]
    on: date


class PrizeAwarded(Event):
    """A prize was awarded to an entry.
    颁奖：向获奖选手授予奖金。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: PrizeId
    competition_id: CompetitionId
    entry_id: EntryId
    member_id: MemberId
    """Whom it is paid to."""
    member_ids: Members
    org_id: OrgId
    """Of the entry."""
    account_id: AccountId
    amount_fen: PositiveFen
    place: PositiveInt
    on: date
    awarded_by: ActorId | None = None
    """Who does not pay it then."""


class PrizeDelivered(Event):
    """A prize has reached its winner.
    奖金已发：奖金已发放到获奖者。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: PrizeId
    competition_id: CompetitionId
    entry_id: EntryId
    member_id: MemberId
    org_id: OrgId
    amount_fen: PositiveFen
    paid_on: date


class PrizeWithheld(Event):
    """A prize that was awarded will not be paid.
    奖金未发：已授予的奖金未能发放。"""

    data_class: ClassVar[DataClass] = "C2"

    prize_id: PrizeId
    competition_id: CompetitionId
    entry_id: EntryId
    member_id: MemberId
    org_id: OrgId
    reason_code: Code


class CompetitionArchived(Event):
    """All prizes of a competition have been decided; what is left of its prize budget is free.
    竞赛归档：奖金均已办结，剩余奖金预算可以释放。"""

    competition_id: CompetitionId
    org_id: OrgId
    on: date


class CompetitionCancelled(Event):
    """A competition will not be held, or not be completed.
    竞赛取消：竞赛不再举行或中止。"""

    data_class: ClassVar[DataClass] = "C0"

    competition_id: CompetitionId
    org_id: OrgId
    reason_code: CompetitionCancellation
