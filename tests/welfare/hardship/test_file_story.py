"""Each step of a hardship file: applied for, visited, classified, posted, opened, closed."""

from datetime import date, timedelta

import pytest

from services.welfare.aid.aid import MemberUnknownHere, NoMembership
from services.welfare.aid.request_aid import MemberElsewhere
from services.welfare.hardship.apply_for_file import ApplyForFile, apply_for
from services.welfare.hardship.classify_hardship import ClassifyHardship, Override, classified
from services.welfare.hardship.close_file import close
from services.welfare.hardship.confirm_override import confirm
from services.welfare.hardship.confirm_takeover import confirm as confirm_takeover
from services.welfare.hardship.end_publicity import end
from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile, NotHisHands
from services.welfare.hardship.member_transferred import transfer
from services.welfare.hardship.membership_ended import leave
from services.welfare.hardship.open_file import open_file
from services.welfare.hardship.propose_takeover import DatesDisagree, ProposeTakeover, ReviewTooLate
from services.welfare.hardship.propose_takeover import propose as propose_takeover
from services.welfare.hardship.record_visit import (
    RecordVisit,
    TooFewVisitors,
    VisitInFuture,
    VisitorWithoutOffice,
    visit,
)
from services.welfare.hardship.reject_application import RejectApplication, reject
from services.welfare.hardship.start_publicity import NothingToPost, StartPublicity, start
from shared.events.welfare.hardship import HardshipFileTransferred
from shared.kernel.event import Event
from shared.kernel.work import Actor
from shared.values.posting import PostingNotOver
from shared.values.working_days import CalendarMissing
from tests.story import ANN, SUBJECT, TODAY, given, member
from tests.welfare.examples import ADMIN, CADRE, CHAIR
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
    POSTING,
    REJECTED,
    SECOND,
    STANDARD,
    TAKEN_OVER,
    TAKEOVER,
    UNTIL_CLASSIFIED,
    UNTIL_FILED,
    UNTIL_OVER,
    VISITED,
    VISITOR,
)

HERE = member("G0101")
APPLY = ApplyForFile(org_id="G0101")
VISIT = RecordVisit(visitor_ids=("visitor2", "visitor"), on=TODAY, evidence_hash=HASH)
CLASSIFY = ClassifyHardship(declared=POOR)
OTHERWISE = ClassifyHardship(declared=POOR, override=Override(hardship_class="RELATIVE", reason_code="assets_found"))
START = StartPublicity()
REJECT = RejectApplication(reason_code="not_hardship")
TAKE_OVER = ProposeTakeover(
    org_id="G0101", hardship_class="RELATIVE", opened_on=date(2026, 3, 1), review_due_on=date(2027, 3, 1)
)

STATES: dict[str, tuple[Event, ...]] = {
    "new": (),
    "applied": (APPLIED,),
    "visited": (APPLIED, VISITED),
    "override_proposed": (APPLIED, VISITED, OVERRIDE),
    "classified": UNTIL_CLASSIFIED,
    "posted": (*UNTIL_CLASSIFIED, POSTED),
    "posting_over": UNTIL_OVER,
    "open": UNTIL_FILED,
    "closed": (*UNTIL_FILED, CLOSED),
    "rejected": (APPLIED, REJECTED),
    "takeover_proposed": (TAKEOVER,),
}


def _but(*states: str) -> list[str]:
    return [state for state in STATES if state not in states]


def test_the_states_are_those_of_the_file() -> None:
    assert all(given(HardshipFile, *history).state.status == state for state, history in STATES.items())


# application


def test_a_file_is_applied_for() -> None:
    asked = given(HardshipFile).when(apply_for, APPLY, ANN, HOUSEHOLD, HERE, CADRE, TODAY).then(APPLIED)
    asked.when(apply_for, APPLY, ANN, HOUSEHOLD, HERE, CADRE, TODAY).then_nothing()


def test_a_file_is_for_members_where_their_membership_is() -> None:
    new = given(HardshipFile)
    new.when(apply_for, APPLY, ANN, HOUSEHOLD, None, CADRE, TODAY).then_refused(MemberUnknownHere)
    ended = member("G0101", "ended")
    new.when(apply_for, APPLY, ANN, HOUSEHOLD, ended, CADRE, TODAY).then_refused(NoMembership)
    new.when(apply_for, APPLY, ANN, HOUSEHOLD, member("G0201"), CADRE, TODAY).then_refused(MemberElsewhere)


