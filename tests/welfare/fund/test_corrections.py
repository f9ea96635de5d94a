import pytest

from services.welfare import service
from services.welfare.aid.aid_execution import AidExecution
from services.welfare.fund.account import Account
from services.welfare.fund.confirm_correction import (
    CorrectedAlready,
    CorrectionRejected,
    NoSuchCorrection,
    OwnCorrection,
    confirm,
)
from services.welfare.fund.confirm_correction import post as post_confirmation
from services.welfare.fund.fund_account import FundAccount, MoneyShort, NoSuchAccount
from services.welfare.fund.propose_correction import (
    MoreThanBooked,
    NoSuchEntry,
    ProposeCorrection,
    ProposedAlready,
    propose,
)
from services.welfare.fund.propose_correction import post as post_proposal
from services.welfare.fund.reject_correction import post as post_rejection
from services.welfare.fund.reject_correction import reject
from shared.events.welfare.fund import FundCorrected, FundCorrectionProposed, FundCorrectionRejected
from shared.kernel.work import Actor
from shared.values.fund import CorrectionSense
from tests.story import TODAY, Desk, Given, given, shown
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED, reserved

CORRECTION = "00000000-0000-7000-8000-0000000000c1"
FINDER, OTHER = Actor("finder"), Actor("other")
WRONG = ProposeCorrection(corrects="B-2026-7", sense="less", amount_fen=500_000, reason_code="wrong_amount")
PROPOSED = FundCorrectionProposed(
    account_id=ACCOUNT,
    org_id="G01",
    correction_id=CORRECTION,
    corrects="B-2026-7",
    sense="less",
    amount_fen=500_000,
    reason_code="wrong_amount",
    by="finder",
    on=TODAY,
)
REJECTED = FundCorrectionRejected(account_id=ACCOUNT, org_id="G01", correction_id=CORRECTION, by="other", on=TODAY)
SECOND = "00000000-0000-7000-8000-0000000000c2"


def _corrected(sense: CorrectionSense = "less") -> FundCorrected:
    words = PROPOSED.model_dump(exclude={"by", "sense"})
    return FundCorrected(**words, sense=sense, approvals=("finder", "other"))


def _fund(*events: object) -> Given[FundAccount]:
    return given(FundAccount, OPENED, ALLOCATED, *events, id=ACCOUNT)  # type: ignore[arg-type]


def test_one_proposes_and_another_confirms() -> None:
    proposed = _fund().when(propose, WRONG, CORRECTION, FINDER, TODAY).then(PROPOSED)
    assert proposed.state.available == 2_000_000
    proposed.when(propose, WRONG, CORRECTION, FINDER, TODAY).then_nothing()
    done = proposed.when(confirm, CORRECTION, OTHER, TODAY).then(_corrected())
    assert done.state.available == 1_500_000
    done.when(confirm, CORRECTION, OTHER, TODAY).then_nothing()
    done.when(confirm, CORRECTION, Actor("third"), TODAY).then_refused(CorrectedAlready)


def test_nobody_confirms_what_he_proposed() -> None:
    _fund(PROPOSED).when(confirm, CORRECTION, FINDER, TODAY).then_refused(OwnCorrection)


def test_only_what_was_booked_is_corrected() -> None:
    unknown = WRONG.model_copy(update={"corrects": "B-1"})
    _fund().when(propose, unknown, CORRECTION, FINDER, TODAY).then_refused(NoSuchEntry)
    given(FundAccount, id=ACCOUNT).when(propose, WRONG, CORRECTION, FINDER, TODAY).then_refused(NoSuchAccount)
    _fund().when(confirm, CORRECTION, OTHER, TODAY).then_refused(NoSuchCorrection)


def test_a_correction_never_takes_money_that_is_set_aside() -> None:
    _fund(PROPOSED, reserved(amount_fen=1_500_001)).when(confirm, CORRECTION, OTHER, TODAY).then_refused(MoneyShort)
    _fund(PROPOSED, reserved(amount_fen=1_500_000)).when(confirm, CORRECTION, OTHER, TODAY).then(_corrected())


