"""The fund account has borne an activity's cost:  ActivityCostSettled  ->  ActivitySettled"""

from collections.abc import Iterator

from services.activities.activity.activity import Activity
from services.activities.service import service
from shared.events.activities.activity import ActivitySettled
from shared.events.welfare.fund import ActivityCostSettled
from shared.kernel.work import Work


def settle(activity: Activity, amount_fen: int) -> Iterator[ActivitySettled]:
    if activity.settlement == "open":
        yield ActivitySettled(activity_id=activity.id, org_id=activity.org_id, amount_fen=amount_fen)


@service.reaction
async def cost_settled(event: ActivityCostSettled, work: Work) -> None:
    await work.change(Activity, event.activity_id, lambda activity: settle(activity, event.amount_fen))
