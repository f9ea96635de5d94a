"""What must hold in the end: the services show what the ledger says, and the topics are whole and clean."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.cli.database import SERVICES
from deploy.demo.command_line import gonghui
from deploy.demo.ledger import Account, Activity
from deploy.demo.personal_data import Scanner
from deploy.demo.stage import ADMIN, Stage, yuan
from deploy.demo.watch import Watch
from deploy.local.stack import Stack
from deploy.roster.api import Refusal, each
from deploy.roster.synthetic import GROUP, SyntheticGroup
from shared.kernel.ports import Record
from shared.kernel.settings import Settings
from shared.kernel.topic_scan import continuity, everything
from shared.kernel.view_check import CannotCompare, compare

SHOWN = 5
"""Of what is wrong, on the screen."""


@dataclass(frozen=True)
class Check:
    what: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


async def checks(stage: Stage, watch: Watch, stack: Stack, group: SyntheticGroup) -> AsyncIterator[Check]:
    """One after the other; nothing may go on meanwhile."""
    yield await seats(stage)
    yield await funds(stage)
    yield await aid(stage)
    yield await memberships(stage)
    yield await participation(stage)
    yield await left_and_moved(stage)
    yield await competition(stage)
    yield await voice_cases(stage)
    yield await hardship_files(stage)
    yield await ledger_whole(stack)
    settings = Settings(mongo_url=stack.mongo_url, kafka_bootstrap=stack.kafka_bootstrap)
    for name in SERVICES:
        yield await rebuilt(name, settings)
    records = await everything(settings)
    yield unbroken(records, watch)
    yield await asyncio.to_thread(clean, records, group)
    yield quarantine(watch)
    yield await alarms(watch, stack)


def _differ(what: str, expected: Any, found: Any) -> list[str]:
    return [] if expected == found else [f"{what}: {found!r} instead of {expected!r}"]


async def seats(stage: Stage) -> Check:
    """INV-A10: never more than there are, none twice, none left empty while somebody waits."""
    wrong: list[str] = []

    async def one(activity: Activity) -> None:
        card = await stage.see("activities", f"/activities/{activity.id}")
        expected = {
            "seats_taken": activity.seats_taken,
            "waiting": activity.waiting,
            "attended": len(activity.attended),
            "budget": "reserved" if activity.budget_fen else "none",
            "cost_fen": activity.cost_fen,
            "settlement": "settled" if activity.borne else "refused",
        }
        for name, value in expected.items():
            wrong.extend(_differ(f"{activity.org_id} {name}", value, card[name]))
        wrong.extend(await _seat_numbers(stage, activity))

    await each(stage.ledger.activities.values(), one)
    taken = sum(activity.seats_taken for activity in stage.ledger.activities.values())
    return Check(
        f"seats exact: {taken} taken in {len(stage.ledger.activities)} activities, costs settled or refused",
        tuple(wrong),
    )


async def _seat_numbers(stage: Stage, activity: Activity) -> list[str]:
    """As each member sees its own."""
    numbers: Counter[int] = Counter()

    async def one(member: str) -> None:
        mine = await stage.see("activities", f"/members/{member}/enrolments")
        if (number := mine["seats"].get(activity.id)) is not None:
            numbers[number] += 1

    await each(activity.enrolled, one)
    wrong = _differ(f"{activity.org_id} members with a seat", activity.seats_taken, numbers.total())
    twice = [number for number, times in numbers.items() if times > 1 or not 1 <= number <= activity.capacity]
    return wrong + _differ(f"{activity.org_id} seats given twice, or beyond capacity", [], sorted(twice))


async def funds(stage: Stage) -> Check:
    """INV-W1: what was put in, set aside, spent; never below zero."""
    wrong: list[str] = []

    async def one(account: Account) -> None:
        shown = await stage.see("welfare", f"/accounts/{account.id}")
        expected = {
            "credits": account.allocated,
            "reserved": account.reserved,
            "captured": account.captured,
            "available": account.available,
        }
        for name, value in expected.items():
            wrong.extend(_differ(f"account of {account.org_id} {name}", value, shown[name]))

    await each(stage.ledger.accounts.values(), one)
    last = stage.ledger.accounts[GROUP].available
    wrong += _differ("left of the group's account, in fen", 0, last)
    spent = sum(account.captured for account in stage.ledger.accounts.values())
    return Check(
        f"funds exact: {yuan(spent)} spent from {len(stage.ledger.accounts)} accounts, the group's is at ¥0",
        tuple(wrong),
    )


async def aid(stage: Stage) -> Check:
    rows = await stage.api.pages(ADMIN, "welfare", "/aid")
    shown = {row["id"]: row["status"] for row in rows}
    wrong = _counters("aid requests", Counter(stage.ledger.statuses.values()), Counter(shown.values()))
    wrong += [f"request {request}" for request, status in stage.ledger.statuses.items() if shown.get(request) != status]
    counts = ", ".join(f"{count} {status}" for status, count in sorted(Counter(shown.values()).items()))
    return Check(f"aid requests exact: {counts}", tuple(wrong))


async def memberships(stage: Stage) -> Check:
    """In the service that owns them, and in the one that only hears of them."""
    rates = await stage.api.pages(ADMIN, "members", "/kpi/membership-rate")
    heard = await stage.see("activities", "/kpi/participation", period=str(await year(stage)))
    expected = stage.ledger.active
    wrong = _counters("members", expected, Counter({row["org_id"]: row["active"] for row in rates}))
    wrong += _counters(
        "members, as activities knows", expected, Counter({row["org_id"]: row["active"] for row in heard})
    )
    return Check(
        f"memberships exact: {expected.total():,} active in {len(expected)} unions, in members and in activities",
        tuple(wrong),
    )


async def participation(stage: Stage) -> Check:
    rows = await stage.see("activities", "/kpi/participation", period=str(await year(stage)))
    expected = stage.ledger.participants
    wrong = _counters("participants", expected, Counter({row["org_id"]: row["participants"] for row in rows}))
    return Check(f"participation exact: {expected.total()} distinct members came", tuple(wrong))


async def year(stage: Stage) -> str:
    """In which the activities were held."""
    card = await stage.see("activities", f"/activities/{next(iter(stage.ledger.activities.values())).id}")
    return str(card["held_on"])[:4]


def _counters(what: str, expected: Counter[str], found: Counter[str]) -> list[str]:
    return [
        f"{what} {name}: {found[name]} instead of {expected[name]}"
        for name in sorted({*expected, *found})
        if expected[name] != found[name]
    ]


async def left_and_moved(stage: Stage) -> Check:
    """What other services made of an end and of a transfer."""
    wrong: list[str] = []
    for member, activities in stage.ledger.ended.items():
        mine = await stage.see("activities", f"/members/{member}/enrolments")
        for activity in activities:
            wrong += _differ("an enrolment of one who left", "cancelled", mine["enrolments"][activity])
    for member, org_id in stage.ledger.moved.items():
        card = await stage.see("members", f"/members/{member}")
        mine = await stage.see("activities", f"/members/{member}/enrolments")
        wrong += _differ("organisation of one who moved", (org_id, org_id), (card["org_id"], mine["org_id"]))
    return Check(
        f"other services followed: {len(stage.ledger.ended)} who left are enrolled nowhere, "
        f"{len(stage.ledger.moved)} who moved are where they moved to",
        tuple(wrong),
    )


async def competition(stage: Stage) -> Check:
    """INV-A2, A7, A11: the results as the players reckoned them, posted over both holidays, every prize paid."""
    contest = stage.ledger.contest
    result = await stage.see("activities", f"/competitions/{contest.id}/results")
    card = await stage.see("activities", f"/competitions/{contest.id}")
    paid, lines = sum(contest.prizes.values()), result["lines"]
    wrong = _differ("results, in hundredths", contest.finals, [line["final_x100"] for line in lines])
    placed = sorted(who for line in lines for who in line["member_ids"])
    wrong += _differ("entrants", sorted(contest.entrants), placed)
    wrong += _differ("posted", ("2026-09-24", "2026-10-09"), (result["posted_from"], result["posted_until"]))
    wrong += _differ("prizes paid, in fen", (paid, paid, {}), tuple(card[name] for name in _PRIZES))
    wrong += _differ("status", "archived", card["status"])
    told = f"{len(contest.finals)} results as reckoned by hand, {yuan(paid)} of prizes paid"
    return Check(f"competition exact: {told}", tuple(wrong))


_PRIZES = ("awarded_fen", "delivered_fen", "open_prizes")


async def voice_cases(stage: Stage) -> Check:
    """INV-W13: reopened once and to other hands; what nobody answered is overdue and not closed."""
    rows = {row["id"]: row for row in await stage.api.pages(ADMIN, "welfare", "/cases")}
    wrong = _differ("cases", sorted(stage.ledger.voices), sorted(rows))
    for voice in stage.ledger.voices.values():
        row = rows.get(voice.id, {})
        shown = row.get("status"), row.get("round"), bool(row.get("overdue_level"))
        wrong += _differ(f"case {voice.id}", (voice.status, 1 + voice.reopened, voice.overdue), shown)
    counts = Counter(voice.status for voice in stage.ledger.voices.values())
    overdue = sum(voice.overdue for voice in stage.ledger.voices.values())
    return Check(f"voice cases exact: {counts['closed']} closed, {overdue} overdue and open", tuple(wrong))


async def hardship_files(stage: Stage) -> Check:
    rows = await stage.api.pages(ADMIN, "welfare", "/hardship-files")
    shown = {row["id"]: (row["member_id"], row["status"], row["hardship_class"]) for row in rows}
    expected = {file_id: (member, "open", "DEEP") for file_id, member in stage.ledger.files.items()}
    return Check(f"hardship files exact: {len(expected)} open", tuple(_differ("files", expected, shown)))


async def ledger_whole(stack: Stack) -> Check:
    """As the fund-audit committee would see for itself."""
    what = "ledger verified: chains, signatures and the heads that are anchored in Kafka"
    try:
        await gonghui(stack, "ledger", "verify")
    except Refusal as broken:
        return Check(what, (str(broken),))
    return Check(what)


async def rebuilt(name: str, settings: Settings) -> Check:
    what = f"views of {name} equal to a rebuild, byte for byte"
    try:
        differences = await compare(SERVICES[name], settings)
    except CannotCompare as error:
        return Check(what, (str(error),))
    return Check(what, tuple(f"{one.view} {one.id}: {one.what}" for one in differences))


def unbroken(records: list[Record], watch: Watch) -> Check:
    """Positions 1, 2, 3 … of each service, each naming the one before it; as many as its relay says it published."""
    found = continuity(records)
    wrong = found.end()
    for service, status in _runners(watch).items():
        wrong += _differ(
            f"events of {service} in its topics", status["relay"]["published"], found.counts().get(service, 0)
        )
    again = f", {found.repeated} sent twice and told by their position" if found.repeated else ""
    return Check(f"continuity unbroken: {sum(found.counts().values()):,} events{again}", tuple(wrong))


def clean(records: list[Record], group: SyntheticGroup) -> Check:
    scanner = Scanner(group.personal)
    wrong = [finding for record in records for finding in scanner.record(record)]
    return Check(
        f"no personal data in topics: {len(records):,} records, {len(group.personal):,} names and numbers", tuple(wrong)
    )


def quarantine(watch: Watch) -> Check:
    wrong = [
        f"{service}: {count} {state}"
        for service, status in _runners(watch).items()
        for state, count in status["quarantine"].items()
        if count
    ]
    return Check("quarantine empty", tuple(wrong))


async def alarms(watch: Watch, stack: Stack) -> Check:
    """Neither a loss nor a fork since each process began, no partition that stands still, no log closed."""
    wrong: list[str] = []
    for service, status in _runners(watch).items():
        wrong += [
            f"{service} {row['topic']} {row['state']}" for row in status["runners"] if row["state"] != "following"
        ]
        wrong += [f"{service}: {status['relay']['closed']}"] if status["relay"]["closed"] else []
    async with httpx.AsyncClient(trust_env=False) as client:
        for process in stack.addresses()["processes"]:
            if process["service"]:
                text = (await client.get(f"http://127.0.0.1:{process['port']}/metrics")).text
                wrong += [f"{process['name']}: {line}" for line in text.splitlines() if _alarming(line)]
    return Check("no continuity alarm", tuple(wrong))


ALARMS = (
    "gonghui_continuity_losses_total",
    "gonghui_continuity_forks_total",
    "gonghui_relay_fork",
    "gonghui_fuse_blown",
)


def _alarming(line: str) -> bool:
    return line.startswith(ALARMS) and float(line.rpartition(" ")[2]) > 0


def _runners(watch: Watch) -> Mapping[str, dict[str, Any]]:
    """What the runners of each service said last; nobody may be silent now."""
    return {service: status or {} for service, status in watch.latest.items()}
