"""What the handlers make true together: claims, timers, the end of a membership, a transfer; and the views."""

import asyncio
from datetime import timedelta

import pytest

from services.welfare import service
from services.welfare.aid.request_aid import RequestAid
from services.welfare.aid.request_aid import post as post_aid
from services.welfare.hardship.apply_for_file import ApplyForFile
from services.welfare.hardship.apply_for_file import post as post_application
from services.welfare.hardship.claim import Claim, FiledAlready
from services.welfare.hardship.classify_hardship import ClassifyHardship
from services.welfare.hardship.classify_hardship import post as post_classification
from services.welfare.hardship.close_file import CloseFile
from services.welfare.hardship.close_file import post as post_closing
from services.welfare.hardship.confirm_takeover import post as post_takeover_confirmation
from services.welfare.hardship.end_publicity import end_publicity
from services.welfare.hardship.files_by_class import FilesByClass
from services.welfare.hardship.hardship_card import HardshipCard
from services.welfare.hardship.hardship_file import FileNotOpen, HardshipFile
from services.welfare.hardship.late_application import late_application
from services.welfare.hardship.member_transferred import file_follows_member
from services.welfare.hardship.membership_ended import close_file_of_one_who_left
from services.welfare.hardship.open_file import post as post_opening
from services.welfare.hardship.opened_elsewhere import opened_elsewhere
from services.welfare.hardship.propose_takeover import ProposeTakeover
from services.welfare.hardship.propose_takeover import post as post_takeover
from services.welfare.hardship.record_visit import RecordVisit, VisitorWithoutOffice
from services.welfare.hardship.record_visit import post as post_visit
from services.welfare.hardship.reject_application import RejectApplication
from services.welfare.hardship.reject_application import post as post_rejection
from services.welfare.hardship.start_publicity import StartPublicity
from services.welfare.hardship.start_publicity import post as post_publicity
from services.welfare.policy.policy_limits import NoPolicyLimit, PolicyLimits
from shared.directory.entries import Membership
from shared.events.members.membership import MembershipEnded, MemberTransferred
from shared.events.welfare.hardship import HardshipApplied, HardshipFileTransferred
from shared.kernel.event import Event
from shared.kernel.work import NotYet
from tests.story import ANN, BEN, SUBJECT, TODAY, Desk, member, shown
from tests.welfare.examples import Places, limits
from tests.welfare.hardship.examples import (
    APPLIED,
    CLASSIFIED,
    CLOSED,
    ENDED,
    FILED,
    HASH,
    HOUSEHOLD,
    OVER,
    OVERRIDDEN,
    OVERRIDE,
    POOR,
    POSTED,
    REJECTED,
    TAKEN_OVER,
    TAKEOVER,
    UNTIL_CLASSIFIED,
    UNTIL_FILED,
    UNTIL_OVER,
    VISITED,
    claimed,
    freed,
)

LEFT = MembershipEnded(member_id=ANN, org_id="G0101", reason="resigned", on=OVER, membership_seq=1)
MOVED = MemberTransferred(member_id=ANN, from_org="G0101", to_org="G0201", effective_on=OVER, membership_seq=1)
APPLY = ApplyForFile(org_id="G0101", household_id=HOUSEHOLD)


def _places() -> Places:
    return Places({ANN: member("G0101"), BEN: member("G0201", id=BEN)})


async def _desk(*history: Event) -> Desk:
    desk = Desk(_places(), today=OVER)
    await desk.knows(HardshipFile, *history)
    await desk.knows(Claim, claimed("household", HOUSEHOLD), id=f"household:{HOUSEHOLD}")
    await desk.knows(Claim, claimed("member", ANN), id=f"member:{ANN}")
    return desk


def _file_of(desk: Desk) -> str:
    return next(event.file_id for event in desk.events() if isinstance(event, HardshipApplied))


async def test_from_the_application_to_the_file() -> None:
    desk = Desk(_places())
    await desk.knows(PolicyLimits, limits("minimum_living", 106_200), id="place:340000")
    await desk.does("cadre", post_application, ANN, APPLY)
    file_id = _file_of(desk)
    visit = RecordVisit(visitor_ids=("visitor", "visitor2"), on=TODAY, evidence_hash=HASH)
    await desk.does("visitor", post_visit, file_id, visit)
    await desk.does("chair", post_classification, file_id, ClassifyHardship(declared=POOR))
    await desk.does("cadre", post_publicity, file_id, StartPublicity())
    desk.commands.clock.at += timedelta(days=8)  # type: ignore[attr-defined]
    card = shown(service, HardshipCard, [event for event in desk.events() if hasattr(event, "member_id")])[file_id]
    assert card.posting_ends_on == OVER
    await desk.does("timer", end_publicity, card, OVER)
    await desk.does("timer", end_publicity, card, OVER)
    await desk.does("admin", post_opening, file_id)
    file = await desk.state(HardshipFile, file_id)
    assert (file.status, file.hardship_class, file.review_due_on) == ("open", "DEEP", OVER + timedelta(days=365))


