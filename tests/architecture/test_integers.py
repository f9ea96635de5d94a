"""Every integer has a largest value: what MongoDB cannot hold would stop a view for ever.

Commands are where a number comes in, so all of theirs are bounded. An event version that was released keeps its schema
(`gonghui contract build` refuses a tighter one); its unbounded fields are named here, and no other field joins them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

import services.activities
import services.members
import services.welfare
from services.activities.competition.announce_competition import AnnounceCompetition
from shared.kernel.event import REGISTRY, Event
from shared.kernel.work import Command

SERVICES = (services.members.service, services.activities.service, services.welfare.service)
EVENTS = {event.__name__: event for event in REGISTRY.values() if event.__module__.startswith("shared.events.")}


def _below(kind: type[Command]) -> Iterator[type[Command]]:
    for sub in kind.__subclasses__():
        yield from (sub, *_below(sub))


COMMANDS = {command.__name__: command for command in _below(Command) if command.__module__.startswith("services.")}

CHECKED_WHEN_ANNOUNCED = "Promotion.up_to_place"
"""It stands in a released event too; the command checks it beside its schema."""


RELEASED_WITHOUT = frozenset(
    {
        "ActivityFinished.attended",
        "ActivityFinished.no_show",
        "ActivityPublished.capacity",
        "CaseOverdue.days",
        "CompetitionAnnounced.posting_workdays",
        "CompetitionResultConfirmed.page",
        "CompetitionResultConfirmed.pages",
        "CompetitionScored.page",
        "CompetitionScored.pages",
        "CompetitionScored.rule_version",
        "EnrolmentCancelled.seat_no",
        "EntriesClosed.entries",
        "EntryResult.rank",
        "HardshipPublicityEnded.workdays",
        "HardshipPublicityStarted.workdays",
        "HeadcountReported.dispatched",
        "HeadcountReported.frontline",
        "HeadcountReported.headcount",
        "LedgerSealed.from_seq",
        "LedgerSealed.to_position",
        "LedgerSealed.to_seq",
        "MemberEnrolled.seat_no",
        "MemberJoined.membership_seq",
        "MemberTransferred.membership_seq",
        "MemberWaitlisted.position",
        "MembershipEnded.membership_seq",
        "Placed.place",
        "PrizeAwarded.place",
        "Promotion.up_to_place",
        "ResultPublicityStarted.workdays",
        "RoundClosed.sheets",
        "RoundOpened.entries",
        "ScoreAppealed.shown_workdays",
        "ScoreCorrected.sheet_version",
        "WaitlistPromoted.seat_no",
    }
)


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """Places of integers without a maximum."""
    if isinstance(schema, list):
        for part in schema:
            yield from unbounded(part, place)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum", "enum", "const"} & set(schema):
        yield place
    for name, part in schema.items():
        if name == "properties":
            for field, what in part.items():
                yield from unbounded(what, f"{place}.{field}")
        elif name == "$defs":
            for model, what in part.items():
                yield from unbounded(what, model)
        elif name not in ("default", "examples"):
            yield from unbounded(part, place)


def test_an_unbounded_integer_is_found() -> None:
    schema = TypeAdapter(dict[str, list[int] | None]).json_schema()
    assert list(unbounded({"properties": {"seats": schema}}, "Bill")) == ["Bill.seats"]
    assert not list(unbounded({"properties": {"seats": {"type": "integer", "maximum": 9}}}, "Bill"))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_integer_of_a_command_has_a_maximum(command: type[Command]) -> None:
    found = set(unbounded(command.model_json_schema(), command.__name__)) - {CHECKED_WHEN_ANNOUNCED}
    assert not found


def test_places_of_promotions_are_bounded_where_they_are_announced() -> None:
    rule = {"judges": 6, "drop_high": 1, "drop_low": 1, "minimum_sheets": 5, "max_x100": 10_000, "step_x100": 50}
    days = dict.fromkeys(("enrol_from", "enrol_until", "qualifying_on", "held_on"), "2026-09-01")
    told = [
        {**days, "rule": {**rule, "promotions": [{"up_to_place": place, "grade": "senior"}]}}
        for place in (1_000, 1_001)
    ]
    AnnounceCompetition.model_validate(told[0])
    with pytest.raises(ValidationError):
        AnnounceCompetition.model_validate(told[1])


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_integer_of_an_event_has_a_maximum_unless_it_was_released_without(event: type[Event]) -> None:
    assert set(unbounded(event.model_json_schema(), event.__name__)) <= RELEASED_WITHOUT
