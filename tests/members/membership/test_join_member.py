from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from stdnum.cn import ric

from services.members.membership.join_member import (
    AlreadyMember,
    BirthNotPossible,
    JoinMember,
    JoinsBeforeEnd,
    JoinsInFuture,
    JoinsTooYoung,
    join,
    post,
)
from services.members.membership.member import Member
from services.members.organisation.organisation import HoldsNoMembers, NotEstablished, Organisation
from shared.events.members.membership import MemberJoined
from tests.members.membership.examples import ENDED, JOINED, REJOINED, REQUESTED
from tests.members.organisation.examples import BASIC, OTHER_BASIC, SUBSIDIARY
from tests.story import TODAY, Desk, given

BASIC_STATE = given(Organisation, BASIC, id="G0101").state
OTHER_STATE = given(Organisation, OTHER_BASIC, id="G0201").state
ID_NUMBER = "11000019900101123X"[:17] + "5"
COMMAND = JoinMember(
    org_id="G0101",
    name="张三",
    id_number=ID_NUMBER,
    worker_type="regular",
    frontline=True,
    phone="13800000000",
    employee_no="E-7",
    trade_code="6-31-01",
    joined_on=date(2026, 3, 1),
)


def test_a_person_joins() -> None:
    given(Member).when(join, COMMAND, BASIC_STATE, TODAY).then(JOINED)


def test_joining_without_a_day_is_joining_today() -> None:
    today = COMMAND.model_copy(update={"joined_on": None})
    given(Member).when(join, today, BASIC_STATE, TODAY).then(JOINED.model_copy(update={"joined_on": TODAY}))


def test_a_member_does_not_join_again() -> None:
    given(Member, JOINED).when(join, COMMAND, BASIC_STATE, TODAY).then_refused(AlreadyMember)
    given(Member, JOINED, REQUESTED).when(join, COMMAND, OTHER_STATE, TODAY).then_refused(AlreadyMember)


def test_one_whose_membership_ended_joins_again_as_the_same_person() -> None:
    command = COMMAND.model_copy(update={"org_id": "G0201", "joined_on": TODAY})
    given(Member, JOINED, ENDED).when(join, command, OTHER_STATE, TODAY).then(REJOINED)


def test_only_basic_unions_hold_members() -> None:
    subsidiary = given(Organisation, SUBSIDIARY, id="G01").state
    given(Member).when(join, COMMAND, subsidiary, TODAY).then_refused(HoldsNoMembers)
    given(Member).when(join, COMMAND, Organisation("G0101"), TODAY).then_refused(NotEstablished)
    branch = given(Organisation, BASIC.model_copy(update={"kind": "branch"}), id="G0101").state
    given(Member).when(join, COMMAND, branch, TODAY).then_refused(HoldsNoMembers)
    joint = given(Organisation, BASIC.model_copy(update={"kind": "joint_basic"}), id="G0101").state
    given(Member).when(join, COMMAND, joint, TODAY).then(JOINED)


def test_nobody_joins_in_the_future() -> None:
    tomorrow = COMMAND.model_copy(update={"joined_on": TODAY + timedelta(days=1)})
    given(Member).when(join, tomorrow, BASIC_STATE, TODAY).then_refused(JoinsInFuture)


def test_nobody_joins_who_may_not_work_yet() -> None:
    """Born on 1 January 1990; sixteen is the least age of workers (Labour Law 劳动法 art. 15)."""
    young = COMMAND.model_copy(update={"joined_on": date(2005, 12, 31)})
    given(Member).when(join, young, BASIC_STATE, TODAY).then_refused(JoinsTooYoung)
    sixteen = COMMAND.model_copy(update={"joined_on": date(2006, 1, 1)})
    assert given(Member).when(join, sixteen, BASIC_STATE, TODAY).events


