from datetime import date, timedelta

import pytest

from services.members.authority.grant_role import GrantRole, NotAtThisLevel, UntilIsPast, grant, post
from services.members.authority.role_assignment import NotYourself, RoleAssignment, grant_id
from services.members.organisation.organisation import NotEstablished, Organisation
from shared.events.members.authority import RoleGranted, RoleRevoked
from shared.kernel.work import Actor
from shared.values.roles import RoleName
from tests.members.organisation.examples import BASIC, GROUP, SUBSIDIARY
from tests.story import TODAY, Desk, given

ADA = Actor("ada")
SUBSIDIARY_STATE = given(Organisation, SUBSIDIARY, id="G01").state
GROUP_STATE = given(Organisation, GROUP, id="G").state
HELD = grant_id("bob", "CHAIR", "G01")
COMMAND = GrantRole(actor_id="bob", role="CHAIR", org_id="G01", until=date(2027, 11, 30))
GRANTED = RoleGranted(grant_id=HELD, actor_id="bob", role="CHAIR", org_id="G01", until=date(2027, 11, 30))
REVOKED = RoleRevoked(grant_id=HELD, actor_id="bob", role="CHAIR", org_id="G01", reason="revoked", on=TODAY)


def test_a_role_is_granted() -> None:
    given(RoleAssignment, id=HELD).when(grant, COMMAND, SUBSIDIARY_STATE, ADA, TODAY).then(GRANTED)


def test_the_same_grant_twice_is_one() -> None:
    given(RoleAssignment, GRANTED, id=HELD).when(grant, COMMAND, SUBSIDIARY_STATE, ADA, TODAY).then_nothing()


def test_a_grant_is_prolonged() -> None:
    longer = COMMAND.model_copy(update={"until": None})
    given(RoleAssignment, GRANTED, id=HELD).when(grant, longer, SUBSIDIARY_STATE, ADA, TODAY).then(
        RoleGranted(grant_id=HELD, actor_id="bob", role="CHAIR", org_id="G01")
    )


def test_what_was_revoked_can_be_granted_again() -> None:
    given(RoleAssignment, GRANTED, REVOKED, id=HELD).when(grant, COMMAND, SUBSIDIARY_STATE, ADA, TODAY).then(GRANTED)


def test_nobody_grants_to_oneself() -> None:
    given(RoleAssignment, id=HELD).when(grant, COMMAND, SUBSIDIARY_STATE, Actor("bob"), TODAY).then_refused(NotYourself)


def test_a_role_is_held_in_an_organisation_that_exists() -> None:
    given(RoleAssignment, id=HELD).when(grant, COMMAND, Organisation("G01"), ADA, TODAY).then_refused(NotEstablished)


@pytest.mark.parametrize("role", ["GROUP_ADMIN", "DATA_PROTECTION", "OPERATOR"])
def test_roles_of_the_group_are_not_held_below_it(role: RoleName) -> None:
    command = COMMAND.model_copy(update={"role": role})
    given(RoleAssignment).when(grant, command, SUBSIDIARY_STATE, ADA, TODAY).then_refused(NotAtThisLevel)
    at_the_top = command.model_copy(update={"org_id": "G"})
    assert given(RoleAssignment).when(grant, at_the_top, GROUP_STATE, ADA, TODAY).events


def test_a_subsidiary_administrator_is_not_one_of_the_group() -> None:
    command = COMMAND.model_copy(update={"role": "SUBSIDIARY_ADMIN", "org_id": "G"})
    given(RoleAssignment).when(grant, command, GROUP_STATE, ADA, TODAY).then_refused(NotAtThisLevel)


def test_the_last_day_may_be_today_but_not_yesterday() -> None:
    today = COMMAND.model_copy(update={"until": TODAY})
    assert given(RoleAssignment).when(grant, today, SUBSIDIARY_STATE, ADA, TODAY).events
    past = COMMAND.model_copy(update={"until": TODAY - timedelta(days=1)})
    given(RoleAssignment).when(grant, past, SUBSIDIARY_STATE, ADA, TODAY).then_refused(UntilIsPast)


def test_a_grant_is_named_by_who_what_and_where() -> None:
    assert len({grant_id(*three) for three in [("a", "CHAIR", "G"), ("aC", "HAIR", "G"), ("a", "CHAIR", "H")]}) == 3


async def test_the_route_names_the_grant() -> None:
    desk = Desk()
    await desk.knows(Organisation, BASIC, id="G0101")
    command = COMMAND.model_copy(update={"org_id": "G0101"})
    await desk.does("ada", post, command)
    await desk.does("ada", post, command)
    assert [event.grant_id for event in desk.events(after=1)] == [grant_id("bob", "CHAIR", "G0101")]  # type: ignore[attr-defined]
