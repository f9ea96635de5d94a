import pytest
from pydantic import ValidationError

from services.members.membership.end_membership import EndedOtherwise, EndMembership, end, post
from services.members.membership.member import Member, NotAMember
from tests.members.membership.examples import ENDED, JOINED, REJOINED, REQUESTED
from tests.story import SUBJECT, TODAY, Desk, given

RESIGN = EndMembership(reason="resigned")


def test_a_membership_ends() -> None:
    given(Member, JOINED).when(end, RESIGN, TODAY).then(ENDED)


def test_it_ends_in_the_midst_of_a_transfer_where_it_still_is() -> None:
    over = given(Member, JOINED, REQUESTED).when(end, RESIGN, TODAY).then(ENDED)
    assert over.state.to_org is None


def test_a_second_membership_ends_as_the_second() -> None:
    second = ENDED.model_copy(update={"org_id": "G0201", "membership_seq": 2})
    given(Member, JOINED, ENDED, REJOINED).when(end, RESIGN, TODAY).then(second)


def test_the_same_end_twice_is_one_and_another_reason_is_refused() -> None:
    given(Member, JOINED, ENDED).when(end, RESIGN, TODAY).then_nothing()
    given(Member, JOINED, ENDED).when(end, EndMembership(reason="deceased"), TODAY).then_refused(EndedOtherwise)
    assert "is admitted anew" in EndedOtherwise(reason="resigned").sentence("en")
    assert "请重新办理入会" in EndedOtherwise(reason="resigned").sentence("zh")


def test_there_must_be_a_membership() -> None:
    given(Member).when(end, RESIGN, TODAY).then_refused(NotAMember)


def test_no_membership_lapses_by_a_command() -> None:
    with pytest.raises(ValidationError):
        EndMembership.model_validate({"reason": "lapsed"})


async def test_the_route_ends_it() -> None:
    desk = Desk()
    await desk.knows(Member, JOINED)
    await desk.does("chair", post, SUBJECT, RESIGN)
    assert desk.events(after=1) == [ENDED]