@pytest.mark.parametrize(("sense", "credits"), [("less", 1_500_000), ("more", 2_500_000)])
def test_what_was_corrected_is_shown_and_counted(sense: CorrectionSense, credits: int) -> None:
    stream = [OPENED, ALLOCATED, PROPOSED, _corrected(sense)]
    assert shown(service, Account, stream)[ACCOUNT].available == credits
    assert shown(service, AidExecution, stream)[f"{ACCOUNT}:2026"].allocated == credits
    assert given(FundAccount, OPENED, ALLOCATED, _corrected(sense), id=ACCOUNT).state.available == credits


async def test_the_routes() -> None:
    desk = Desk()
    await desk.knows(FundAccount, OPENED, ALLOCATED, id=ACCOUNT)
    await desk.does("finder", post_proposal, ACCOUNT, WRONG)
    (proposed,) = desk.events(after=1)
    assert isinstance(proposed, FundCorrectionProposed)
    with pytest.raises(OwnCorrection):
        await desk.does("finder", post_confirmation, ACCOUNT, proposed.correction_id)
    await desk.does("other", post_confirmation, ACCOUNT, proposed.correction_id)
    assert (await desk.state(FundAccount, ACCOUNT)).available == 1_500_000


def test_the_same_open_proposal_again_is_nothing_new() -> None:
    open_ = _fund(PROPOSED)
    open_.when(propose, WRONG, SECOND, FINDER, TODAY).then_nothing()
    open_.when(propose, WRONG, SECOND, OTHER, TODAY).then_refused(ProposedAlready)
    again = PROPOSED.model_copy(update={"correction_id": SECOND})
    _fund(PROPOSED, _corrected()).when(propose, WRONG, SECOND, FINDER, TODAY).then(again)


@pytest.mark.parametrize("history", [(PROPOSED,), (PROPOSED, _corrected())])
def test_no_more_is_taken_back_than_was_booked(history: tuple[object, ...]) -> None:
    story = _fund(*history)
    most = WRONG.model_copy(update={"amount_fen": 1_500_000})
    story.when(propose, most.model_copy(update={"amount_fen": 1_500_001}), SECOND, FINDER, TODAY).then_refused(
        MoreThanBooked
    )
    story.when(propose, most, SECOND, FINDER, TODAY).then(
        PROPOSED.model_copy(update={"correction_id": SECOND, "amount_fen": 1_500_000})
    )


def test_what_was_added_may_be_taken_back_and_what_was_rejected_does_not_count() -> None:
    all_and_more = WRONG.model_copy(update={"amount_fen": 2_500_000})
    wanted = PROPOSED.model_copy(update={"correction_id": SECOND, "amount_fen": 2_500_000})
    _fund(_corrected("more")).when(propose, all_and_more, SECOND, FINDER, TODAY).then(wanted)
    whole = WRONG.model_copy(update={"amount_fen": 2_000_000})
    _fund(PROPOSED, REJECTED).when(propose, whole, SECOND, FINDER, TODAY).then(
        PROPOSED.model_copy(update={"correction_id": SECOND, "amount_fen": 2_000_000})
    )


@pytest.mark.parametrize("by", [FINDER, OTHER])
def test_a_proposal_is_withdrawn_or_rejected(by: Actor) -> None:
    rejected = REJECTED.model_copy(update={"by": by.id})
    done = _fund(PROPOSED).when(reject, CORRECTION, by, TODAY).then(rejected)
    done.when(reject, CORRECTION, by, TODAY).then_nothing()
    done.when(confirm, CORRECTION, OTHER, TODAY).then_refused(CorrectionRejected)
    assert done.state.available == 2_000_000


def test_only_what_is_open_is_rejected() -> None:
    _fund().when(reject, CORRECTION, OTHER, TODAY).then_refused(NoSuchCorrection)
    _fund(PROPOSED, _corrected()).when(reject, CORRECTION, OTHER, TODAY).then_refused(CorrectedAlready)


async def test_the_route_of_a_rejection() -> None:
    desk = Desk()
    await desk.knows(FundAccount, OPENED, ALLOCATED, PROPOSED, id=ACCOUNT)
    await desk.does("other", post_rejection, ACCOUNT, CORRECTION)
    assert desk.events(after=1) == [REJECTED]
