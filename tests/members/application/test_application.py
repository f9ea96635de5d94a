"""From an application to the membership: decided by an officer who is neither the applicant nor has entered it."""

from typing import Any

import pytest
from stdnum.cn import ric

from services.members import service
from services.members.application.application import Application, NotSubmitted, own_application
from services.members.application.application_card import ApplicationCard, application_card
from services.members.application.application_funnel import ApplicationFunnel
from services.members.application.apply import AppliedElsewhere, Apply, apply
from services.members.application.apply import post as post_application
from services.members.application.apply import post_own as post_own_application
from services.members.application.approve_application import (
    ApproveApplication,
    KnownOtherwise,
    OwnApplication,
    approve,
)
from services.members.application.approve_application import post as post_approval
from services.members.application.reject_application import RejectApplication, reject
from services.members.application.reject_application import post as post_rejection
from services.members.application.withdraw_application import post as post_withdrawal
from services.members.application.withdraw_application import withdraw
from services.members.membership.join_member import AlreadyMember, JoinsTooYoung
from services.members.membership.join_member import post as post_member
from services.members.membership.member import Member
from services.members.organisation.organisation import HoldsNoMembers, NotEstablished, Organisation
from shared.events.members.application import (
    MembershipApplicationApproved,
    MembershipApplicationRejected,
    MembershipApplicationWithdrawn,
    MembershipApplied,
)
from shared.kernel.work import Actor
from tests.members.membership.examples import ENDED, JOINED
from tests.members.membership.test_join_member import COMMAND as JOIN
from tests.members.organisation.examples import BASIC, OTHER_BASIC, SUBSIDIARY
from tests.story import ANN, SUBJECT, TODAY, Desk, given, shown

CADRE, CHAIR = Actor("cadre"), Actor("chair")
UNION = given(Organisation, BASIC, id="G0101").state
FORM = Apply(**JOIN.model_dump(exclude={"joined_on"}))
NOBODY = Member(ANN)
APPLIED = MembershipApplied(
    application_id=SUBJECT,
    member_id=ANN,
    org_id="G0101",
    channel="cadre",
    entered_by="cadre",
    worker_type="regular",
    frontline=True,
    on=TODAY,
    trade_code="6-31-01",
)
OWN = APPLIED.model_copy(update={"channel": "self", "entered_by": ANN})
APPROVED = MembershipApplicationApproved(
    application_id=SUBJECT, member_id=ANN, org_id="G0101", approved_by="chair", on=TODAY
)
REJECT = RejectApplication(reason_code="papers_missing")
REJECTED = MembershipApplicationRejected(
    application_id=SUBJECT, member_id=ANN, org_id="G0101", reason_code="papers_missing", by="chair", on=TODAY
)
WITHDRAWN = MembershipApplicationWithdrawn(application_id=SUBJECT, member_id=ANN, org_id="G0101", on=TODAY)


def test_an_application_is_entered_by_a_cadre_or_by_oneself() -> None:
    given(Application).when(apply, FORM, NOBODY, UNION, CADRE, TODAY).then(APPLIED)
    given(Application).when(apply, FORM, NOBODY, UNION, Actor(ANN), TODAY).then(OWN)


def test_the_same_application_twice_is_one_and_one_waits_at_a_time() -> None:
    waiting = given(Application, OWN)
    waiting.when(apply, FORM, NOBODY, UNION, Actor(ANN), TODAY).then_nothing()
    elsewhere = FORM.model_copy(update={"org_id": "G0201"})
    other = given(Organisation, OTHER_BASIC, id="G0201").state
    waiting.when(apply, elsewhere, NOBODY, other, Actor(ANN), TODAY).then_refused(AppliedElsewhere)


@pytest.mark.parametrize("decided", [APPROVED, REJECTED, WITHDRAWN])
def test_what_was_decided_may_be_applied_for_again(decided: Any) -> None:
    given(Application, OWN, decided).when(apply, FORM, NOBODY, UNION, Actor(ANN), TODAY).then(OWN)


def test_a_member_does_not_apply() -> None:
    member = given(Member, JOINED, id=ANN).state
    given(Application).when(apply, FORM, member, UNION, CADRE, TODAY).then_refused(AlreadyMember)
    former = given(Member, JOINED, ENDED, id=ANN).state
    assert given(Application).when(apply, FORM, former, UNION, CADRE, TODAY).events


