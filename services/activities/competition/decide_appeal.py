"""Decide an appeal:  POST /competitions/{competition_id}/appeals/{member_id}/decision  ->  ScoreAppealDecided
If it is upheld the round is open again, for corrections by two persons:  RoundReopened"""

from collections.abc import Iterator
from datetime import date

from services.activities.competition.appeal_score import AppealClosed, NoEntry
from services.activities.competition.competition import Competition
from services.activities.competition.confirm_results import OwnJudgement
from services.activities.competition.post_results import last_day_of
from services.activities.competition.sealed_round import Round
from services.activities.competition.terms import Appeal
from services.activities.service import service
from shared.events.activities.competition import ScoreAppealDecided
from shared.events.activities.sealed_round import RoundReopened
from shared.kernel.refusal import Forbidden, NotFound
from shared.kernel.work import Actor, Command, Work
from shared.values.competition import AppealOutcome, CompetitionId
from shared.values.ids import MemberId
from shared.values.roles import Role


class DecideAppeal(Command):
    outcome: AppealOutcome


class NothingAppealed(NotFound):
    """No appeal has been made for this entry.
    该参赛项没有申诉。"""


class OwnAppeal(Forbidden):
    """This appeal is your own; somebody else decides it.
    该申诉由您本人提出，须由他人处理。"""


def decide(
    competition: Competition, member_id: str, command: DecideAppeal, by: Actor, on: date
) -> Iterator[ScoreAppealDecided]:
    entry = competition.entries.get(member_id)
    if entry is None:
        raise NoEntry()
    made = competition.appeals.get(entry.id)
    if made is None:
        raise NothingAppealed()
    if made.status == command.outcome:
        return
    if made.status != "open":
        raise AppealClosed(status=made.status)
    competition.must_be("posted")
    must_be_impartial(competition, member_id, by)
    until = _until(competition, entry.id, command, on)
    for entry_id, one in _settled_with(competition, entry.id, command):
        yield ScoreAppealDecided(
            competition_id=competition.id,
            org_id=competition.org_id,
            appeal_id=one.id,
            entry_id=entry_id,
            member_id=competition.member_of[entry_id],
            outcome=command.outcome,
            on=on,
            until=until,
        )


def _settled_with(competition: Competition, entry_id: str, command: DecideAppeal) -> list[tuple[str, Appeal]]:
    """The appeal itself; if it is upheld all open ones, for all sheets are looked at again."""
    others = sorted(_open_besides(competition, entry_id)) if command.outcome == "upheld" else []
    return [(one, competition.appeals[one]) for one in (entry_id, *others)]


def _open_besides(competition: Competition, entry_id: str) -> list[str]:
    return [entry for entry, one in competition.appeals.items() if one.status == "open" and entry != entry_id]


def must_be_impartial(competition: Competition, member_id: str, by: Actor) -> None:
    if by.id == member_id:
        raise OwnAppeal()
    if by.id in competition.panel.judge_ids:
        raise OwnJudgement()


def _until(competition: Competition, entry_id: str, command: DecideAppeal, on: date) -> date | None:
    """The last day of a posting that goes on; None while another appeal is open, or if it is posted anew."""
    if command.outcome == "upheld" or _open_besides(competition, entry_id) or competition.posting is None:
        return None
    return last_day_of(competition.posting.resumed(on))


def reopen(sealed: Round, competition: Competition, on: date) -> Iterator[RoundReopened]:
    if competition.status == "scoring" and sealed.status == "closed":
        yield RoundReopened(round_id=sealed.id, competition_id=competition.id, org_id=competition.org_id, on=on)


@service.post(
    "/competitions/{competition_id}/appeals/{member_id}/decision",
    role=Role.OBJECTION_DESK,
    org=(Competition, "competition_id"),
)
async def post(competition_id: CompetitionId, member_id: MemberId, command: DecideAppeal, work: Work) -> None:
    competition = await work.change(
        Competition, competition_id, lambda competition: decide(competition, member_id, command, work.actor, work.today)
    )
    if competition.status == "scoring":
        await work.change(Round, competition.round_id, lambda sealed: reopen(sealed, competition, work.today))
