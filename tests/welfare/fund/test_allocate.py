import pytest
from pydantic import ValidationError

from services.welfare.fund.allocate import Allocate, allocate
from services.welfare.fund.allocate import post as post_allocation
from services.welfare.fund.fund_account import FundAccount, NoSuchAccount, OtherAmount
from services.welfare.fund.open_account import OpenAccount, open_account
from services.welfare.fund.open_account import post as post_account
from tests.story import TODAY, Desk, given
from tests.welfare.examples import ACCOUNT, ALLOCATED, OPENED

OPEN = OpenAccount(org_id="G01", purpose="aid", source="G")
COMMAND = Allocate(amount_fen=2_000_000, source_ref="B-2026-7")


def test_an_account_is_opened_once() -> None:
    given(FundAccount, id=ACCOUNT).when(open_account, OPEN).then(OPENED).when(open_account, OPEN).then_nothing()


def test_money_comes_in_once_for_each_document() -> None:
    funded = given(FundAccount, OPENED, id=ACCOUNT).when(allocate, COMMAND, TODAY).then(ALLOCATED)
    funded.when(allocate, COMMAND, TODAY).then_nothing()
    second = COMMAND.model_copy(update={"source_ref": "B-2026-8"})
    more = funded.when(allocate, second, TODAY).then(ALLOCATED.model_copy(update={"source_ref": "B-2026-8"}))
    assert more.state.available == 4_000_000


def test_one_document_has_one_amount() -> None:
    other = COMMAND.model_copy(update={"amount_fen": 1})
    given(FundAccount, OPENED, ALLOCATED, id=ACCOUNT).when(allocate, other, TODAY).then_refused(OtherAmount)


def test_an_account_must_be_open() -> None:
    given(FundAccount, id=ACCOUNT).when(allocate, COMMAND, TODAY).then_refused(NoSuchAccount)


@pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True])
def test_an_amount_is_whole_fen_and_more_than_nothing(amount: object) -> None:
    with pytest.raises(ValidationError):
        Allocate.model_validate({"amount_fen": amount, "source_ref": "B-1"})


async def test_the_routes() -> None:
    desk = Desk()
    await desk.does("admin", post_account, OPEN)
    (opened,) = desk.events()
    account_id = opened.account_id  # type: ignore[attr-defined]
    await desk.does("finance", post_allocation, account_id, COMMAND)
    await desk.does("finance", post_allocation, account_id, COMMAND)
    assert desk.events(after=1) == [ALLOCATED.model_copy(update={"account_id": account_id})]
