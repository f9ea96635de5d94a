import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.welfare.aid.aid import Aid, MemberUnknownHere, NoMembership, NotInThisState, SameHands
from services.welfare.aid.approve_aid import ApproveAid, ForTheGroup, MoreThanAsked, Terms, approve, post
from services.welfare.aid.reverse_aid import ReverseAid
from services.welfare.aid.reverse_aid import post as post_reversal
from services.welfare.fund.fund_account import FundAccount, MoneyShort
from services.welfare.hardship.hardship_file import FileNotOfMember, FileNotOpen, HardshipFile, ReviewIsDue
from services.welfare.policy.allowance import Allowance, OverYearlyLimit
from services.welfare.policy.policy_limits import Limit, NoPolicyLimit, PolicyLimits
from shared.events.welfare.policy import YearlyAllowanceUsed
from shared.kernel.refusal import Refused
from shared.kernel.work import Actor
from tests.kernel.fakes import CountedIds
from tests.story import ANN, BEN, SUBJECT, TODAY, Desk, given, member
from tests.welfare.examples import (
    ACCOUNT,
    ADMIN,
    ALLOCATED,
    ASKED,
    CADRE,
    CHAIR,
    FAILED,
    GRANTED,
    LIMIT,
    OPENED,
    PAID,
    REJECTED,
    REVERSED,
    REVIEWED,
    TERMS,
    Places,
    limits,
    reserved,
)

USED = YearlyAllowanceUsed(
    member_id=ANN,
    org_id="G0101",
    kind="medical",
    year=2026,
    request_id=SUBJECT,
    amount_fen=400_000,
    limit_ref=LIMIT.id,
)
OTHER = "00000000-0000-7000-8000-000000000f01"
YESTERDAY = TODAY - timedelta(days=1)
COMMAND = ApproveAid(amount_fen=400_000)
HERE = member("G0101")


def test_aid_is_granted_by_the_second_approver() -> None:
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, TERMS, ADMIN, TODAY).then(GRANTED)


def test_the_same_approval_twice_is_one_and_another_is_refused() -> None:
    granted = given(Aid, ASKED, REVIEWED, GRANTED)
    granted.when(approve, COMMAND, HERE, TERMS, ADMIN, TODAY).then_nothing()
    granted.when(approve, ApproveAid(amount_fen=400_001), HERE, TERMS, ADMIN, TODAY).then_refused(NotInThisState)
    granted.when(approve, COMMAND, HERE, TERMS, Actor("another admin"), TODAY).then_refused(NotInThisState)


def test_a_grant_never_exceeds_what_was_asked() -> None:
    too_much = ApproveAid(amount_fen=500_001)
    given(Aid, ASKED, REVIEWED).when(approve, too_much, HERE, TERMS, ADMIN, TODAY).then_refused(MoreThanAsked)
    all_of_it = ApproveAid(amount_fen=500_000)
    given(Aid, ASKED, REVIEWED).when(approve, all_of_it, HERE, TERMS, ADMIN, TODAY).then(
        GRANTED.model_copy(update={"amount_fen": 500_000})
    )


@pytest.mark.parametrize("by", [CADRE, CHAIR, Actor(ANN)])
def test_every_step_is_done_by_other_hands(by: Actor) -> None:
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, TERMS, by, TODAY).then_refused(SameHands)


def test_no_grant_without_membership() -> None:
    reviewed = given(Aid, ASKED, REVIEWED)
    reviewed.when(approve, COMMAND, None, TERMS, ADMIN, TODAY).then_refused(MemberUnknownHere)
    reviewed.when(approve, COMMAND, member("G0101", "ended"), TERMS, ADMIN, TODAY).then_refused(NoMembership)
    reviewed.when(approve, COMMAND, member("G0201"), TERMS, ADMIN, TODAY).then(GRANTED)


@pytest.mark.parametrize(
    "history",
    [
        (),
        (ASKED,),
        (ASKED, REJECTED),
        (ASKED, REVIEWED, GRANTED, FAILED),
        (ASKED, REVIEWED, GRANTED, PAID),
        (ASKED, REVIEWED, GRANTED, REVERSED),
    ],
)
def test_only_what_was_reviewed_is_granted(history: tuple[object, ...]) -> None:
    given(Aid, *history).when(approve, COMMAND, HERE, TERMS, ADMIN, TODAY).then_refused(NotInThisState)  # type: ignore[arg-type]


def test_above_the_threshold_the_group_approves() -> None:
    above = Terms(LIMIT, group_above=Limit(LIMIT.id, "medical", 399_999, LIMIT.effective_from))
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, above, ADMIN, TODAY).then_refused(ForTheGroup)
    by_group = replace(above, by_group=True)
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, by_group, ADMIN, TODAY).then(GRANTED)
    at_it = replace(above, group_above=Limit(LIMIT.id, "medical", 400_000, LIMIT.effective_from))
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, at_it, ADMIN, TODAY).then(GRANTED)


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        (HardshipFile(SUBJECT), FileNotOfMember),
        (HardshipFile(SUBJECT, "G0101", status="open", member_id=BEN), FileNotOfMember),
        (HardshipFile(SUBJECT, "G0101", status="closed", member_id=ANN), FileNotOpen),
        (HardshipFile(SUBJECT, "G0101", status="open", member_id=ANN, review_due_on=YESTERDAY), ReviewIsDue),
    ],
)
def test_the_file_that_it_stands_on_must_carry_it(file: HardshipFile, refusal: type[Refused]) -> None:
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, Terms(LIMIT, file=file), ADMIN, TODAY).then_refused(
        refusal
    )


