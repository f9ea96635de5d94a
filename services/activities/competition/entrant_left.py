"""A membership ended:  MembershipEnded  ->  its open entries are withdrawn"""

from services.activities.competition.competition import Competition
from services.activities.competition.my_competitions import MyCompetitions
from services.activities.competition.withdraw_entry import withdraw_if_open
from services.activities.service import service
from shared.directory.ended import has_ended
from shared.events.members.membership import MembershipEnded
from shared.kernel.work import Work


@service.reaction
async def entrant_left(event: MembershipEnded, work: Work) -> None:
    """As `member_left` does for activities; an entry that slips in between is for `late_entry`."""
    if not await has_ended(event, work):
        return
    await work.settled(MyCompetitions)
    mine = await work.view(MyCompetitions, event.member_id)
    for competition_id in mine.open if mine else ():
        await work.change(
            Competition, competition_id, lambda competition: withdraw_if_open(competition, event.member_id)
        )
