"""The fund account could not bear an activity's cost:  ActivityCostRefused  ->  ActivitySettlementRefused"""

from collections.abc import Iterator

from services.activities.activity.activity import Activity
from services.activities.service import service
from shared.events.activities.activity import ActivitySettlementRefused
from shared.events.welfare.fund import ActivityCostRefused
from shared.kernel.work import Work
from shared.values.words import ActivityCostRefusal


def refuse(activity: Activity, reason_code: ActivityCostRefusal) -> Iterator[ActivitySettlementRefused]:
    if activity.settlement == "open":
        yield ActivitySettlementRefused(activity_id=activity.id, org_id=activity.org_id, reason_code=reason_code)


@service.reaction
async def cost_refused(event: ActivityCostRefused, work: Work) -> None:
    await work.change(Activity, event.activity_id, lambda activity: refuse(activity, event.reason_code))
