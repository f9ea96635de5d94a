"""Enrol a member:  POST /activities/{activity_id}/enrolments/{member_id}  ->  MemberEnrolled | MemberWaitlisted"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import assert_never

from services.activities.activity.activity import Activity, NotOpenForThis
from services.activities.service import service
from shared.directory.entries import Membership
from shared.events.activities.activity import MemberEnrolled, MemberWaitlisted
from shared.kernel.refusal import Conflict, NotFound
from shared.kernel.work import Work
from shared.values.ids import ActivityId, MemberId
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role

PathOf = Callable[[str], OrgPath | None]


class MemberUnknownHere(NotFound):
    """This member is not known here yet; if the person joined just now, try again in a moment.
    此处尚无该会员的信息；如刚刚入会，请稍后重试。"""


class NoMembership(Conflict):
    """Activities are for members, and this person's membership has ended.
    活动仅面向会员，该人员的会籍已终止。"""


class NotInvited(Conflict):
    """The activity is for members of {org_id} and below; ask its organiser for another one.
    该活动仅面向 {org_id} 及其下级组织的会员，请选择其他活动。"""


class OutsideWindow(Conflict):
    """Enrolment is possible from {enrol_from} until {enrol_until} only.
    报名时间为 {enrol_from} 至 {enrol_until}。"""


def enrol(
    activity: Activity, member_id: str, membership: Membership | None, path_of: PathOf, on: date
) -> Iterator[MemberEnrolled | MemberWaitlisted]:
    """A seat if there is one, else a place on the waitlist (INV-A10)."""
    match activity.status:
        case "published":
            pass
        case "new" | "running" | "finished" | "cancelled":
            raise NotOpenForThis(status=activity.status)
        case _:
            assert_never(activity.status)
    if member_id in activity.seats or member_id in activity.waitlist:
        return
    if not activity.enrol_from <= on <= activity.enrol_until:
        raise OutsideWindow(enrol_from=str(activity.enrol_from), enrol_until=str(activity.enrol_until))
    org_id = must_be_invited(activity, membership, path_of)
    if activity.full:
        position = len(activity.waitlist) + 1
        yield MemberWaitlisted(activity_id=activity.id, member_id=member_id, org_id=org_id, position=position)
    else:
        yield MemberEnrolled(activity_id=activity.id, member_id=member_id, org_id=org_id, seat_no=activity.next_seat)


def must_be_invited(activity: Activity, membership: Membership | None, path_of: PathOf) -> str:
    """The organisation of a member whom the activity is for."""
    org_id = must_be_member(membership)
    scope, place = path_of(activity.org_id), path_of(org_id)
    if scope is None or place is None:
        raise MemberUnknownHere()
    if not contains(scope, place):
        raise NotInvited(org_id=activity.org_id)
    return org_id


def must_be_member(membership: Membership | None) -> str:
    """The organisation of one who is a member now."""
    if membership is None:
        raise MemberUnknownHere()
    if not membership.active:
        raise NoMembership()
    return membership.org_id


@service.post(
    "/activities/{activity_id}/enrolments/{member_id}", role=Role.UNION | Role.SELF, org=(Activity, "activity_id")
)
async def post(activity_id: ActivityId, member_id: MemberId, work: Work) -> None:
    membership = await work.directory.membership(member_id)
    path_of = work.directory.path
    await work.change(
        Activity, activity_id, lambda activity: enrol(activity, member_id, membership, path_of, work.today)
    )
