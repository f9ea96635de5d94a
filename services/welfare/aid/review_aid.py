"""Support a request and name the account that is to bear it:  POST /aid/{request_id}/review  ->  AidReviewed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.aid.aid import Aid, NotInThisState
from services.welfare.fund.bear_cost import PathOf, bears
from services.welfare.fund.fund_account import FundAccount, NoSuchAccount
from services.welfare.service import service
from shared.events.welfare.aid import AidReviewed
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AccountId, AidId
from shared.values.roles import Role


class ReviewAid(Command):
    account_id: AccountId


class OtherPeoplesMoney(Conflict):
    """That account belongs to {org_id}, which does not stand above the member's organisation; name another account.
    该账户属于 {org_id}，不是会员所在工会及其上级的账户，请更换账户。"""


def review(
    aid: Aid, command: ReviewAid, fund: FundAccount, path_of: PathOf, by: Actor, on: date
) -> Iterator[AidReviewed]:
    match aid.status:
        case "reviewed" if (aid.did("review"), aid.account_id) == (by.id, command.account_id):
            return
        case "asked":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    aid.must_be_other_hands(by, "review")
    if fund.status != "open":
        raise NoSuchAccount()
    if not bears(fund, aid.org_id, path_of):
        raise OtherPeoplesMoney(org_id=fund.org_id)
    yield AidReviewed(
        request_id=aid.id,
        member_id=aid.member_id,
        org_id=aid.org_id,
        account_id=fund.id,
        fund_org_id=fund.org_id,
        reviewer_id=by.id,
        on=on,
    )


@service.post("/aid/{request_id}/review", role=Role.FIRST_APPROVER, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: ReviewAid, work: Work) -> None:
    fund = await work.state(FundAccount, command.account_id)
    path_of = work.directory.path
    await work.change(Aid, request_id, lambda aid: review(aid, command, fund, path_of, work.actor, work.today))
