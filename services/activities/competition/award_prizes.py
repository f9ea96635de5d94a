"""Award prizes by place:  POST /competitions/{competition_id}/prizes  ->  PrizeAwarded"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from services.activities.competition.announce_competition import BudgetNotReserved
from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import EntryResult, PrizeAwarded
from shared.kernel.refusal import Conflict, Forbidden, Invalid, NotFound
from shared.kernel.work import Actor, Command, Work
from shared.values.competition import LAST_PLACE, CompetitionId
from shared.values.money import PositiveFen
from shared.values.roles import Role


class PlacePrize(Command):
    place: Annotated[int, Field(strict=True, ge=1, le=LAST_PLACE)]
    amount_fen: PositiveFen
    """For each entry that has this place."""


class AwardPrizes(Command):
    prizes: Annotated[tuple[PlacePrize, ...], Field(min_length=1, max_length=100)]


class PlaceTwice(Invalid):
    """Place {place} is named twice; name each place once, with the amount for each entry that has it.
    第 {place} 名重复填写，每个名次只填一次，金额为该名次每位选手的奖金。"""


class NobodyPlaced(NotFound):
    """No entry has place {place}; compare it with the ranking.
    没有选手获得第 {place} 名，请核对名次。"""


class AwardedOtherwise(Conflict):
    """Place {place} was awarded {amount_fen} fen already.
    第 {place} 名已授予奖金 {amount_fen} 分。"""


class OverPrizeBudget(Conflict):
    """All prizes would come to {total} fen, and the approved budget is {budget}; award less.
    奖金合计 {total} 分，超出批准的预算 {budget} 分，请调减。"""


class OwnPlace(Forbidden):
    """You have a place in this ranking yourself; somebody else has to award the prizes.
    您本人在本次竞赛的名次之中，奖金须由他人授予。"""


def award(competition: Competition, command: AwardPrizes, by: Actor, on: date) -> Iterator[PrizeAwarded]:
    """All prizes together never exceed the approved budget (INV-A11). An entry gets one prize; if the fund withheld it,
    it may be awarded anew."""
    competition.must_be("confirmed")
    must_name_each_once(command)
    if by.id in competition.entries:
        raise OwnPlace()
    account_id = competition.terms.account_id
    if competition.budget != "reserved" or account_id is None:
        raise BudgetNotReserved(budget=competition.budget)
    new = [(result, prize) for prize in command.prizes for result in _owed(competition, prize)]
    standing = sum(prize.amount_fen for prize in competition.prizes.values() if prize.status != "withheld")
    total = standing + sum(prize.amount_fen for _, prize in new)
    if total > competition.terms.prize_budget_fen:
        raise OverPrizeBudget(total=total, budget=competition.terms.prize_budget_fen)
    members = competition.member_of
    for result, prize in new:
        member_id = members[result.entry_id]
        yield PrizeAwarded(
            prize_id=prize_of(competition.id, result.entry_id, _turn(competition, result.entry_id)),
            competition_id=competition.id,
            entry_id=result.entry_id,
            member_id=member_id,
            member_ids=(member_id,),
            org_id=competition.entries[member_id].org_id,
            account_id=account_id,
            amount_fen=prize.amount_fen,
            place=result.rank,
            on=on,
            awarded_by=by.id,
        )


def must_name_each_once(command: AwardPrizes) -> None:
    places = [prize.place for prize in command.prizes]
    for place in places:
        if places.count(place) > 1:
            raise PlaceTwice(place=place)


def prize_of(competition_id: str, entry_id: str, turn: int = 1) -> str:
    """The id of an entry's prize: the same again if the same is awarded again."""
    return str(uuid5(UUID(competition_id), f"{entry_id}:{turn}"))


def _turn(competition: Competition, entry_id: str) -> int:
    had = competition.prizes.get(entry_id)
    return had.turn + 1 if had else 1


def _owed(competition: Competition, prize: PlacePrize) -> Iterator[EntryResult]:
    """The entries of a place that have no prize yet, or none any more."""
    placed = [result for result in competition.results if result.rank == prize.place]
    if not placed:
        raise NobodyPlaced(place=prize.place)
    for result in placed:
        had = competition.prizes.get(result.entry_id)
        if had is None or had.status == "withheld":
            yield result
        elif had.amount_fen != prize.amount_fen:
            raise AwardedOtherwise(place=prize.place, amount_fen=had.amount_fen)


@service.post(
    "/competitions/{competition_id}/prizes",
    role=Role.CHAIR | Role.ADMIN,
    org=(Competition, "competition_id"),
    sensitive=True,
)
async def post(competition_id: CompetitionId, command: AwardPrizes, work: Work) -> None:
    by, on = work.actor, work.today
    await work.change(Competition, competition_id, lambda competition: award(competition, command, by, on))