# visit


def test_a_household_is_visited_by_two() -> None:
    done = given(HardshipFile, APPLIED).when(visit, VISIT, (), VISITOR, TODAY).then(VISITED)
    done.when(visit, VISIT, (), VISITOR, TODAY).then_nothing()


@pytest.mark.parametrize("visitors", [(), ("visitor",), ("visitor", "visitor"), ("visitor2", "visitor3")])
def test_of_two_visitors_one_records_it(visitors: tuple[str, ...]) -> None:
    too_few = VISIT.model_copy(update={"visitor_ids": visitors})
    given(HardshipFile, APPLIED).when(visit, too_few, (), VISITOR, TODAY).then_refused(TooFewVisitors)


def test_nobody_visits_himself() -> None:
    own = VISIT.model_copy(update={"visitor_ids": ("visitor", ANN)})
    given(HardshipFile, APPLIED).when(visit, own, (), VISITOR, TODAY).then_refused(NotHisHands)


def test_a_visitor_works_for_the_union_there() -> None:
    story = given(HardshipFile, APPLIED).when(visit, VISIT, ("visitor2",), VISITOR, TODAY)
    story.then_refused(VisitorWithoutOffice)
    assert "visitor2" in story.refused.sentence("zh")  # type: ignore[union-attr]


def test_a_visit_has_taken_place() -> None:
    tomorrow = VISIT.model_copy(update={"on": TODAY + timedelta(days=1)})
    given(HardshipFile, APPLIED).when(visit, tomorrow, (), VISITOR, TODAY).then_refused(VisitInFuture)


