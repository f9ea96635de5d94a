"""INV-A10 under any sequence of commands. What is expected is computed from the commands, never from the events."""

from datetime import date

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from

from services.activities.activity.activity import Activity
from services.activities.activity.cancel_enrolment import cancel
from services.activities.activity.enrol import enrol
from shared.events.activities.activity import WaitlistPromoted
from tests.activities.activity.examples import IN_SCOPE, OPEN, PUBLISHED, path_of
from tests.story import Given, given


def _member(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


MEMBERS = [_member(number) for number in range(8)]
ON = date(2026, 11, 20)


class Seats(RuleBasedStateMachine):
    @initialize(capacity=integers(1, 4))
    def publish(self, capacity: int) -> None:
        self.capacity = capacity
        self.story: Given[Activity] = given(Activity, PUBLISHED.model_copy(update={"capacity": capacity}))
        self.seated: list[str] = []
        self.waiting: list[str] = []

    @rule(member=sampled_from(MEMBERS))
    def enrol(self, member: str) -> None:
        when = self.story.when(enrol, member, IN_SCOPE, path_of, ON)
        self.story = when.then(*when.events)
        if member not in self.seated + self.waiting:
            (self.seated if len(self.seated) < self.capacity else self.waiting).append(member)

    @rule(member=sampled_from(MEMBERS))
    def cancel(self, member: str) -> None:
        when = self.story.when(cancel, member, "member", OPEN)
        self.story = when.then(*when.events)
        promoted = [event.member_id for event in when.events if isinstance(event, WaitlistPromoted)]
        if member in self.seated:
            self.seated.remove(member)
            first, self.waiting = self.waiting[:1], self.waiting[1:]
            self.seated += first
            assert promoted == first
        else:
            self.waiting = [other for other in self.waiting if other != member]
            assert promoted == []

    @invariant()
    def as_the_commands_say(self) -> None:
        activity = self.story.state
        assert set(activity.seats) == set(self.seated)
        assert list(activity.waitlist) == self.waiting
        assert len(activity.seats) <= self.capacity
        numbers = [seat.no for seat in activity.seats.values()]
        assert len(set(numbers)) == len(numbers)
        assert all(1 <= number <= self.capacity for number in numbers)
        assert not (self.waiting and len(self.seated) < self.capacity), "a seat stays free while somebody waits"


TestSeats = Seats.TestCase
TestSeats.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("capacity", [50, 5_000, 10_000])
def test_ten_thousand_enrolments_stay_light(capacity: int) -> None:
    """By count of copied entries, not by the clock: a decision on a full activity touches a fraction of it."""
    activity = given(Activity, PUBLISHED.model_copy(update={"capacity": capacity})).state
    for number in range(10_000):
        for event in enrol(activity, _member(number), IN_SCOPE, path_of, ON):
            activity = activity.evolve(event)
    before = activity
    for change in cancel(activity, _member(0), "member", OPEN):
        activity = activity.evolve(change)
    shared = sum(a is b for a, b in zip(before.seats._shards, activity.seats._shards, strict=True))
    assert shared >= len(before.seats._shards) - 2
    assert len(activity.seats) + len(activity.waitlist) == 9_999
