"""Last act: the activities are held and finished; an approved budget bears each cost, or it is heard that none does."""

from deploy.demo.ledger import Activity
from deploy.demo.opening import BUDGET, GROUP_BUDGET, THOUSAND
from deploy.demo.stage import ADMIN, Stage, officer, yuan
from deploy.roster.api import each
from deploy.roster.synthetic import GROUP

COME = 0.85
"""Share of those with a seat who come."""
LEAST = 8 * THOUSAND // 10
"""What an activity costs at least, and its budget at most."""
STEP = THOUSAND // 10


async def hold(stage: Stage) -> None:
    async def one(pair: tuple[Activity, str]) -> None:
        activity, member = pair
        body = {"member_id": member, "mode": stage.chance(f"mode {member}").choice(("qr", "list"))}
        path = f"/activities/{activity.id}/attendance"
        await stage.do(_organiser(activity), "activities", path, body, f"demo:{path}:{member}")
        activity.attended.add(member)
        stage.ledger.came_from[activity.id, member] = stage.home(member)

    activities = list(stage.ledger.activities.values())
    come = [
        (activity, member)
        for activity in activities
        for number, member in enumerate(activity.seated)
        if number == 0 or stage.chance(f"{activity.org_id} {number}").random() < COME
    ]
    await each(come, one)
    stage.say(f"{len(come)} members came to {len(activities)} activities 签到")


async def finish(stage: Stage) -> None:
    async def one(activity: Activity) -> None:
        account = stage.ledger.accounts[activity.org_id]
        cost = (
            GROUP_BUDGET
            if activity.org_id == GROUP
            else stage.chance(f"cost {activity.org_id}").randrange(LEAST, BUDGET + STEP, STEP)
        )
        await stage.do(_organiser(activity), "activities", f"/activities/{activity.id}/end", {"cost_fen": cost})
        activity.cost_fen = cost
        account.costs += cost if activity.borne else 0
        account.budgets.pop(activity.id, None)

    await each(stage.ledger.activities.values(), one)
    borne = sum(activity.cost_fen for activity in stage.ledger.activities.values() if activity.borne)
    stage.say(f"the activities cost {yuan(borne)}; the group's one another {yuan(GROUP_BUDGET)} that nobody approved")


def _organiser(activity: Activity) -> str:
    return ADMIN if activity.org_id == GROUP else officer(activity.org_id, "cadre")
