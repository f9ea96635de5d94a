"""The fund has answered for a prize:  PrizePaid  ->  PrizeDelivered  ·  PrizeRefused  ->  PrizeWithheld"""

from collections.abc import Iterator

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import PrizeDelivered, PrizeWithheld
from shared.events.welfare.prize import PrizePaid, PrizeRefused
from shared.kernel.work import Work


def deliver(competition: Competition, event: PrizePaid) -> Iterator[PrizeDelivered]:
    prize = competition.prizes.get(event.entry_id)
    if prize and (prize.id, prize.status) == (event.prize_id, "awarded"):
        yield PrizeDelivered(
            prize_id=prize.id,
            competition_id=competition.id,
            entry_id=event.entry_id,
            member_id=event.member_id,
            org_id=event.org_id,
            amount_fen=event.amount_fen,
            paid_on=event.paid_on,
        )


def withhold(competition: Competition, event: PrizeRefused) -> Iterator[PrizeWithheld]:
    prize = competition.prizes.get(event.entry_id)
    if prize and (prize.id, prize.status) == (event.prize_id, "awarded"):
        yield PrizeWithheld(
            prize_id=prize.id,
            competition_id=competition.id,
            entry_id=event.entry_id,
            member_id=event.member_id,
            org_id=event.org_id,
            reason_code=event.reason_code,
        )


@service.reaction
async def prize_paid(event: PrizePaid, work: Work) -> None:
    await work.change(Competition, event.competition_id, lambda competition: deliver(competition, event))


@service.reaction
async def prize_refused(event: PrizeRefused, work: Work) -> None:
    await work.change(Competition, event.competition_id, lambda competition: withhold(competition, event))
