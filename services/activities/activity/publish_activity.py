"""Publish an activity:  POST /activities  ->  ActivityPublished"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import Field

from services.activities.activity.activity import Activity
from services.activities.service import service
from shared.events.activities.activity import ActivityPublished
from shared.kernel.refusal import Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AccountId, OrgId
from shared.values.money import PositiveFen
from shared.values.roles import Role
from shared.values.words import ActivityKind

LARGEST = 10_000
"""Seats of one activity: what one stream holds at ease. A larger event is several activities."""


class PublishActivity(Command):
    org_id: OrgId
    """Members of this organisation and of everything below it may enrol."""
    kind: ActivityKind
    capacity: Annotated[int, Field(ge=1, le=LARGEST)]
    enrol_from: date
    enrol_until: date
    held_on: date
    budget_ref: AccountId | None = None
    budget_fen: PositiveFen | None = None
    """What it may cost at most; the fund account bears it once somebody else has approved it."""


class DatesOutOfOrder(Invalid):
    """Enrolment begins, ends, and then the activity is held, today at the earliest; correct the dates.
    日期顺序应为：报名开始、报名截止、活动举行，且举行日不早于今天，请更正。"""


class BudgetIncomplete(Invalid):
    """A budget is an account and an amount; give budget_ref and budget_fen both, or neither.
    预算须同时填写列支账户 budget_ref 和金额 budget_fen，或者都不填写。"""


def publish(new: Activity, command: PublishActivity, by: Actor, on: date) -> Iterator[ActivityPublished]:
    if not command.enrol_from <= command.enrol_until <= command.held_on or command.held_on < on:
        raise DatesOutOfOrder()
    if (command.budget_ref is None) != (command.budget_fen is None):
        raise BudgetIncomplete()
    if new.status == "new":
        yield ActivityPublished(activity_id=new.id, **command.model_dump(), published_by=by.id)


@service.post("/activities", role=Role.UNION, org="org_id")
async def post(command: PublishActivity, work: Work) -> None:
    await work.change(Activity, work.new_id(), lambda new: publish(new, command, work.actor, work.today))
