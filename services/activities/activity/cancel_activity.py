"""Call an activity off:  POST /activities/{activity_id}/cancellation  ->  ActivityCancelled"""

from collections.abc import Iterator
from typing import assert_never

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.service import service
from shared.events.activities.activity import ActivityCancelled
from shared.kernel.work import Command, Work
from shared.values.ids import ActivityId
from shared.values.roles import Role
from shared.values.words import ActivityCancelReason


class CancelActivity(Command):
    reason_code: ActivityCancelReason


def call_off(activity: Activity, command: CancelActivity) -> Iterator[ActivityCancelled]:
    match activity.status:
        case "published":
            yield ActivityCancelled(activity_id=activity.id, org_id=activity.org_id, reason_code=command.reason_code)
        case "cancelled":
            return
        case "new" | "running" | "finished":
            raise NotOpenForThis(status=activity.status)
        case _:
            assert_never(activity.status)


@service.post("/activities/{activity_id}/cancellation", role=Role.UNION, org=(Activity, "activity_id"))
async def post(activity_id: ActivityId, command: CancelActivity, work: Work) -> None:
    await work.change(Activity, activity_id, lambda activity: call_off(activity, command))
