"""Take an entry back:  POST /competitions/{competition_id}/entries/{member_id}/withdrawal  ->  EntryWithdrawn"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import EntryWithdrawn
from shared.kernel.work import Work
from shared.values.competition import CompetitionId, WithdrawnBy
from shared.values.ids import MemberId
from shared.values.roles import Role


def withdraw(competition: Competition, member_id: str, by: WithdrawnBy) -> Iterator[EntryWithdrawn]:
    """Until enrolment closes; the person may enter another competition then. Nothing if there is no entry."""
    competition.must_be("announced")
    if entry := competition.entries.get(member_id):
        yield EntryWithdrawn(
            competition_id=competition.id, entry_id=entry.id, member_ids=(member_id,), org_id=entry.org_id, by=by
        )


def withdraw_if_open(competition: Competition, member_id: str) -> Iterator[EntryWithdrawn]:
    """For one who is no longer a member: what is closed stays as it was."""
    if competition.status == "announced":
        yield from withdraw(competition, member_id, "membership_ended")


@service.post(
    "/competitions/{competition_id}/entries/{member_id}/withdrawal",
    role=Role.UNION | Role.SELF,
    org=(Competition, "competition_id"),
)
async def post(competition_id: CompetitionId, member_id: MemberId, work: Work) -> None:
    by: WithdrawnBy = "member" if work.actor.id == member_id else "organiser"
    await work.change(Competition, competition_id, lambda competition: withdraw(competition, member_id, by))
