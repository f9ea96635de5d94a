import pytest
from pydantic import ValidationError

from services.members import service
from services.members.membership.find_member import FindMember, Lookups, NobodyHere, look_up, post
from services.members.membership.join_member import JoinMember
from services.members.membership.join_member import post as post_join
from services.members.membership.member import Member
from services.members.organisation.organisation import Organisation
from shared.events.members.lookup import MemberLookedUp
from shared.values.roles import Role
from tests.members.membership.examples import ENDED, JOINED
from tests.members.membership.test_join_member import COMMAND as JOIN
from tests.members.membership.test_join_member import ID_NUMBER
from tests.members.organisation.examples import BASIC
from tests.story import SUBJECT, TODAY, Desk, given

COMMAND = FindMember(org_id="G01", id_number=ID_NUMBER)
FOUND = MemberLookedUp(member_id=SUBJECT, org_id="G0101", by="cadre", on=TODAY)
MEMBER = given(Member, JOINED).state


def test_a_member_is_found_where_one_looks_and_below() -> None:
    for scope in ("/G/", "/G/G01/", "/G/G01/G0101/"):
        given(Lookups).when(look_up, MEMBER, scope, "/G/G01/G0101/", "G01", "cadre", TODAY).then(FOUND)


@pytest.mark.parametrize(("scope", "place"), [("/G/G02/", "/G/G01/G0101/"), ("/G/G01/", None)])
def test_of_one_who_is_elsewhere_nothing_is_said(scope: str, place: str | None) -> None:
    given(Lookups).when(look_up, MEMBER, scope, place, "G02", "cadre", TODAY).then_refused(NobodyHere)


async def _desk() -> tuple[Desk, str]:
    desk = Desk()
    await desk.knows(Organisation, BASIC, id="G0101")
    await desk.does("chair", post_join, JoinMember.model_validate(JOIN.model_dump()))
    (member_id,) = desk.log.held.values()
    return desk, member_id


async def test_the_answer_names_the_member_and_the_record_names_nobody() -> None:
    desk, member_id = await _desk()
    outcome = await desk.does("cadre", post, COMMAND)
    assert outcome.commits[0].events[0].key == member_id
    assert desk.events(after=2) == [FOUND.model_copy(update={"member_id": member_id})]
    assert ID_NUMBER.encode() not in outcome.commits[0].events[0].body
    assert ID_NUMBER not in repr(COMMAND)


async def test_each_asking_is_on_record() -> None:
    desk, member_id = await _desk()
    for actor in ("cadre", "chair", "cadre"):
        await desk.does(actor, post, COMMAND)
    assert (await desk.state(Lookups, member_id)).times == 3


async def test_one_whose_membership_ended_is_found() -> None:
    desk, member_id = await _desk()
    await desk.knows(Member, ENDED.model_copy(update={"member_id": member_id}), id=member_id)
    assert (await desk.does("cadre", post, COMMAND)).commits


async def test_asking_for_nobody_reserves_nothing() -> None:
    desk = Desk()
    with pytest.raises(NobodyHere):
        await desk.does("cadre", post, COMMAND)
    assert not desk.log.held
    assert not desk.log.commits


async def test_who_has_applied_only_is_nobody_yet() -> None:
    desk = Desk()
    desk.log.held[f"person:finger-of-{ID_NUMBER}"] = SUBJECT
    with pytest.raises(NobodyHere):
        await desk.does("cadre", post, COMMAND)


def test_a_number_is_right_or_refused() -> None:
    with pytest.raises(ValidationError):
        FindMember(org_id="G01", id_number=ID_NUMBER[:-1])


def test_it_is_for_those_who_work_for_the_union_there() -> None:
    route = next(route for route in service.routes if route.path == "/members/lookup")
    assert (route.role, route.org, route.sensitive) == (Role.UNION, "org_id", True)
