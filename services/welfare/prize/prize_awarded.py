"""A prize was awarded:  PrizeAwarded  ->  PrizePaymentRequested | PrizeRefused"""

from services.welfare.policy.policy_limits import limit_of
from services.welfare.prize.prize_budget import PrizeBudget, request_payment
from services.welfare.service import service
from shared.events.activities.competition import PrizeAwarded
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import NotYet, Work


@service.reaction
async def request_prize_payment(event: PrizeAwarded, work: Work) -> None:
    """Measured by the limit that held in the winner's organisation on the day of the award."""
    try:
        limit = await limit_of("prize", event.org_id, event.on, work)
    except OrganisationUnknownHere as unknown:
        raise NotYet("the directory does not know the organisation") from unknown
    await work.change(PrizeBudget, event.competition_id, lambda budget: request_payment(budget, event, limit))
