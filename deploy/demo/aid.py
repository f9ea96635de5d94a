"""Fourth act: aid 困难救助, every step by other hands; in the end fifty approvals want the last of the money."""

from collections.abc import Iterable, Sequence

from deploy.demo.ledger import Account
from deploy.demo.opening import THOUSAND
from deploy.demo.stage import Stage, subsidiary_of, yuan
from deploy.roster.api import Refusal, accepted, each
from deploy.roster.synthetic import GROUP

APPROVALS = 50
LAST_MONEY = 20 * THOUSAND
ONE_GRANT = 1 * THOUSAND
LARGE_GRANT = 5 * THOUSAND
TYPES = ("living", "medical", "study", "job")


async def ask(stage: Stage, member: str, amount: int, key: str, file_id: str | None = None) -> str:
    """Id of the request."""
    body = {"org_id": stage.home(member), "aid_type": stage.chance(f"type {key}").choice(TYPES), "amount_fen": amount}
    if file_id:
        body["file_id"] = file_id
    request = (await stage.do(member, "welfare", f"/members/{member}/aid", body, f"demo:aid:{key}")).subject
    stage.ledger.statuses[request] = "asked"
    return request


async def review(stage: Stage, member: str, request: str, account: Account) -> None:
    await stage.do(stage.officer_of(member, "chair"), "welfare", f"/aid/{request}/review", {"account_id": account.id})
    stage.ledger.statuses[request] = "reviewed"


async def approve(stage: Stage, member: str, request: str, account: Account, amount: int) -> str:
    """Code of the refusal; empty if it was granted."""
    head, path = stage.officer_of(member, "head"), f"/aid/{request}/approval"
    answer = await stage.api.post(head, "welfare", path, {"amount_fen": amount}, key=f"demo:{path}")
    if answer.accepted:
        account.granted[request] = amount
        stage.ledger.statuses[request] = "granted"
    return answer.refusal


async def pay(stage: Stage, member: str, request: str, account: Account) -> None:
    body = {"voucher_ref": f"V-{request[:13]}", "paid_on": stage.today.isoformat()}
    await stage.do(stage.officer_of(member, "finance"), "welfare", f"/aid/{request}/payment", body)
    account.paid.add(request)
    stage.ledger.statuses[request] = "paid"


async def on_file(stage: Stage, member: str, file_id: str) -> None:
    """Aid that stands on a hardship file: granted, and paid by the member's own subsidiary."""
    account = stage.ledger.accounts[subsidiary_of(stage.home(member))]
    request = await ask(stage, member, ONE_GRANT, f"file:{file_id}", file_id)
    await review(stage, member, request, account)
    _must(await approve(stage, member, request, account, ONE_GRANT))
    await pay(stage, member, request, account)


async def fail_and_reverse(stage: Stage, member: str, request: str, account: Account) -> None:
    """The bank sends the payment back, and the grant is taken back."""
    failed = {"code": "account_closed"}
    await stage.do(stage.officer_of(member, "finance"), "welfare", f"/aid/{request}/payment-failure", failed)
    unpayable = {"reason_code": "unpayable"}
    await stage.do(stage.officer_of(member, "head"), "welfare", f"/aid/{request}/reversal", unpayable)
    del account.granted[request]
    stage.ledger.statuses[request] = "reversed"


async def in_subsidiaries(stage: Stage, members: dict[str, list[str]]) -> None:
    """Three requests in each: one is paid, one granted, one only reviewed. One payment comes back."""
    places = stage.playing(members)
    largest = max(places, key=lambda org_id: len(members[org_id]))

    async def one(org_id: str) -> None:
        account = stage.ledger.accounts[org_id]
        for number, member in enumerate(members[org_id][-3:]):
            amount = stage.chance(f"aid {org_id} {number}").randrange(20, 41) * THOUSAND // 10
            request = await ask(stage, member, amount, f"{org_id}:{number}")
            await review(stage, member, request, account)
            if number < 2:
                _must(await approve(stage, member, request, account, amount))
            if number == 0:
                await pay(stage, member, request, account)
            elif number == 1 and org_id == largest:
                await fail_and_reverse(stage, member, request, account)

    await each(places, one)
    stage.say(
        f"{len(stage.ledger.statuses)} requests for aid 困难救助 in {len(places)} subsidiaries; one payment came back"
    )


async def race(stage: Stage, members: Sequence[str]) -> None:
    """First the group's account is drawn down to the last ¥20,000, then fifty approvals of ¥1,000 come at once."""
    account = stage.ledger.accounts[GROUP]
    large = [members[number % len(members)] for number in range((account.available - LAST_MONEY) // LARGE_GRANT)]
    await each(enumerate(large), lambda one: _granted_and_paid(stage, one, account))
    asking = [members[number % len(members)] for number in range(APPROVALS)]
    asked: list[tuple[str, str]] = []

    async def prepare(one: tuple[int, str]) -> None:
        number, member = one
        request = await ask(stage, member, ONE_GRANT, f"last:{number}")
        await review(stage, member, request, account)
        asked.append((member, request))

    await each(enumerate(asking), prepare)
    before, refusals = account.available, list[str]()

    async def one(pair: tuple[str, str]) -> None:
        member, request = pair
        refusals.append(await approve(stage, member, request, account, ONE_GRANT))

    await each(asked, one, at_once=APPROVALS)
    granted = refusals.count("")
    stage.say(
        f"{APPROVALS} approvals of {yuan(ONE_GRANT)} at once for the last {yuan(before)}: {granted} granted, "
        f"{APPROVALS - granted} refused for want of money"
    )
    if set(refusals) - {"", "MoneyShort"}:
        raise Refusal(f"approvals were refused for another reason: {', '.join(sorted(set(refusals)))}")


async def _granted_and_paid(stage: Stage, one: tuple[int, str], account: Account) -> None:
    number, member = one
    request = await ask(stage, member, LARGE_GRANT, f"large:{number}")
    await review(stage, member, request, account)
    _must(await approve(stage, member, request, account, LARGE_GRANT))
    await pay(stage, member, request, account)


def _must(refusal: str) -> None:
    if refusal:
        raise Refusal(refusal)


async def after_transfer(stage: Stage, members: Iterable[str]) -> None:
    """Welfare has heard where they are now: there, and only there, they may ask."""
    for member in members:
        accepted(await stage.api.get(member, "members", f"/members/{member}"))
        await ask(stage, member, ONE_GRANT, f"moved:{member}")