async def test_no_class_without_the_standard_of_the_place() -> None:
    desk = Desk(_places())
    await desk.knows(HardshipFile, APPLIED, VISITED)
    with pytest.raises(NoPolicyLimit):
        await desk.does("chair", post_classification, SUBJECT, ClassifyHardship(declared=POOR))


async def test_one_household_one_file_however_many_apply_at_once() -> None:
    """INV-W6: spouses in two subsidiaries name the same household."""
    desk = Desk(_places())
    elsewhere = ApplyForFile(org_id="G0201", household_id=HOUSEHOLD)
    outcomes = await asyncio.gather(
        desk.does("cadre", post_application, ANN, APPLY),
        desk.does("cadre2", post_application, BEN, elsewhere),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)] == [FiledAlready]
    assert len([event for event in desk.events() if isinstance(event, HardshipApplied)]) == 1


async def test_one_person_one_file() -> None:
    desk = await _desk(APPLIED)
    with pytest.raises(FiledAlready):
        await desk.does("cadre", post_application, ANN, ApplyForFile(org_id="G0101"))


@pytest.mark.parametrize(
    ("history", "closing"),
    [
        ((APPLIED,), (post_rejection, RejectApplication(reason_code="not_hardship"))),
        (UNTIL_FILED, (post_closing, CloseFile(reason_code="lifted"))),
    ],
)
async def test_after_the_end_one_may_apply_again(history: tuple[Event, ...], closing: tuple[object, object]) -> None:
    desk = await _desk(*history)
    handler, command = closing
    await desk.does("chair", handler, SUBJECT, command)  # type: ignore[arg-type]
    await desk.does("chair", handler, SUBJECT, command)  # type: ignore[arg-type]
    assert desk.events()[-2:] == [freed("household", HOUSEHOLD), freed("member", ANN)]
    await desk.does("cadre", post_application, ANN, APPLY)
    assert (await desk.state(Claim, f"member:{ANN}")).file_id not in ("", SUBJECT)


@pytest.mark.parametrize(
    ("history", "status", "reason"),
    [(UNTIL_FILED, "closed", "membership_ended"), (UNTIL_OVER, "rejected", "withdrawn"), ((), "new", "")],
)
async def test_the_file_of_one_who_left_is_closed(history: tuple[Event, ...], status: str, reason: str) -> None:
    desk = await _desk(*history) if history else Desk(_places())
    desk.directory.memberships[ANN] = member("G0101", "ended")
    await desk.does("reaction", close_file_of_one_who_left, LEFT)
    await desk.does("reaction", close_file_of_one_who_left, LEFT)
    file = await desk.state(HardshipFile)
    assert (file.status, file.reason) == (status, reason)
    assert (await desk.state(Claim, f"household:{HOUSEHOLD}")).file_id == ""


async def test_the_file_of_the_dead_is_closed_as_such() -> None:
    desk = await _desk(*UNTIL_FILED)
    desk.directory.memberships[ANN] = member("G0101", "ended")
    await desk.does("reaction", close_file_of_one_who_left, LEFT.model_copy(update={"reason": "deceased"}))
    assert (await desk.state(HardshipFile)).reason == "dead"


async def test_an_open_file_follows_its_member() -> None:
    desk = await _desk(*UNTIL_FILED)
    await desk.does("reaction", file_follows_member, MOVED)
    await desk.does("reaction", file_follows_member, MOVED)
    assert (await desk.state(HardshipFile)).org_id == "G0201"
    nobody = Desk(_places())
    await nobody.does("reaction", file_follows_member, MOVED)
    assert not nobody.events()


async def test_aid_stands_on_an_open_file_of_the_member() -> None:
    ask = RequestAid(org_id="G0101", aid_type="living", amount_fen=100_000, file_id=SUBJECT)
    early = await _desk(*UNTIL_OVER)
    with pytest.raises(FileNotOpen):
        await early.does("cadre", post_aid, ANN, ask)
    desk = await _desk(*UNTIL_FILED)
    await desk.does("cadre", post_aid, ANN, ask)
    assert desk.events()[-1].file_id == SUBJECT  # type: ignore[attr-defined]


async def test_a_running_file_is_taken_over() -> None:
    desk = Desk(_places())
    words = TAKEOVER.model_dump(include={"org_id", "hardship_class", "opened_on", "review_due_on"})
    await desk.does("cadre", post_takeover, ANN, ProposeTakeover(**words))
    file_id = desk.events()[0].file_id  # type: ignore[attr-defined]
    await desk.does("admin", post_takeover_confirmation, file_id)
    assert (await desk.state(HardshipFile, file_id)).status == "open"
    with pytest.raises(FiledAlready):
        await desk.does("cadre", post_application, ANN, APPLY)


