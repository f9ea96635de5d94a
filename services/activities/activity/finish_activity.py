"""Close an activity and say what it cost:  POST /activities/{activity_id}/end  ->  ActivityFinished"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.activity.check_in import NotHeldYet
from services.activities.service import service
from shared.events.activities.activity import ActivityFinished
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import ActivityId
from shared.values.money import Fen
from shared.values.roles import Role


class FinishActivity(Command):
    cost_fen: Fen


class FinishedOtherwise(Conflict):
    """The activity was finished already, with a cost of {cost_fen} fen.
    活动已结束，登记费用为 {cost_fen} 分。"""


class NoBudget(Conflict):
    """No fund account was named when the activity was published, so it can bear no cost; finish it with 0.
    发布活动时未指定列支账户，不能登记费用，请以 0 结束活动。"""


def finish(activity: Activity, command: FinishActivity, on: date) -> Iterator[ActivityFinished]:
    match activity.status:
        case "published" | "running":
            pass
        case "finished":
            if command.cost_fen == activity.cost_fen:
                return
            raise FinishedOtherwise(cost_fen=activity.cost_fen)
        case "new" | "cancelled":
            raise NotOpenForThis(status=activity.status)
        case _:
            assert_never(activity.status)
    if on < activity.held_on:
        raise NotHeldYet(held_on=str(activity.held_on))
    if command.cost_fen and activity.budget_ref is None:
        raise NoBudget()
    yield ActivityFinished(
        activity_id=activity.id,
        org_id=activity.org_id,
        attended=activity.attended,
        no_show=len(activity.seats) - activity.attended,
        cost_fen=command.cost_fen,
        on=on,
        budget_ref=activity.budget_ref,
    )


@service.post("/activities/{activity_id}/end", role=Role.UNION, org=(Activity, "activity_id"), sensitive=True)
async def post(activity_id: ActivityId, command: FinishActivity, work: Work) -> None:
    await work.change(Activity, activity_id, lambda activity: finish(activity, command, work.today))
