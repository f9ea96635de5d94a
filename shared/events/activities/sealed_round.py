"""Score sheets of a round: sealed, on a topic of their own, until the round is closed (INV-A4)."""

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from shared.kernel.event import DataClass, Event
from shared.values.competition import CompetitionId, Digest, EntryCode, EntryId, RoundId, ScoreX100, SheetCorrection
from shared.values.ids import ActorId, OrgId

SEALED = "gonghui.activities.sealed"


class CodedEntry(BaseModel):
    """Which entry a code stands for."""

    model_config = ConfigDict(frozen=True)

    entry_code: EntryCode
    entry_id: EntryId


class EntriesCoded(Event):
    """Each entry drew a code, and judges see nothing but codes.
    编号抽签：参赛作品抽取编号，裁判只见编号。"""

    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    entries: tuple[CodedEntry, ...]


class ScoreSubmitted(Event):
    """A judge handed in the sheet of an entry; it is locked.
    打分：裁判提交某编号的评分表，提交后锁定。"""

    data_class: ClassVar[DataClass] = "C2"
    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    entry_code: EntryCode
    judge_id: ActorId
    score_x100: ScoreX100
    sheet_hash: Digest


class ScoreCorrectionAsked(Event):
    """A judge asked to replace a locked sheet; it counts as before until somebody else has agreed.
    更正申请：裁判申请更正已锁定的评分表，经他人复核后生效。"""

    data_class: ClassVar[DataClass] = "C2"
    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    entry_code: EntryCode
    judge_id: ActorId
    score_x100: ScoreX100
    reason_code: SheetCorrection


class ScoreCorrected(Event):
    """A sheet was replaced by a new version, by two persons.
    评分更正：经两人办理，评分表更换为新版本。"""

    data_class: ClassVar[DataClass] = "C2"
    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    entry_code: EntryCode
    judge_id: ActorId
    score_x100: ScoreX100
    reason_code: SheetCorrection
    sheet_version: PositiveInt
    sheet_hash: Digest
    agreed_by: ActorId


class RoundReopened(Event):
    """An appeal was upheld: sheets may be corrected, and the round is closed again.
    重新核分：申诉成立，评分表可按程序更正后再次结束评分。"""

    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    on: date


class RoundClosed(Event):
    """All sheets are in; none is accepted any more.
    评分结束：评分表收齐，不再接收。"""

    topic: ClassVar[str] = SEALED

    round_id: RoundId
    competition_id: CompetitionId
    org_id: OrgId
    sheets: NonNegativeInt
    """How many counted."""
    sheets_hash: Digest
    on: date