def test_a_file_is_shown_as_it_stands() -> None:
    def card(*events: Event) -> HardshipCard:
        return shown(service, HardshipCard, list(events))[SUBJECT]

    assert card(APPLIED) == HardshipCard(SUBJECT, ANN, "G0101", HOUSEHOLD, "applied", TODAY)
    assert card(APPLIED, VISITED).status == "visited"
    assert card(APPLIED, VISITED, OVERRIDE).computed == "DEEP"
    over = card(APPLIED, VISITED, OVERRIDE, OVERRIDDEN)
    assert (over.status, over.hardship_class, over.computed) == ("classified", "RELATIVE", "DEEP")
    assert card(*UNTIL_CLASSIFIED, POSTED).posting_ends_on == OVER
    assert card(*UNTIL_OVER).posting_ends_on is None
    assert card(*UNTIL_CLASSIFIED, POSTED, REJECTED).posting_ends_on is None
    filed = card(*UNTIL_FILED)
    assert (filed.status, filed.opened_on, filed.review_due_on) == ("open", OVER, FILED.review_due_on)
    assert card(*UNTIL_FILED, CLOSED).reason_code == "lifted"
    assert card(TAKEOVER, TAKEN_OVER).status == "open"
    assert (CLASSIFIED.hardship_class, ENDED.on) == ("DEEP", OVER)


def test_files_are_counted_by_organisation_and_class() -> None:
    """K11."""
    moved = HardshipFileTransferred(
        file_id=SUBJECT, member_id=ANN, from_org="G0101", to_org="G0201", hardship_class="DEEP", on=OVER
    )
    there = CLOSED.model_copy(update={"org_id": "G0201"})
    rows = shown(service, FilesByClass, [FILED, moved, there], [FILED], [TAKEN_OVER])
    assert rows == {
        "G0101:DEEP": FilesByClass("G0101:DEEP", "G0101", "DEEP", open=1, opened=2),
        "G0201:DEEP": FilesByClass("G0201:DEEP", "G0201", "DEEP", open=0, closed=1, lifted=1),
        "G0101:RELATIVE": FilesByClass("G0101:RELATIVE", "G0101", "RELATIVE", open=1, opened=1),
    }


async def test_a_second_visitor_is_not_invented() -> None:
    desk = await _desk(APPLIED)
    visit = RecordVisit(visitor_ids=("visitor", "nobody"), on=TODAY, evidence_hash=HASH)
    with pytest.raises(VisitorWithoutOffice):
        await desk.does("visitor", post_visit, SUBJECT, visit)


async def test_a_file_that_was_opened_where_its_member_was_before_follows_it() -> None:
    """The transfer came before the opening, when there was no file yet to follow."""
    desk = await _desk(*UNTIL_FILED)
    await desk.does("reaction", opened_elsewhere, FILED)
    assert not desk.events(after=3)
    desk.directory.memberships[ANN] = member("G0201")
    await desk.does("reaction", opened_elsewhere, FILED)
    await desk.does("reaction", opened_elsewhere, FILED)
    moved = HardshipFileTransferred(
        file_id=SUBJECT, member_id=ANN, from_org="G0101", to_org="G0201", hardship_class="DEEP", on=OVER
    )
    assert desk.events(after=3) == [moved]


@pytest.mark.parametrize("known", [None, member("G0101", "ended")])
async def test_without_membership_an_opened_file_stays(known: Membership | None) -> None:
    desk = await _desk(*UNTIL_FILED)
    desk.directory.memberships = {ANN: known} if known else {}
    await desk.does("reaction", opened_elsewhere, FILED)
    assert not desk.events(after=3)


async def test_one_who_has_joined_again_keeps_what_was_begun_since() -> None:
    desk = await _desk(APPLIED)
    desk.directory.memberships[ANN] = member("G0101", since=2)
    await desk.does("reaction", close_file_of_one_who_left, LEFT)
    assert not desk.events(after=3)


async def test_the_end_of_a_membership_waits_for_the_directory() -> None:
    """Else one could apply once more, and nobody would close it."""
    desk = await _desk(APPLIED)
    desk.directory.memberships[ANN] = member("G0101")
    with pytest.raises(NotYet):
        await desk.does("reaction", close_file_of_one_who_left, LEFT)


@pytest.mark.parametrize("begun", [APPLIED, TAKEOVER])
async def test_what_was_begun_in_the_moment_of_the_end_is_withdrawn(begun: HardshipApplied) -> None:
    desk = await _desk(begun)
    await desk.does("reaction", late_application, begun)
    assert not desk.events(after=3)
    desk.directory.memberships[ANN] = member("G0101", "ended")
    await desk.does("reaction", late_application, begun)
    await desk.does("reaction", late_application, begun)
    withdrawn = REJECTED.model_copy(update={"reason_code": "withdrawn", "by": "reaction", "on": OVER})
    assert desk.events(after=3) == [freed("member", ANN), withdrawn, freed("household", HOUSEHOLD)]
