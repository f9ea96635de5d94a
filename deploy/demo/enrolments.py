"""Second act: enrolments. Many more members than seats want the last ones at once; the service is killed meanwhile."""

from collections.abc import Awaitable, Callable, Sequence

from deploy.demo.ledger import Activity
from deploy.demo.opening import GROUP_BUDGET, published
from deploy.demo.stage import ADMIN, Stage
from deploy.roster.api import each
from deploy.roster.synthetic import GROUP

AT_ONCE = 64
INTERESTED = 200
"""Members who want to come to the group's activity."""
LAST_SEATS = 10


async def enrol(stage: Stage, activity: Activity, member: str) -> None:
    answer = await stage.do(member, "activities", f"/activities/{activity.id}/enrolments/{member}")
    activity.enrolled[member] = "MemberEnrolled" in answer.events


async def give_up(stage: Stage, activity: Activity, member: str) -> None:
    await stage.do(member, "activities", f"/activities/{activity.id}/enrolments/{member}/cancellation")
    activity.left.add(member)


async def in_subsidiaries(stage: Stage, members: dict[str, list[str]]) -> None:
    """More than there are seats; then one who has a seat gives it up."""

    async def one(activity: Activity) -> None:
        here = members[activity.org_id][: activity.capacity + 3]
        for member in here:
            await enrol(stage, activity, member)
        await give_up(stage, activity, here[0])

    small = list(stage.ledger.activities.values())
    await each(small, one)
    seats, wanted = sum(activity.capacity for activity in small), sum(len(activity.enrolled) for activity in small)
    stage.say(f"{wanted} members enrolled for {seats} seats in {len(small)} activities; one in each gave it up again")


async def race(stage: Stage, members: Sequence[str], in_the_middle: Callable[[], Awaitable[None]]) -> None:
    """Until ten seats are left they come a few at a time; then all others at once."""
    interested = members[:INTERESTED]
    activity = await published(stage, ADMIN, GROUP, max(LAST_SEATS, len(interested) // 4), "CULTURE", GROUP_BUDGET)
    early, late = interested[: activity.capacity - LAST_SEATS], interested[activity.capacity - LAST_SEATS :]
    await each(early, lambda member: enrol(stage, activity, member), at_once=4)
    repeated, answered = stage.api.repeated, 0

    async def one(member: str) -> None:
        nonlocal answered
        await enrol(stage, activity, member)
        answered += 1
        if answered == len(late) // 4:
            await in_the_middle()

    await each(late, one, at_once=AT_ONCE)
    seated = sum(activity.enrolled[member] for member in late)
    stage.say(
        f"{len(late)} members at once for the last {LAST_SEATS} seats: {seated} have one, {len(late) - seated} wait; "
        f"{stage.api.repeated - repeated} requests were sent again"
    )
    for member in early[:3]:
        await give_up(stage, activity, member)
    stage.say("3 who had a seat gave it up, and the first 3 who waited moved up")
