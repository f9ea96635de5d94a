from datetime import date, timedelta

from services.members import service
from services.members.authority.expire_role import expire, expire_role
from services.members.authority.revoke_role import NeverGranted, post, revoke
from services.members.authority.role_assignment import NotYourself, RoleAssignment
from shared.directory.entries import RoleHeld
from shared.kernel.work import Actor
from tests.members.authority.test_grant_role import ADA, GRANTED, HELD, REVOKED
from tests.story import TODAY, Desk, given, shown

LAST = date(2027, 11, 30)
AFTER = LAST + timedelta(days=1)
EXPIRED = REVOKED.model_copy(update={"reason": "expired", "on": AFTER})


def test_a_role_is_revoked_once() -> None:
    revoked = given(RoleAssignment, GRANTED, id=HELD).when(revoke, ADA, TODAY).then(REVOKED)
    revoked.when(revoke, ADA, TODAY).then_nothing()


def test_nobody_takes_ones_own_role() -> None:
    given(RoleAssignment, GRANTED, id=HELD).when(revoke, Actor("bob"), TODAY).then_refused(NotYourself)


def test_what_was_never_granted_cannot_be_revoked() -> None:
    given(RoleAssignment, id=HELD).when(revoke, ADA, TODAY).then_refused(NeverGranted)


async def test_the_route_revokes() -> None:
    desk = Desk()
    await desk.knows(RoleAssignment, GRANTED, id=HELD)
    await desk.does("ada", post, HELD)
    assert desk.events(after=1) == [REVOKED]


def test_a_role_holds_on_its_last_day_and_expires_on_the_next() -> None:
    given(RoleAssignment, GRANTED, id=HELD).when(expire, LAST).then_nothing()
    given(RoleAssignment, GRANTED, id=HELD).when(expire, AFTER).then(EXPIRED).when(expire, AFTER).then_nothing()


def test_what_was_prolonged_meanwhile_does_not_expire() -> None:
    prolonged = GRANTED.model_copy(update={"until": AFTER})
    for_ever = GRANTED.model_copy(update={"until": None})
    given(RoleAssignment, GRANTED, prolonged, id=HELD).when(expire, AFTER).then_nothing()
    given(RoleAssignment, GRANTED, for_ever, id=HELD).when(expire, AFTER).then_nothing()


async def test_the_timer_falls_due_on_the_day_after_the_last() -> None:
    timer = service.timers["expire_role"]
    row = shown(service, RoleHeld, [GRANTED])[HELD]
    assert getattr(row, timer.due) == AFTER
    assert getattr(shown(service, RoleHeld, [GRANTED, EXPIRED])[HELD], timer.due) is None
    desk = Desk()
    await desk.knows(RoleAssignment, GRANTED, id=HELD)
    await desk.does("timer", expire_role, row, AFTER)
    assert desk.events(after=1) == [EXPIRED]
