import asyncio

import pytest
from pydantic import ValidationError

from services.welfare.fund.fund_account import FundAccount, NoSuchAccount
from services.welfare.fund.take_over_balance import OtherBalance, TakeOverBalance, account_id_of, begin, post
from shared.events.welfare.fund import FundAccountOpened, FundAllocated
from tests.story import TODAY, Desk, given

COMMAND = TakeOverBalance(org_id="G01", purpose="aid", source="G", year=2026, opening_fen=12_345_678)
ID = account_id_of("G01", "aid", "G")
OPENED = FundAccountOpened(account_id=ID, org_id="G01", purpose="aid", source="G")
ALLOCATED = FundAllocated(account_id=ID, org_id="G01", amount_fen=12_345_678, on=TODAY, source_ref="opening-2026")


def _other(**changes: object) -> TakeOverBalance:
    return COMMAND.model_copy(update=changes)


def test_an_account_begins_with_its_balance_once() -> None:
    begun = given(FundAccount, OPENED, id=ID).when(begin, COMMAND, TODAY).then(ALLOCATED)
    begun.when(begin, COMMAND, TODAY).then_nothing()
    begun.when(begin, _other(year=2027), TODAY).then_nothing()


def test_another_balance_is_refused() -> None:
    begun = given(FundAccount, OPENED, ALLOCATED, id=ID)
    for command in (_other(opening_fen=1), _other(opening_fen=0), _other(opening_fen=1, year=2027)):
        begun.when(begin, command, TODAY).then_refused(OtherBalance)


def test_other_money_does_not_count_as_the_beginning() -> None:
    other = ALLOCATED.model_copy(update={"source_ref": "B-1", "amount_fen": 7})
    given(FundAccount, OPENED, other, id=ID).when(begin, COMMAND, TODAY).then(ALLOCATED)


def test_an_empty_account_is_opened_only() -> None:
    given(FundAccount, OPENED, id=ID).when(begin, _other(opening_fen=0), TODAY).then_nothing()
    given(FundAccount, id=ID).when(begin, COMMAND, TODAY).then_refused(NoSuchAccount)


@pytest.mark.parametrize("wrong", [{"opening_fen": -1}, {"opening_fen": 1.5}, {"year": 26}])
def test_an_amount_is_whole_fen(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TakeOverBalance.model_validate(COMMAND.model_dump() | wrong)


async def test_whoever_brings_it_in_it_is_one_account() -> None:
    desk = Desk()
    await asyncio.gather(*(desk.does(f"admin-{number}", post, COMMAND) for number in range(5)))
    await desk.does("admin", post, COMMAND)
    assert desk.events() == [OPENED, ALLOCATED]
    assert (await desk.state(FundAccount, ID)).available == 12_345_678


async def test_purpose_and_source_make_the_account() -> None:
    desk = Desk()
    for changes in ({}, {"purpose": "prize"}, {"source": "G01"}, {"org_id": "G02"}):
        await desk.does("admin", post, _other(**changes))
    assert len({event.account_id for event in desk.events()}) == 4  # type: ignore[attr-defined]
