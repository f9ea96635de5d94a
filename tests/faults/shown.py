"""What the services show, against what was commanded: seats, money, requests, members."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from deploy.cli.database import opened
from deploy.demo.checks import Check
from deploy.demo.stage import Stage
from deploy.roster.api import each
from tests.faults.book import Command
from tests.faults.effects import RESERVED, answers
from tests.faults.evidence import Evidence
from tests.faults.facts import Fact


def _differ(what: str, expected: Any, found: Any) -> list[str]:
    return [] if expected == found else [f"{what}: {found!r} instead of {expected!r}"]


async def seats(evidence: Evidence) -> Check:
    """INV-A10: as many as there are, none twice, none empty while somebody waits."""
    stage, wrong = evidence.world.stage, list[str]()
    enrolled: dict[str, set[str]] = defaultdict(set)
    left = {command.intent.about["member"] for command, _ in evidence.happened("leave")}
    for command, _ in evidence.happened("enrol"):
        enrolled[command.intent.about["activity"]].add(command.intent.about["member"])
    for command, _ in evidence.happened("cancel"):
        enrolled[command.intent.about["activity"]].discard(command.intent.about["member"])

    async def one(published: tuple[Command, list[Fact]]) -> None:
        command, facts = published
        activity, capacity = facts[0].subject, command.intent.about["capacity"]
        here = enrolled[activity] - left
        card = await stage.see("activities", f"/activities/{activity}")
        shown = card["seats_taken"], card["waiting"]
        wrong.extend(_differ(f"seats of {activity}", (min(capacity, len(here)), max(0, len(here) - capacity)), shown))
        wrong.extend(await _numbers(stage, activity, capacity, here))

    published = list(evidence.happened("publish"))
    await each(published, one)
    return Check(f"seats exact in {len(published)} activities", tuple(wrong))


async def _numbers(stage: Stage, activity: str, capacity: int, members: Iterable[str]) -> list[str]:
    """As each member sees its own: as many as there can be, each once."""
    numbers: Counter[int] = Counter()
    for member in sorted(members):
        mine = await stage.see("activities", f"/members/{member}/enrolments")
        if (number := mine["seats"].get(activity)) is not None:
            numbers[number] += 1
    twice = sorted(number for number, times in numbers.items() if times > 1 or not 1 <= number <= capacity)
    wrong = _differ(f"seats of {activity} given twice, or beyond capacity", [], twice)
    return wrong + _differ(f"members with a seat of {activity}", min(capacity, len(set(members))), numbers.total())


async def funds(evidence: Evidence) -> Check:
    """INV-W1: what was put in, set aside and spent; never below zero."""
    stage, wrong = evidence.world.stage, list[str]()
    credits: Counter[str] = Counter({one.id: one.allocated for one in stage.ledger.accounts.values()})
    granted: dict[str, Command] = {c.intent.about["request"]: c for c, _ in evidence.happened("approve")}
    paid = {command.intent.about["request"] for command, _ in evidence.happened("pay")}
    captured, reserved = Counter[str](), Counter[str]()
    for command, _ in evidence.happened("allocate"):
        credits[command.intent.about["account"]] += command.intent.about["amount"]
    for request, command in granted.items():
        (captured if request in paid else reserved)[command.intent.about["account"]] += command.intent.about["amount"]
    costs = {
        command.intent.about["activity"]: command.intent.about["amount"] for command, _ in evidence.happened("end")
    }
    for command, facts in evidence.happened("fund"):
        about = command.intent.about
        if answers(evidence.facts, facts[0]) == RESERVED:
            spent = costs.get(about["activity"])
            captured[about["account"]] += spent or 0
            reserved[about["account"]] += about["budget"] if spent is None else 0
    for account in credits:
        shown = await stage.see("welfare", f"/accounts/{account}")
        left = credits[account] - captured[account] - reserved[account]
        expected = credits[account], captured[account], reserved[account], left
        found = shown["credits"], shown["captured"], shown["reserved"], shown["available"]
        wrong += _differ(f"account {account}", expected, found)
        wrong += [f"account {account} is below zero"] if left < 0 else []
    return Check(
        f"funds exact in {len(credits)} accounts, {len(granted)} grants, {len(paid)} of them paid", tuple(wrong)
    )


async def aid(evidence: Evidence) -> Check:
    expected: dict[str, str] = {facts[0].subject: "asked" for _, facts in evidence.happened("ask")}
    for kind, status in (("review", "reviewed"), ("approve", "granted"), ("pay", "paid")):
        expected |= {command.intent.about["request"]: status for command, _ in evidence.happened(kind)}
    rows = await evidence.world.stage.api.pages("admin", "welfare", "/aid")
    shown = {row["id"]: row["status"] for row in rows}
    wrong = [line for request, status in expected.items() for line in _differ(request, status, shown.get(request))]
    return Check(f"aid requests exact: {len(expected)}", tuple(wrong + _differ("requests", len(expected), len(shown))))


async def memberships(evidence: Evidence) -> Check:
    """In members, and in activities, which only hears of them."""
    stage = evidence.world.stage
    active = Counter(evidence.world.cast.homes.values())
    joined = {facts[0].subject: command.intent.about["org"] for command, facts in evidence.happened("join")}
    left = {command.intent.about["member"] for command, _ in evidence.happened("leave")}
    active.update(org for member, org in joined.items() if member not in left)
    rates = await stage.api.pages("admin", "members", "/kpi/membership-rate")
    heard = await stage.see("activities", "/kpi/participation", period=str(stage.today.year))
    wrong = _differ("members", +active, +Counter({row["org_id"]: row["active"] for row in rates}))
    wrong += _differ("in activities", +active, +Counter({row["org_id"]: row["active"] for row in heard}))
    return Check(f"memberships exact: {active.total()}, of whom {len(joined) - len(left)} came", tuple(wrong))


async def channels(evidence: Evidence) -> Check:
    """The next build's own view: older enrolments are read by the upcast, notices are there once."""
    came = [fact for fact in evidence.facts.all if fact.type == "MemberEnrolled"]
    expected = Counter(
        {
            "counter": sum(fact.version == 1 for fact in came),
            "online": sum(fact.version == 2 for fact in came),
            "notices": sum(1 for _ in evidence.happened("notice")),
        }
    )
    shown: Counter[str] = Counter()
    async with opened("activities", evidence.world.stack.state) as core:
        version = core.service.views_version + 1
        for row in await core.views.rows(f"v{version}_channels", {}):
            shown.update({name: row[name] for name in expected})
    told = f"{expected['counter']} enrolments of version 1, {expected['online']} of version 2"
    return Check(
        f"next build exact: {told}, {expected['notices']} notices", tuple(_differ("channels", +expected, +shown))
    )