def test_one_applies_where_members_are_held() -> None:
    subsidiary = given(Organisation, SUBSIDIARY, id="G01").state
    given(Application).when(apply, FORM, NOBODY, subsidiary, CADRE, TODAY).then_refused(HoldsNoMembers)
    given(Application).when(apply, FORM, NOBODY, Organisation("X"), CADRE, TODAY).then_refused(NotEstablished)


def test_an_application_is_decided_by_other_hands() -> None:
    for waiting, hands in ((APPLIED, "cadre"), (APPLIED, ANN), (OWN, ANN)):
        given(Application, waiting).when(approve, Actor(hands), TODAY).then_refused(OwnApplication)
        given(Application, waiting).when(reject, REJECT, Actor(hands), TODAY).then_refused(OwnApplication)
    given(Application, APPLIED).when(approve, CHAIR, TODAY).then(APPROVED).when(approve, CHAIR, TODAY).then_nothing()


def test_a_rejection_says_why_and_stands() -> None:
    rejected = given(Application, APPLIED).when(reject, REJECT, CHAIR, TODAY).then(REJECTED)
    rejected.when(reject, REJECT, CHAIR, TODAY).then_nothing()
    rejected.when(reject, RejectApplication(reason_code="duplicate"), CHAIR, TODAY).then_refused(NotSubmitted)


def test_an_application_is_withdrawn_before_it_is_decided() -> None:
    gone = given(Application, APPLIED).when(withdraw, TODAY).then(WITHDRAWN)
    gone.when(withdraw, TODAY).then_nothing()


@pytest.mark.parametrize("history", [(), (APPLIED, APPROVED), (APPLIED, REJECTED), (APPLIED, WITHDRAWN)])
def test_only_what_waits_is_decided(history: tuple[Any, ...]) -> None:
    application = given(Application, *history)
    if APPROVED not in history:
        application.when(approve, CHAIR, TODAY).then_refused(NotSubmitted)
    if REJECTED not in history:
        application.when(reject, REJECT, CHAIR, TODAY).then_refused(NotSubmitted)
    if WITHDRAWN not in history:
        application.when(withdraw, TODAY).then_refused(NotSubmitted)


async def _desk() -> Desk:
    desk = Desk()
    await desk.knows(Organisation, BASIC, id="G0101")
    await desk.knows(Organisation, OTHER_BASIC, id="G0201")
    return desk


async def _applied(desk: Desk, form: Apply = FORM) -> str:
    outcome = await desk.does("cadre", post_application, form)
    return outcome.commits[0].events[0].headers["ce_subject"]


CARD = ApproveApplication(id_number=FORM.id_number)


async def test_approval_is_admission() -> None:
    desk = await _desk()
    application = await _applied(desk)
    assert not desk.log.held, "nobody is reserved before an officer has seen the card"
    await desk.does("chair", post_approval, application, CARD)
    approved, joined = desk.events(after=3)
    assert (type(approved).__name__, type(joined).__name__) == ("MembershipApplicationApproved", "MemberJoined")
    member_id = approved.member_id  # type: ignore[attr-defined]
    assert joined == JOINED.model_copy(update={"member_id": member_id, "joined_on": TODAY})
    assert list(desk.log.held.values()) == [member_id]
    assert {subject for _, subject in desk.log.documents} == {member_id}
    again = await desk.does("chair", post_approval, application, CARD)
    assert not again.commits


async def test_one_who_applied_for_oneself_is_a_member_under_ones_own_login() -> None:
    desk = await _desk()
    await desk.does(ANN, post_own_application, ANN, FORM)
    await desk.does("chair", post_approval, own_application(ANN), CARD)
    assert (await desk.state(Member, ANN)).status == "active"


async def test_personal_data_goes_to_the_vault_and_nowhere_else() -> None:
    desk = await _desk()
    application = await _applied(desk)
    await desk.does("chair", post_approval, application, CARD)
    wires = b"".join(wire.body + repr(wire.headers).encode() for commit in desk.log.commits for wire in commit.events)
    for secret in (FORM.name, FORM.id_number, str(FORM.phone), str(FORM.employee_no), "finger-of"):
        assert secret.encode() not in wires
        assert secret not in repr(FORM) + repr(CARD)


