"""One who entered in the moment in which the membership ended:  EntryAccepted  ->  EntryWithdrawn"""

from services.activities.competition.competition import Competition
from services.activities.competition.withdraw_entry import withdraw_if_open
from services.activities.service import service
from shared.events.activities.competition import EntryAccepted
from shared.kernel.work import Work


@service.reaction
async def late_entry(event: EntryAccepted, work: Work) -> None:
    """Decided with a directory that trailed: by now it knows."""
    for member_id in event.member_ids:
        await _withdraw_if_gone(event.competition_id, member_id, work)


async def _withdraw_if_gone(competition_id: str, member_id: str, work: Work) -> None:
    membership = await work.directory.membership(member_id, fresh=True)
    if membership is not None and membership.status == "ended":
        await work.change(Competition, competition_id, lambda competition: withdraw_if_open(competition, member_id))