def test_on_the_day_of_its_review_a_file_still_carries_aid() -> None:
    due_today = HardshipFile(SUBJECT, "G0101", status="open", member_id=ANN, review_due_on=TODAY)
    given(Aid, ASKED, REVIEWED).when(approve, COMMAND, HERE, Terms(LIMIT, file=due_today), ADMIN, TODAY).then(GRANTED)


async def _desk(requests: int = 1, cap_fen: int = 800_000, directory: Places | None = None) -> Desk:
    desk = Desk(directory or Places({ANN: HERE}))
    await desk.knows(FundAccount, OPENED, ALLOCATED, id=ACCOUNT)
    await desk.knows(PolicyLimits, limits(cap_fen=cap_fen), id="org:G")
    for number in range(requests):
        request_id = _request(number)
        history = [event.model_copy(update={"request_id": request_id}) for event in (ASKED, REVIEWED)]
        await desk.knows(Aid, *history, id=request_id)
    return desk


def _request(number: int) -> str:
    return f"00000000-0000-7000-8000-{number + 1:012x}"


async def test_grant_and_reservation_are_one() -> None:
    desk = await _desk()
    await desk.does("admin", post, SUBJECT, COMMAND)
    await desk.does("admin", post, SUBJECT, COMMAND)
    assert desk.events(after=3) == [GRANTED, USED, reserved(SUBJECT, 400_000)]


async def test_no_grant_without_money() -> None:
    desk = await _desk()
    await desk.knows(FundAccount, reserved(amount_fen=1_700_000), id=ACCOUNT)
    with pytest.raises(MoneyShort):
        await desk.does("admin", post, SUBJECT, COMMAND)
    assert (await desk.state(Aid)).status == "reviewed"


async def test_of_many_approvals_at_once_as_many_are_granted_as_there_is_money_for() -> None:
    desk = await _desk(requests=30, cap_fen=100_000_000)
    outcomes = await asyncio.gather(
        *(desk.does("admin", post, _request(number), COMMAND) for number in range(30)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 25
    assert {type(outcome) for outcome in refused} == {MoneyShort}
    assert (await desk.state(FundAccount, ACCOUNT)).available == 0


async def test_no_grant_without_a_policy() -> None:
    desk = Desk(Places({ANN: HERE}))
    await desk.knows(FundAccount, OPENED, ALLOCATED, id=ACCOUNT)
    await desk.knows(Aid, ASKED, REVIEWED)
    await desk.knows(PolicyLimits, limits("living"), id="org:G")
    with pytest.raises(NoPolicyLimit):
        await desk.does("admin", post, SUBJECT, COMMAND)


async def test_of_many_approvals_at_once_the_yearly_limit_of_the_member_stops_those_above_it() -> None:
    """INV-W7: there is money for five, the member may have two and a half."""
    desk = await _desk(requests=5, cap_fen=1_000_000)
    outcomes = await asyncio.gather(
        *(desk.does("admin", post, _request(number), COMMAND) for number in range(5)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [type(outcome) for outcome in refused] == [OverYearlyLimit] * 3
    assert (await desk.state(FundAccount, ACCOUNT)).available == 2_000_000 - 2 * 400_000


async def test_the_limit_counts_on_after_a_transfer() -> None:
    desk = await _desk(requests=2, cap_fen=400_000)
    await desk.does("admin", post, _request(0), COMMAND)
    moved = ASKED.model_copy(update={"request_id": OTHER, "org_id": "G0201"})
    reviewed = REVIEWED.model_copy(update={"request_id": OTHER, "org_id": "G0201"})
    await desk.knows(Aid, moved, reviewed, id=OTHER)
    with pytest.raises(OverYearlyLimit):
        await desk.does("admin", post, OTHER, COMMAND)


async def test_above_the_threshold_an_administrator_of_the_group_is_needed() -> None:
    desk = await _desk(directory=Places({ANN: HERE}, group_admins={"group"}))
    await desk.knows(PolicyLimits, limits("group_approval", 300_000), id="org:G01")
    with pytest.raises(ForTheGroup):
        await desk.does("admin", post, SUBJECT, COMMAND)
    await desk.does("group", post, SUBJECT, COMMAND)
    assert (await desk.state(Aid)).did("approval") == "group"


async def test_the_file_is_read_where_it_stands() -> None:
    desk = await _desk()
    await desk.knows(Aid, ASKED.model_copy(update={"file_id": OTHER, "request_id": OTHER}), REVIEWED, id=OTHER)
    with pytest.raises(FileNotOfMember):
        await desk.does("admin", post, OTHER, COMMAND)


async def test_a_limit_is_not_taken_from_memory() -> None:
    """Another process has lowered it: one that remembers the old one must not grant by that."""
    desk = await _desk(requests=2)
    elsewhere = Desk(Places())
    elsewhere.commands.log.store, elsewhere.commands.ids = desk.log, CountedIds(10_000)
    await desk.does("admin", post, _request(0), COMMAND)
    lower = limits(cap_fen=400_000).model_copy(update={"effective_from": TODAY})
    await elsewhere.knows(PolicyLimits, lower, id="org:G")
    with pytest.raises(OverYearlyLimit):
        await desk.does("admin", post, _request(1), COMMAND)


async def test_what_was_taken_back_does_not_count_towards_the_limit() -> None:
    desk = await _desk(requests=2, cap_fen=400_000)
    await desk.does("admin", post, _request(0), COMMAND)
    await desk.does("admin2", post_reversal, _request(0), ReverseAid(reason_code="not_needed"))
    await desk.does("admin", post, _request(1), COMMAND)
    assert sum((await desk.state(Allowance, f"{ANN}:medical:2026")).used.values()) == 400_000
