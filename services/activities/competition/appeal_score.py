"""Appeal against a posted result:  POST /competitions/{competition_id}/appeals/{member_id}  ->  ScoreAppealed"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.service import service
from shared.events.activities.competition import ScoreAppealed
from shared.kernel.refusal import Conflict, NotFound
from shared.kernel.work import Command, Work
from shared.values.competition import AppealGround, CompetitionId
from shared.values.ids import MemberId
from shared.values.roles import Role


class AppealScore(Command):
    ground: AppealGround


class NoEntry(NotFound):
    """This member has no entry in the competition, and nobody appeals for another one.
    该会员没有参加本次竞赛，不能代他人申诉。"""


class AppealClosed(Conflict):
    """An appeal for this entry was {status} already; what was posted does not change by another one.
    该参赛项的申诉已处理（{status}），不能重复申诉。"""


def appeal(
    competition: Competition, member_id: str, command: AppealScore, appeal_id: str, on: date
) -> Iterator[ScoreAppealed]:
    """While the results are posted; time stops until it is decided (INV-A8)."""
    if competition.status != "posted" or competition.posting is None:
        raise NotAtThisStage(status=competition.status)
    entry = competition.entries.get(member_id)
    if entry is None:
        raise NoEntry()
    if earlier := competition.appeals.get(entry.id):
        if earlier.status != "open":
            raise AppealClosed(status=earlier.status)
        return
    posting = competition.posting
    frozen = posting if posting.status == "frozen" else posting.frozen(on)
    yield ScoreAppealed(
        competition_id=competition.id,
        org_id=competition.org_id,
        appeal_id=appeal_id,
        entry_id=entry.id,
        member_id=member_id,
        ground=command.ground,
        shown_workdays=frozen.shown,
        on=on,
    )


@service.post(
    "/competitions/{competition_id}/appeals/{member_id}",
    role=Role.UNION | Role.SELF,
    org=(Competition, "competition_id"),
)
async def post(competition_id: CompetitionId, member_id: MemberId, command: AppealScore, work: Work) -> None:
    appeal_id = work.new_id()
    await work.change(
        Competition,
        competition_id,
        lambda competition: appeal(competition, member_id, command, appeal_id, work.today),
    )
