"""First act: officers are appointed, fund accounts opened and filled, activities published."""

from deploy.demo.ledger import Account, Activity
from deploy.demo.stage import ADMIN, GROUP_OFFICES, JUDGES, OFFICES, Stage, days, officer, yuan
from deploy.roster.api import each
from deploy.roster.synthetic import GROUP

THOUSAND = 1_000 * 100
"""Yuan, in fen."""
GROUP_FUND = 120 * THOUSAND
BUDGET = 3 * THOUSAND
"""Of each activity of a subsidiary."""
GROUP_BUDGET = 8 * THOUSAND
"""Of the group's activity; it stands there, and nobody approves it."""
LIMITS = {
    "living": 600 * THOUSAND,
    "medical": 600 * THOUSAND,
    "study": 600 * THOUSAND,
    "job": 600 * THOUSAND,
    "prize": 5 * THOUSAND,
    "minimum_living": 1_062 * 100,
}
KINDS = ("STUDY", "SPORT", "CULTURE", "OUTING", "HEALTH", "TRAINING")


async def appoint(stage: Stage) -> None:
    async def grant(given: tuple[str, str, str]) -> None:
        actor, role, org_id = given
        body = {"actor_id": actor, "role": role, "org_id": org_id}
        await stage.do(ADMIN, "members", "/roles", body, f"demo:role:{actor}:{role}")

    below = stage.subsidiaries
    places = [(officer(org_id, office), role, org_id) for org_id in below for office, role in OFFICES.items()]
    places += [(officer(GROUP, office), role, GROUP) for office, role in GROUP_OFFICES.items()]
    places += [(judge, "JUDGE", GROUP) for judge in JUDGES]
    await each(places, grant)
    stage.say(f"{len(places)} officers of {len(stage.subsidiaries)} subsidiaries and of the group have their roles")


async def set_limits(stage: Stage) -> None:
    """What a member may get in a year, by kind of aid; what a prize may be; the minimum living standard of a place."""

    async def one(limit: tuple[str, int]) -> None:
        kind, cap = limit
        body = {"kind": kind, "cap_fen": cap, "effective_from": f"{stage.today:%Y}-01-01", "source_ref": f"G/{kind}"}
        await stage.do(ADMIN, "welfare", "/policy-limits", {**body, "org_id": GROUP}, f"demo:limit:{kind}")

    await each(LIMITS.items(), one)
    stage.say(f"{len(LIMITS)} limits 标准 are policy data, in force from {stage.today:%Y}-01-01")


async def open_accounts(stage: Stage) -> None:
    async def fill(org_id: str) -> None:
        amount = GROUP_FUND if org_id == GROUP else stage.chance(f"fund of {org_id}").randrange(16, 25) * THOUSAND
        body = {"org_id": org_id, "purpose": "aid", "source": "budget"}
        account = Account(
            (await stage.do(ADMIN, "welfare", "/accounts", body, f"demo:account:{org_id}")).subject, org_id
        )
        stage.ledger.accounts[org_id] = account
        entry = {"amount_fen": amount, "source_ref": f"BUDGET/{org_id}"}
        await stage.do(ADMIN, "welfare", f"/accounts/{account.id}/allocations", entry)
        account.allocated += amount

    await each([GROUP, *stage.subsidiaries], fill)
    total = sum(account.allocated for account in stage.ledger.accounts.values())
    stage.say(f"{len(stage.ledger.accounts)} fund accounts 资金账户 hold {yuan(total)}")


async def publish(stage: Stage, members: dict[str, list[str]]) -> None:
    """One activity in each subsidiary, smaller than the number of its members; none where nobody is. The chair
    approves what it may cost."""

    async def one(org_id: str) -> None:
        capacity = max(1, min(12, len(members[org_id]) // 2))
        kind = stage.chance(f"kind of {org_id}").choice(KINDS)
        activity = await published(stage, officer(org_id, "cadre"), org_id, capacity, kind, BUDGET)
        await approve_budget(stage, activity)

    playing = stage.playing(members)
    await each(playing, one)
    stage.say(f"{len(playing)} budgets of {yuan(BUDGET)} approved by the chairs and set aside 预算占用")


async def approve_budget(stage: Stage, activity: Activity) -> None:
    """By somebody else than who published it; the fund sets it aside."""
    path, account = f"/activities/{activity.id}", stage.ledger.accounts[activity.org_id]
    await stage.do(officer(activity.org_id, "chair"), "activities", f"{path}/budget-approval")
    activity.budget_fen = account.budgets[activity.id] = BUDGET
    await stage.until("activities", path, lambda card: card["budget"] == "reserved")


async def published(stage: Stage, actor: str, org_id: str, capacity: int, kind: str, budget: int) -> Activity:
    account = stage.ledger.accounts[org_id].id
    said = {"org_id": org_id, "kind": kind, "capacity": capacity, "budget_ref": account, "budget_fen": budget}
    body = {**said, **days()}
    answer = await stage.do(actor, "activities", "/activities", body, f"demo:activity:{org_id}")
    activity = Activity(answer.subject, org_id, capacity, account)
    stage.ledger.activities[org_id] = activity
    return activity
