from datetime import date, timedelta

import pytest

from services.members.membership.change_eligibility import (
    ChangedSince,
    ChangeEligibility,
    TakesEffectLater,
    change,
    post,
)
from services.members.membership.member import Eligibility, Member, NotAMember, changed
from tests.members.membership.examples import CHANGED, ENDED, JOINED, REQUESTED
from tests.story import SUBJECT, TODAY, Desk, given

ON = date(2026, 10, 1)
COMMAND = ChangeEligibility(frontline=False, skill_grade="technician", effective_on=ON)


def test_only_what_differs_is_told() -> None:
    more = COMMAND.model_copy(update={"worker_type": "regular", "trade_code": "6-31-01"})
    after = given(Member, JOINED).when(change, more, TODAY).then(CHANGED)
    assert after.state.eligibility == Eligibility("regular", False, "6-31-01", "technician")
    after.when(change, COMMAND, TODAY).then_nothing()


def test_a_change_without_a_day_is_of_today() -> None:
    today = COMMAND.model_copy(update={"effective_on": None})
    given(Member, JOINED).when(change, today, TODAY).then(CHANGED.model_copy(update={"effective_on": TODAY}))


def test_nothing_new_is_no_change_whatever_the_day() -> None:
    same = ChangeEligibility(frontline=True, effective_on=date(2020, 1, 1))
    given(Member, JOINED).when(change, same, TODAY).then_nothing()
    given(Member, JOINED).when(change, ChangeEligibility(), TODAY).then_nothing()


def test_a_change_is_recorded_once_its_day_has_come() -> None:
    later = COMMAND.model_copy(update={"effective_on": TODAY + timedelta(days=1)})
    given(Member, JOINED).when(change, later, TODAY).then_refused(TakesEffectLater)


def test_changes_go_forward() -> None:
    earlier = ChangeEligibility(frontline=True, effective_on=ON - timedelta(days=1))
    given(Member, JOINED, CHANGED).when(change, earlier, TODAY).then_refused(ChangedSince)
    before_joining = COMMAND.model_copy(update={"effective_on": JOINED.joined_on - timedelta(days=1)})
    given(Member, JOINED).when(change, before_joining, TODAY).then_refused(ChangedSince)
    same_day = ChangeEligibility(frontline=True, effective_on=ON)
    assert given(Member, JOINED, CHANGED).when(change, same_day, TODAY).events


def test_only_members_have_it() -> None:
    given(Member).when(change, COMMAND, TODAY).then_refused(NotAMember)
    given(Member, JOINED, ENDED).when(change, COMMAND, TODAY).then_refused(NotAMember)
    given(Member, JOINED, REQUESTED).when(change, COMMAND, TODAY).then(CHANGED)


def test_one_who_never_joined_has_none() -> None:
    with pytest.raises(ValueError, match="never joined"):
        changed(None, CHANGED)


async def test_the_route_changes_it() -> None:
    desk = Desk()
    await desk.knows(Member, JOINED)
    await desk.does("hr", post, SUBJECT, COMMAND)
    assert desk.events(after=1) == [CHANGED]
