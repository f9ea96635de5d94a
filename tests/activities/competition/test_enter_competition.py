import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from services.activities.activity.enrol import MemberUnknownHere, OutsideWindow
from services.activities.competition import enter_competition
from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.enter_competition import (
    Application,
    NoPlaceLeft,
    enter,
    ineligible,
    post,
)
from services.activities.competition.stations import Stations
from services.activities.competition.withdraw_entry import post as post_withdrawal
from shared.events.activities.competition import EntryAccepted, EntryRejected
from shared.kernel.log import Log
from shared.values.competition import EntryRejection
from tests.activities.competition.examples import (
    CANCELLED,
    CLOSES,
    ENTRY_OF_ANN,
    OPENS,
    PROPOSED,
    UNTIL_ANNOUNCED,
    UNTIL_CLOSED,
    UNTIL_CONFIRMED,
    Hall,
    accepted,
    hall,
    welder,
)
from tests.story import ANN, BEN, SUBJECT, Desk, FakeDirectory, given

DAY = timedelta(days=1)
PATH_OF = FakeDirectory().path
OTHER = "00000000-0000-7000-8000-000000000002"
THIRD = "00000000-0000-7000-8000-000000000003"
LONG_AGO = ((date(2020, 1, 1), "G0101"),)


def application(reason: EntryRejection | None = None) -> Application:
    return Application(ANN, ENTRY_OF_ANN, "G0101", reason)


def rejected(reason: EntryRejection) -> EntryRejected:
    return EntryRejected(
        competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", reason_code=reason
    )


def test_who_is_eligible_enters_once() -> None:
    given(Competition, *UNTIL_ANNOUNCED).when(enter, application(), OPENS).then(accepted()).when(
        enter, application(), OPENS
    ).then_nothing()


def test_who_is_not_is_told_why_and_may_try_again() -> None:
    story = given(Competition, *UNTIL_ANNOUNCED).when(enter, application("wrong_trade"), OPENS)
    told = story.then(rejected("wrong_trade"))
    told.when(enter, application("wrong_trade"), OPENS).then_nothing()
    told.when(enter, application("out_of_scope"), OPENS).then(rejected("out_of_scope"))
    told.when(enter, application(), OPENS).then(accepted()).when(
        enter, application("wrong_trade"), OPENS
    ).then_nothing()


def test_enrolment_has_its_window() -> None:
    story = given(Competition, *UNTIL_ANNOUNCED)
    story.when(enter, application(), OPENS - DAY).then_refused(OutsideWindow)
    story.when(enter, application(), CLOSES + DAY).then_refused(OutsideWindow)
    story.when(enter, application(), CLOSES).then(accepted())


@pytest.mark.parametrize("history", [(), (PROPOSED,), UNTIL_CLOSED, UNTIL_CONFIRMED, (*UNTIL_ANNOUNCED, CANCELLED)])
def test_only_what_is_announced_is_entered(history: tuple[Any, ...]) -> None:
    given(Competition, *history).when(enter, application(), OPENS).then_refused(NotAtThisStage)


def test_it_has_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enter_competition, "LARGEST", 1)
    full = given(Competition, *UNTIL_ANNOUNCED, accepted(BEN, OTHER))
    full.when(enter, application(), OPENS).then_refused(NoPlaceLeft)


@pytest.mark.parametrize(
    ("applicant", "org_id", "reason"),
    [
        (welder(ANN), "G0101", None),
        (welder(ANN, "G0201"), "G0101", None),
        (welder(ANN, status="transferring"), "G0101", None),
        (welder(ANN), None, "not_a_member"),
        (welder(ANN, status="ended"), "G0101", "not_a_member"),
        (welder(ANN, status="retained"), "G0101", "not_a_member"),
        (welder(ANN, trade="fitter"), "G0101", "wrong_trade"),
        (welder(ANN, trade=None), "G0101", "wrong_trade"),
        (welder(ANN), "G0201", "out_of_scope"),
        (welder(ANN, "G0101"), "G0201", "out_of_scope"),
    ],
)
def test_who_may_enter(applicant: Any, org_id: str | None, reason: EntryRejection | None) -> None:
    competition = given(Competition, *UNTIL_ANNOUNCED).state
    assert ineligible(competition, applicant, org_id, PATH_OF) == reason


def test_an_organisation_not_heard_of_is_waited_for() -> None:
    competition = given(Competition, *UNTIL_ANNOUNCED).state
    with pytest.raises(MemberUnknownHere):
        ineligible(competition, welder(ANN, "G0999"), "G0999", PATH_OF)


# with the reservation


async def _desk(*competitions: str, directory: Hall | None = None) -> Desk:
    desk = Desk(directory or hall(welder(ANN), welder(BEN)), today=OPENS)
    for member_id in (ANN, BEN):
        desk.views.put(Stations(member_id, LONG_AGO))
    for competition_id in (SUBJECT, *competitions):
        history = [event.model_copy(update={"competition_id": competition_id}) for event in UNTIL_ANNOUNCED]
        await desk.knows(Competition, *history, id=competition_id)
    return desk