async def test_a_person_is_admitted_once_whatever_the_applications() -> None:
    """INV-M1: two applications in two unions, both approved."""
    desk = await _desk()
    first, second = await _applied(desk), await _applied(desk, FORM.model_copy(update={"org_id": "G0201"}))
    await desk.does("chair", post_approval, first, CARD)
    before = len(desk.log.commits)
    with pytest.raises(KnownOtherwise):
        await desk.does("chair", post_approval, second, CARD)
    assert len(desk.log.commits) == before
    assert (await desk.state(Application, second)).status == "submitted"


async def test_a_former_member_who_applies_changes_nothing_in_the_vault_before_an_officer_has_seen_it() -> None:
    desk = await _desk()
    await desk.knows(Member, JOINED, ENDED, id=ANN)
    kept = {("vault", ANN): {"name": "张三", "id_number": FORM.id_number, "phone": "13800000000"}}
    desk.log.documents.update(kept)
    forged = FORM.model_copy(update={"name": "李四", "phone": "13900000000"})
    await desk.does(ANN, post_own_application, ANN, forged)
    await desk.does(ANN, post_own_application, ANN, forged)
    assert desk.log.documents == kept
    await desk.does("chair", post_rejection, own_application(ANN), REJECT)
    assert desk.log.documents == kept


async def test_a_card_that_says_too_young_admits_nobody() -> None:
    desk = await _desk()
    application = await _applied(desk)
    first = "11000020150101001"
    child = ApproveApplication(id_number=first + ric.calc_check_digit(first + "?"))
    with pytest.raises(JoinsTooYoung):
        await desk.does("chair", post_approval, application, child)
    assert (await desk.state(Application, application)).status == "submitted"


async def test_a_number_typed_into_a_form_keeps_nobody_out() -> None:
    desk = await _desk()
    await desk.does(ANN, post_own_application, ANN, FORM)
    await desk.does("chair", post_member, JOIN)
    (member_id,) = desk.log.held.values()
    assert member_id != ANN
    with pytest.raises(KnownOtherwise):
        await desk.does("chair", post_approval, own_application(ANN), CARD)


async def test_the_routes_reject_and_withdraw() -> None:
    desk = await _desk()
    application = await _applied(desk)
    await desk.does("chair", post_rejection, application, REJECT)
    await desk.does(ANN, post_own_application, ANN, FORM)
    await desk.does(ANN, post_withdrawal, own_application(ANN))
    assert [type(event).__name__ for event in desk.events(after=2)] == [
        "MembershipApplied",
        "MembershipApplicationRejected",
        "MembershipApplied",
        "MembershipApplicationWithdrawn",
    ]


def test_an_application_is_shown_as_it_stands() -> None:
    card = shown(service, ApplicationCard, [APPLIED])[SUBJECT]
    assert card == ApplicationCard(
        id=SUBJECT,
        member_id=ANN,
        org_id="G0101",
        channel="cadre",
        worker_type="regular",
        frontline=True,
        applied_on=TODAY,
        trade_code="6-31-01",
    )
    for event, status in ((APPROVED, "approved"), (REJECTED, "rejected"), (WITHDRAWN, "withdrawn")):
        decided = shown(service, ApplicationCard, [APPLIED, event])[SUBJECT]
        assert (decided.status, decided.decided_on) == (status, TODAY)
    assert shown(service, ApplicationCard, [APPLIED, REJECTED, APPLIED])[SUBJECT] == card


def test_a_decision_on_nothing_is_poison() -> None:
    with pytest.raises(ValueError, match="never made"):
        application_card(None, APPROVED)


def test_the_funnel_counts_by_organisation_and_month() -> None:
    other = [event.model_copy(update={"org_id": "G0201"}) for event in (APPLIED, WITHDRAWN)]
    rows = shown(service, ApplicationFunnel, [APPLIED, REJECTED, APPLIED, APPROVED], other)
    assert rows == {
        "G0101:2026-11": ApplicationFunnel("G0101:2026-11", "G0101", "2026-11", applied=2, approved=1, rejected=1),
        "G0201:2026-11": ApplicationFunnel("G0201:2026-11", "G0201", "2026-11", applied=1, withdrawn=1),
    }
