from services.welfare import service
from services.welfare.fund.account import Account
from shared.kernel.event import Event
from tests.story import shown
from tests.welfare.examples import (
    ACCOUNT,
    ALLOCATED,
    OPENED,
    OTHER_REF,
    captured,
    released,
    reserved,
    returned,
)


def _balance(*events: Event) -> tuple[int, int, int, int]:
    account = shown(service, Account, [OPENED, ALLOCATED, *events])[ACCOUNT]
    return account.credits, account.reserved, account.captured, account.available


def test_an_account_shows_its_balance() -> None:
    assert shown(service, Account, [OPENED])[ACCOUNT] == Account(ACCOUNT, "G01", "aid", "G")
    assert _balance() == (2_000_000, 0, 0, 2_000_000)
    assert _balance(reserved()) == (2_000_000, 500_000, 0, 1_500_000)
    assert _balance(reserved(), captured()) == (2_000_000, 0, 500_000, 1_500_000)
    assert _balance(reserved(), released()) == (2_000_000, 0, 0, 2_000_000)
    assert _balance(reserved(), captured(), returned()) == (2_000_000, 0, 0, 2_000_000)


def test_what_was_spent_at_once_was_never_set_aside() -> None:
    assert _balance(reserved(), captured(OTHER_REF, 1, was_reserved=False)) == (2_000_000, 500_000, 1, 1_499_999)
