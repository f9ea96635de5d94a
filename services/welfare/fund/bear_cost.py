"""An account bears what another service has decided to spend, or it is said why it does not."""

from collections.abc import Callable, Iterable

from services.welfare.fund.fund_account import FundAccount, MoneyShort
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.event import Event
from shared.kernel.work import NotYet, Work
from shared.values.org_path import OrgPath, contains
from shared.values.words import CostRefusal

PathOf = Callable[[str], OrgPath | None]


def bears(fund: FundAccount, org_id: str, path_of: PathOf) -> bool:
    """Whether an account may bear what is spent in an organisation: its own, or one above it."""
    scope, place = path_of(fund.org_id), path_of(org_id)
    if scope is None or place is None:
        raise OrganisationUnknownHere(org_id=fund.org_id if scope is None else org_id)
    return contains(scope, place)


async def bear(
    account_id: str, org_id: str, move: Callable[[FundAccount], Iterable[Event]], work: Work
) -> CostRefusal | None:
    """Move the money; why that is not possible, or None."""
    fund = await work.state(FundAccount, account_id)
    if fund.status != "open":
        return "no_such_account"
    try:
        if not bears(fund, org_id, work.directory.path):
            return "not_entitled"
        await work.change(FundAccount, account_id, move)
    except OrganisationUnknownHere as unknown:
        raise NotYet("the directory does not know the organisation") from unknown
    except MoneyShort:
        return "money_short"
    return None