def _outcomes(desk: Desk) -> list[tuple[str, str]]:
    """Which competition said what."""
    found = []
    for event in desk.events():
        if isinstance(event, EntryAccepted):
            found.append((event.competition_id, "accepted"))
        elif isinstance(event, EntryRejected):
            found.append((event.competition_id, event.reason_code))
    return found


async def test_a_person_enters_a_trade_in_a_season_once() -> None:
    desk = await _desk(OTHER)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does(ANN, post, OTHER, ANN)
    await desk.does(BEN, post, OTHER, BEN)
    assert _outcomes(desk) == [(SUBJECT, "accepted"), (OTHER, "entered_already"), (OTHER, "accepted")]


async def test_entering_two_competitions_at_once_is_entering_one() -> None:
    """INV-A6 under concurrency: the reservation decides, whatever each has read."""
    desk = await _desk(OTHER, THIRD)
    await asyncio.gather(*(desk.does(ANN, post, competition_id, ANN) for competition_id in (SUBJECT, OTHER, THIRD)))
    assert sorted(outcome for _, outcome in _outcomes(desk)) == ["accepted", "entered_already", "entered_already"]


async def test_another_trade_or_season_is_another_entry() -> None:
    desk = await _desk()
    for competition_id, changed in ((OTHER, {"season": "2027"}), (THIRD, {"trade": "fitter"})):
        history = [event.model_copy(update={"competition_id": competition_id}) for event in UNTIL_ANNOUNCED]
        history[:2] = [event.model_copy(update=changed) for event in history[:2]]
        await desk.knows(Competition, *history, id=competition_id)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does(ANN, post, OTHER, ANN)
    desk.directory.memberships[ANN] = welder(ANN, trade="fitter")
    await desk.does(ANN, post, THIRD, ANN)
    assert [outcome for _, outcome in _outcomes(desk)] == ["accepted"] * 3


async def test_who_withdrew_enters_elsewhere_and_not_in_both() -> None:
    desk = await _desk(OTHER)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does(ANN, post_withdrawal, SUBJECT, ANN)
    await desk.does(ANN, post, OTHER, ANN)
    await desk.does(ANN, post, SUBJECT, ANN)
    assert _outcomes(desk) == [(SUBJECT, "accepted"), (OTHER, "accepted"), (SUBJECT, "entered_already")]


async def test_who_withdrew_may_enter_again() -> None:
    desk = await _desk(OTHER)
    for _ in range(3):
        await desk.does(ANN, post, SUBJECT, ANN)
        await desk.does(ANN, post_withdrawal, SUBJECT, ANN)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.does(ANN, post, OTHER, ANN)
    assert [outcome for _, outcome in _outcomes(desk)] == ["accepted"] * 4 + ["entered_already"]


async def test_a_withdrawal_that_another_replica_took_gives_the_entry_back() -> None:
    """A rejection is an event: decided on a remembered competition it would stand."""
    desk = await _desk(OTHER)
    await desk.does(ANN, post, SUBJECT, ANN)
    remembering = desk.commands.log
    desk.commands.log = Log(desk.log)
    await desk.does(ANN, post_withdrawal, SUBJECT, ANN)
    desk.commands.log = remembering
    await desk.does(ANN, post, OTHER, ANN)
    assert _outcomes(desk) == [(SUBJECT, "accepted"), (OTHER, "accepted")]


async def test_what_was_called_off_gives_the_entry_back() -> None:
    desk = await _desk(OTHER)
    await desk.does(ANN, post, SUBJECT, ANN)
    await desk.knows(Competition, CANCELLED)
    await desk.does(ANN, post, OTHER, ANN)
    assert _outcomes(desk) == [(SUBJECT, "accepted"), (OTHER, "accepted")]


async def test_who_was_rejected_has_claimed_nothing() -> None:
    desk = await _desk(OTHER, directory=hall(welder(ANN, trade="fitter")))
    await desk.does(ANN, post, SUBJECT, ANN)
    desk.directory.memberships[ANN] = welder(ANN)
    await desk.does(ANN, post, OTHER, ANN)
    assert _outcomes(desk) == [(SUBJECT, "wrong_trade"), (OTHER, "accepted")]


async def test_the_organisation_is_that_of_the_qualifying_day() -> None:
    desk = await _desk(directory=hall(welder(ANN, "G0201")))
    desk.views.put(Stations(ANN, (*LONG_AGO, (OPENS, "G0201"))))
    await desk.does(ANN, post, SUBJECT, ANN)
    assert [event.org_id for event in desk.events() if isinstance(event, EntryAccepted)] == ["G0101"]


async def test_one_who_joined_after_the_qualifying_day_waits_for_the_next() -> None:
    desk = await _desk()
    desk.views.put(Stations(ANN, ((OPENS, "G0101"),)))
    await desk.does(ANN, post, SUBJECT, ANN)
    assert _outcomes(desk) == [(SUBJECT, "not_a_member")]


async def test_who_is_not_known_is_asked_to_try_again() -> None:
    desk = await _desk(directory=hall())
    with pytest.raises(MemberUnknownHere):
        await desk.does(ANN, post, SUBJECT, ANN)
    assert _outcomes(desk) == []
