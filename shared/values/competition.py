"""Words of competitions 竞赛: kinds, levels, the rule by which judges' scores become a result."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints

from shared.values.ids import Id
from shared.values.words import SkillGrade

CompetitionId = Id
EntryId = Id
RoundId = Id
PostingId = Id
PrizeId = Id

CompetitionKind = Literal["drill", "skill", "labour"]
"""岗位练兵, 技能比武, 劳动竞赛."""

CompetitionLevel = Literal["team", "basic", "subsidiary", "group", "province", "national"]
"""班组, 基层, 子公司, 集团, 省·行业, 国家."""

CompetitionTier = Literal["I", "II"]
"""一类: across trades and open; 二类: of one trade."""

Season = Annotated[str, StringConstraints(pattern=r"^20\d{2}$")]
"""The year in which it counts 赛季."""

EntryCode = Annotated[str, StringConstraints(pattern=r"^E\d{4}$")]
"""What a judge knows of an entry 竞赛编号: drawn by lot, `E0001`."""

EntryRejection = Literal["not_a_member", "wrong_trade", "out_of_scope", "entered_already"]
"""非会员, 工种不符, 不在参赛范围, 本赛季同工种已报名."""

WithdrawnBy = Literal["member", "organiser", "membership_ended"]

RecusalGround = Literal["same_organisation", "relative", "mentor", "line_of_command", "absent"]
"""同单位, 亲属, 师徒, 直接上下级, 因故缺席."""

AppealGround = Literal["added_wrongly", "rule_not_kept", "conflict", "wrong_entry"]
"""计分有误, 违反规则, 应回避未回避, 编号或身份有误."""

AppealOutcome = Literal["dismissed", "upheld"]
"""维持原成绩, 申诉成立."""

SheetCorrection = Literal["added_wrongly", "written_wrongly", "wrong_entry"]
"""合分有误, 填写有误, 编号有误."""

CompetitionCancellation = Literal["too_few", "safety", "venue", "budget", "irregular"]
"""人数不足, 安全原因, 场地原因, 经费原因, 违规."""

TieBreak = Literal["all_sheets", "highest_sheet", "lot"]
"""Which of two equal entries is better: by the mean of all sheets, the dropped ones too 全部评分均值; by the highest
sheet 最高评分; by lot, the lower code 抽签. What is still equal shares the place 并列."""

ScoreX100 = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
"""Points in hundredths: 9150 is 91.50."""

WrittenX100 = Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)]
"""What a judge writes, before it is compared with the scale."""

Digest = Annotated[str, StringConstraints(pattern=r"^[a-p]{64}$")]
"""SHA-256, written with the letters a to p: digits would look like numbers of persons to a scanner."""


LAST_PLACE = 1_000
"""A competition has no more entries, and so no further place."""


class Promotion(BaseModel):
    """Winners up to a place are put forward for a skill grade 技能等级晋升."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to_place: PositiveInt
    grade: SkillGrade


class ScoreRule(BaseModel):
    """How sheets become a result 评分规则; declared before the first entry, and then fixed (INV-A5)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judges: Annotated[int, Field(ge=3, le=25)]
    """How many the panel has at least."""
    drop_high: Annotated[int, Field(ge=0, le=5)]
    drop_low: Annotated[int, Field(ge=0, le=5)]
    minimum_sheets: Annotated[int, Field(ge=3, le=25)]
    """Counted sheets of an entry, before any is dropped."""
    max_x100: Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
    step_x100: Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
    tie_break: Annotated[tuple[TieBreak, ...], Field(max_length=3)] = ()
    """In this order; none: equal results share a place."""
    promotions: Annotated[tuple[Promotion, ...], Field(max_length=5)] = ()