@pytest.mark.parametrize("birth", ["18991231", "20270101"])
def test_nobody_is_born_before_1900_or_after_today(birth: str) -> None:
    first = f"110000{birth}001"
    other = COMMAND.model_copy(update={"id_number": first + ric.calc_check_digit(first + "?")})
    given(Member).when(join, other, BASIC_STATE, TODAY).then_refused(BirthNotPossible)


def test_nobody_joins_again_before_having_left() -> None:
    yesterday = COMMAND.model_copy(update={"joined_on": TODAY - timedelta(days=1)})
    given(Member, JOINED, ENDED).when(join, yesterday, BASIC_STATE, TODAY).then_refused(JoinsBeforeEnd)


def test_a_skill_grade_is_kept_with_the_membership() -> None:
    skilled = COMMAND.model_copy(update={"skill_grade": "technician"})
    expected = JOINED.model_copy(update={"skill_grade": "technician"})
    given(Member).when(join, skilled, BASIC_STATE, TODAY).then(expected)


@pytest.mark.parametrize("id_number", [ID_NUMBER[:17] + "4", ID_NUMBER[:17], "999999199001010017", ""])
def test_an_id_number_is_right_or_refused(id_number: str) -> None:
    with pytest.raises(ValidationError):
        JoinMember(org_id="G0101", name="张三", id_number=id_number, worker_type="regular", frontline=True)


def test_the_command_does_not_show_the_person_when_printed() -> None:
    for secret in ("张三", ID_NUMBER, "13800000000", "E-7"):
        assert secret not in repr(COMMAND)


async def _desk() -> Desk:
    desk = Desk()
    await desk.knows(Organisation, BASIC, id="G0101")
    await desk.knows(Organisation, OTHER_BASIC, id="G0201")
    return desk


async def test_personal_data_goes_to_the_vault_and_nowhere_else() -> None:
    desk = await _desk()
    await desk.does("chair", post, COMMAND)
    (joined,) = desk.events(after=2)
    assert isinstance(joined, MemberJoined)
    assert desk.log.documents["vault", joined.member_id] == {
        "name": "张三",
        "id_number": ID_NUMBER,
        "phone": "13800000000",
        "employee_no": "E-7",
    }
    wires = b"".join(wire.body + repr(wire.headers).encode() for commit in desk.log.commits for wire in commit.events)
    for secret in ("张三", ID_NUMBER, "13800000000", "E-7", "finger-of"):
        assert secret.encode() not in wires


async def test_what_was_not_given_is_not_kept() -> None:
    desk = await _desk()
    await desk.does("chair", post, COMMAND.model_copy(update={"phone": None, "employee_no": None}))
    (kept,) = desk.log.documents.values()
    assert set(kept) == {"name", "id_number"}


async def test_a_person_has_one_membership_wherever_it_is_tried() -> None:
    desk = await _desk()
    await desk.does("chair", post, COMMAND)
    with pytest.raises(AlreadyMember) as refused:
        await desk.does("other chair", post, COMMAND.model_copy(update={"org_id": "G0201"}))
    assert refused.value.details == {"org_id": "G0101"}
    assert len(desk.events(after=2)) == 1


async def test_a_person_who_left_returns_on_the_same_stream() -> None:
    desk = await _desk()
    await desk.does("chair", post, COMMAND)
    (joined,) = desk.events(after=2)
    assert isinstance(joined, MemberJoined)
    await desk.knows(Member, ENDED.model_copy(update={"member_id": joined.member_id}), id=joined.member_id)
    await desk.does("other chair", post, COMMAND.model_copy(update={"org_id": "G0201", "joined_on": None}))
    member = await desk.state(Member, joined.member_id)
    assert (member.org_id, member.seq, member.status) == ("G0201", 2, "active")
    assert list(desk.log.held.values()) == [joined.member_id]


async def test_what_is_refused_leaves_nothing_behind() -> None:
    desk = await _desk()
    with pytest.raises(JoinsInFuture):
        await desk.does("chair", post, COMMAND.model_copy(update={"joined_on": TODAY + timedelta(days=1)}))
    assert not desk.log.held
    assert not desk.log.documents