@pytest.mark.parametrize("state", _but("applied", "visited"))
def test_only_an_application_is_visited(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(visit, VISIT, (), VISITOR, TODAY).then_refused(FileNotInThisState)


# class


def test_the_class_is_found_and_no_figure_leaves() -> None:
    found = given(HardshipFile, APPLIED, VISITED).when(classified, CLASSIFY, STANDARD, CHAIR, TODAY).then(CLASSIFIED)
    found.when(classified, CLASSIFY, STANDARD, CHAIR, TODAY).then_nothing()
    assert not {"3000000", "500000"} & set(CLASSIFIED.model_dump_json().replace('"', ",").split(","))


@pytest.mark.parametrize("by", [CADRE, VISITOR, SECOND, Actor(ANN)])
def test_who_applied_or_visited_does_not_classify(by: Actor) -> None:
    given(HardshipFile, APPLIED, VISITED).when(classified, CLASSIFY, STANDARD, by, TODAY).then_refused(NotHisHands)


@pytest.mark.parametrize("state", _but("visited", "classified"))
def test_only_who_was_visited_is_classified(state: str) -> None:
    story = given(HardshipFile, *STATES[state])
    story.when(classified, CLASSIFY, STANDARD, CHAIR, TODAY).then_refused(FileNotInThisState)


def test_another_class_needs_a_reason_and_a_second_person() -> None:
    story = given(HardshipFile, APPLIED, VISITED)
    proposed = story.when(classified, OTHERWISE, STANDARD, CHAIR, TODAY).then(OVERRIDE)
    proposed.when(classified, OTHERWISE, STANDARD, CHAIR, TODAY).then_nothing()
    confirmed = proposed.when(confirm, ADMIN, TODAY).then(OVERRIDDEN)
    confirmed.when(confirm, ADMIN, TODAY).then_nothing()
    assert confirmed.state.hardship_class == "RELATIVE"


def test_an_override_to_what_was_computed_is_none() -> None:
    same = ClassifyHardship(declared=POOR, override=Override(hardship_class="DEEP", reason_code="assets_found"))
    given(HardshipFile, APPLIED, VISITED).when(classified, same, STANDARD, CHAIR, TODAY).then(CLASSIFIED)


@pytest.mark.parametrize("by", [CADRE, VISITOR, SECOND, CHAIR, Actor(ANN)])
def test_the_second_person_had_no_hand_in_it(by: Actor) -> None:
    given(HardshipFile, APPLIED, VISITED, OVERRIDE).when(confirm, by, TODAY).then_refused(NotHisHands)


@pytest.mark.parametrize("state", _but("override_proposed"))
def test_only_a_proposed_override_is_confirmed(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(confirm, ADMIN, TODAY).then_refused(FileNotInThisState)


# posting


def test_the_finding_is_posted_over_five_working_days() -> None:
    posted = given(HardshipFile, *UNTIL_CLASSIFIED).when(start, START, POSTING, CADRE, TODAY).then(POSTED)
    posted.when(start, START, POSTING, CADRE, TODAY).then_nothing()
    posted.when(end, POSTED.until).then_refused(PostingNotOver)
    over = posted.when(end, OVER).then(ENDED)
    over.when(end, OVER).then_nothing()


def test_a_posting_over_a_holiday_waits_for_the_working_days() -> None:
    """National Day 2026: 1 to 7 October are free, Saturday the 10th is made up for."""
    on = date(2026, 9, 30)
    posted = given(HardshipFile, *UNTIL_CLASSIFIED).when(start, START, POSTING, CADRE, on)
    (event,) = posted.events
    assert event.until == date(2026, 10, 13)  # type: ignore[attr-defined]


def test_without_a_calendar_no_posting_begins() -> None:
    story = given(HardshipFile, *UNTIL_CLASSIFIED)
    story.when(start, START, POSTING, CADRE, date(2035, 5, 1)).then_refused(CalendarMissing)


def test_what_is_no_hardship_is_not_posted() -> None:
    none = CLASSIFIED.model_copy(update={"hardship_class": "NONE"})
    story = given(HardshipFile, APPLIED, VISITED, none)
    story.when(start, START, POSTING, CADRE, TODAY).then_refused(NothingToPost)


def test_nobody_posts_his_own() -> None:
    story = given(HardshipFile, *UNTIL_CLASSIFIED)
    story.when(start, START, POSTING, Actor(ANN), TODAY).then_refused(NotHisHands)


@pytest.mark.parametrize("state", _but("classified", "posted"))
def test_only_what_was_classified_is_posted(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(start, START, POSTING, CADRE, TODAY).then_refused(FileNotInThisState)


# opening


def test_the_file_is_opened_and_reviewed_within_a_year() -> None:
    opened = given(HardshipFile, *UNTIL_OVER).when(open_file, HERE, ADMIN, OVER).then(FILED)
    opened.when(open_file, HERE, ADMIN, OVER).then_nothing()
    opened.when(open_file, HERE, Actor("other"), OVER).then_refused(FileNotInThisState)


@pytest.mark.parametrize("by", [CADRE, VISITOR, SECOND, CHAIR, Actor(ANN)])
def test_who_opens_it_had_no_hand_in_it(by: Actor) -> None:
    given(HardshipFile, *UNTIL_OVER).when(open_file, HERE, by, OVER).then_refused(NotHisHands)


def test_no_file_without_membership() -> None:
    given(HardshipFile, *UNTIL_OVER).when(open_file, member("G0101", "ended"), ADMIN, OVER).then_refused(NoMembership)


@pytest.mark.parametrize("state", _but("posting_over", "open"))
def test_no_file_before_its_posting_is_over(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(open_file, HERE, ADMIN, OVER).then_refused(FileNotInThisState)


# rejection and closing


@pytest.mark.parametrize("state", _but("new", "open", "closed", "rejected"))
def test_any_application_may_be_rejected(state: str) -> None:
    story = given(HardshipFile, *STATES[state]).when(reject, REJECT, CHAIR, TODAY).then(REJECTED)
    story.when(reject, REJECT, CHAIR, TODAY).then_nothing()


@pytest.mark.parametrize("by", [CADRE, Actor(ANN)])
def test_who_applied_does_not_reject(by: Actor) -> None:
    given(HardshipFile, APPLIED).when(reject, REJECT, by, TODAY).then_refused(NotHisHands)


@pytest.mark.parametrize("state", ["new", "open", "closed"])
def test_a_file_is_closed_rather_than_rejected(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(reject, REJECT, CHAIR, TODAY).then_refused(FileNotInThisState)


def test_a_file_is_closed_once() -> None:
    done = given(HardshipFile, *UNTIL_FILED).when(close, "lifted", CHAIR, OVER).then(CLOSED)
    done.when(close, "lifted", CHAIR, OVER).then_nothing()
    done.when(close, "moved", CHAIR, OVER).then_refused(FileNotInThisState)


@pytest.mark.parametrize("state", _but("open", "closed"))
def test_only_an_open_file_is_closed(state: str) -> None:
    given(HardshipFile, *STATES[state]).when(close, "lifted", CHAIR, OVER).then_refused(FileNotInThisState)


def test_nobody_closes_his_own() -> None:
    given(HardshipFile, *UNTIL_FILED).when(close, "lifted", Actor(ANN), OVER).then_refused(NotHisHands)


def test_a_file_follows_its_member_and_an_application_does_not() -> None:
    moved = HardshipFileTransferred(
        file_id=SUBJECT, member_id=ANN, from_org="G0101", to_org="G0201", hardship_class="DEEP", on=OVER
    )
    done = given(HardshipFile, *UNTIL_FILED).when(transfer, "G0201", OVER).then(moved)
    done.when(transfer, "G0201", OVER).then_nothing()
    given(HardshipFile, *UNTIL_OVER).when(transfer, "G0201", OVER).then_nothing()


# what ran before


def test_a_running_file_is_taken_over_by_two() -> None:
    words = (TAKE_OVER, ANN, HOUSEHOLD, HERE, CADRE, TODAY)
    proposed = given(HardshipFile).when(propose_takeover, *words).then(TAKEOVER)
    proposed.when(propose_takeover, *words).then_nothing()
    proposed.when(confirm_takeover, CADRE).then_refused(NotHisHands)
    done = proposed.when(confirm_takeover, ADMIN).then(TAKEN_OVER)
    done.when(confirm_takeover, ADMIN).then_nothing()


@pytest.mark.parametrize("words", [{"opened_on": TODAY + timedelta(days=1)}, {"review_due_on": date(2026, 3, 1)}])
def test_the_dates_of_a_running_file_agree(words: dict[str, date]) -> None:
    command = TAKE_OVER.model_copy(update=words)
    given(HardshipFile).when(propose_takeover, command, ANN, HOUSEHOLD, HERE, CADRE, TODAY).then_refused(DatesDisagree)


def test_a_file_is_taken_over_where_the_membership_is() -> None:
    words = (TAKE_OVER, ANN, HOUSEHOLD, member("G0201"), CADRE, TODAY)
    given(HardshipFile).when(propose_takeover, *words).then_refused(MemberElsewhere)


@pytest.mark.parametrize("state", _but("takeover_proposed"))
def test_only_a_proposed_takeover_is_confirmed(state: str) -> None:
    story = given(HardshipFile, *STATES[state])
    story.when(confirm_takeover, Actor("other")).then_refused(FileNotInThisState)


def test_the_review_of_a_file_that_was_taken_over_is_due_within_a_year() -> None:
    last = TODAY + timedelta(days=365)
    late = TAKE_OVER.model_copy(update={"review_due_on": last + timedelta(days=1)})
    given(HardshipFile).when(propose_takeover, late, ANN, HOUSEHOLD, HERE, CADRE, TODAY).then_refused(ReviewTooLate)
    in_time = TAKE_OVER.model_copy(update={"review_due_on": last})
    proposed = TAKEOVER.model_copy(update={"review_due_on": last})
    given(HardshipFile).when(propose_takeover, in_time, ANN, HOUSEHOLD, HERE, CADRE, TODAY).then(proposed)


def test_one_who_left_has_no_file_whatever_its_state() -> None:
    given(HardshipFile, *UNTIL_FILED).when(leave, "lifted", ADMIN, OVER).then(
        CLOSED.model_copy(update={"by": ADMIN.id})
    )
    given(HardshipFile, APPLIED).when(leave, "lifted", ADMIN, TODAY).then(
        REJECTED.model_copy(update={"reason_code": "withdrawn", "by": ADMIN.id})
    )
    for over in ("closed", "rejected", "new"):
        given(HardshipFile, *STATES[over]).when(leave, "dead", ADMIN, OVER).then_nothing()
