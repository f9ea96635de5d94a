"""What must hold when the faults have stopped: the driver's own file against the topics, the views and the ledger."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.cli.database import opened
from deploy.demo.checks import Check, ledger_whole
from deploy.demo.stage import UNHEARD, Stage
from deploy.roster.api import each
from shared.kernel.follower import ALARMS, ANEW
from shared.kernel.topic_scan import Continuity, continuity, everything
from tests.faults.book import Command, commands
from tests.faults.facts import Fact, Facts
from tests.faults.views import OWNERS
from tests.faults.world import NotRecovered, World

QUIET_WITHIN = 60.0
"""Seconds from the last fault and the last command until no outbox, no lag and no quarantine is left."""
EFFECTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "publish": (("ActivityPublished",),),
    "enrol": (("MemberEnrolled",), ("MemberWaitlisted",)),
    "cancel": (("EnrolmentCancelled",), ("EnrolmentCancelled", "WaitlistPromoted")),
    "fund": (("ActivityBudgetApproved",),),
    "check-in": (("AttendanceRecorded",),),
    "end": (("ActivityFinished",),),
    "ask": (("AidRequested",),),
    "review": (("AidReviewed",),),
    "approve": (("AidGranted", "FundReserved", "YearlyAllowanceUsed"),),
    "pay": (("AidPaid", "FundCaptured"),),
    "allocate": (("FundAllocated",),),
    "join": (("MemberJoined",),),
    "leave": (("MembershipEnded",),),
    "notice": (("NoticePosted",),),
}
"""The events that one command of a kind makes, sorted: one of these, and once."""
REFUSED_FOR = {"MoneyShort", *UNHEARD}
"""What the driver may be told: there is no money left, or the service has not heard of somebody in time."""
DEFECT = "Unexpected"
LIBRARY = "aiokafka"
"""What it logs, and what its tasks leave behind, is no alarm: what follows from it is seen in runners and relays."""
ALARMING = (ANEW, *ALARMS.values())
BY_THEMSELVES = {"ledger"}
"""Actors that act unasked."""


@dataclass
class Found:
    """Numbers for the table."""

    lost: int = 0
    twice: int = 0
    out_of_order: int = 0
    quiet_after: float = 0.0
    events: int = 0


@dataclass
class Evidence:
    """What there is to judge by."""

    world: World
    file: Path
    found: Found = field(default_factory=Found)
    book: list[Command] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)

    def happened(self, kind: str) -> Iterator[tuple[Command, list[Fact]]]:
        """Commands of a kind that took effect, as the topics tell; for certain ones that is checked apart."""
        for command in self.book:
            facts = self.facts.direct.get(command.intent.correlation)
            if command.intent.kind == kind and facts:
                yield command, facts


async def checks(world: World, file: Path, found: Found) -> AsyncIterator[Check]:
    """One after the other; nobody may send commands meanwhile."""
    yield await quiet(world, found)
    evidence = Evidence(world, file, found, list(commands(file)))
    records = await everything(world.settings)
    evidence.facts = Facts.of(records)
    found.events = len(evidence.facts.all)
    yield unbroken(continuity(records), found)
    yield once(evidence)
    yield nothing_else(evidence)
    yield reactions(evidence)
    yield refusals(evidence)
    yield await seats(evidence)
    yield await funds(evidence)
    yield await aid(evidence)
    yield await memberships(evidence)
    if world.cast.next_build:
        yield await channels(evidence)
    yield await ledger_whole(world.stack)
    for service in OWNERS:
        yield await folded(world, service)
    yield alarms(world)


async def quiet(world: World, found: Found) -> Check:
    """With the views of the build before gone, which nobody keeps any more."""
    if world.cast.next_build:
        async with opened("activities", world.stack.state) as core:
            await core.views.drop_set(core.service.view_set)
    try:
        found.quiet_after = await world.quiet(QUIET_WITHIN)
    except NotRecovered as error:
        return Check("outbox empty, nothing behind, no quarantine", (str(error),))
    return Check(f"outbox empty, nothing behind, no quarantine after {found.quiet_after:.1f} s")


def unbroken(told: Continuity, found: Found) -> Check:
    wrong = told.end()
    found.out_of_order = len(told.breaks)
    return Check(
        f"sequences gapless: {sum(told.counts().values()):,} events, {told.repeated:,} sent again", tuple(wrong)
    )


# -- one effect for each --------------------------------------------------------------------------------------------


def once(evidence: Evidence) -> Check:
    """An accepted command has its one effect, a refused one has none, an ambiguous one has it or not."""
    wrong: list[str] = []
    for command in evidence.book:
        made = tuple(sorted(evidence.facts.types(command.intent.correlation).elements()))
        if fault := _wrong_effect(command, made, evidence):
            wrong.append(f"{command.n} {command.intent.kind} {command.reply.known}: {fault}")
    accepted = sum(command.reply.known == "accepted" for command in evidence.book)
    return Check(f"each of {accepted:,} accepted commands has exactly one effect", tuple(wrong))


def _wrong_effect(command: Command, made: tuple[str, ...], evidence: Evidence) -> str:
    expected, reply = EFFECTS[command.intent.kind], command.reply
    if reply.known == "refused":
        return f"made {made}" if made else ""
    if made in expected:
        ids = {fact.id for fact in evidence.facts.direct[command.intent.correlation]}
        return "" if set(reply.events) <= ids else "other events than those of the answer"
    if not made and (reply.known == "ambiguous" or _over_already(command)):
        return ""
    evidence.found.lost += not made
    evidence.found.twice += len(made) > 1
    return f"made {made or 'nothing'}"


def _over_already(command: Command) -> bool:
    """What was asked for was so already: whoever left is enrolled nowhere."""
    return command.intent.kind == "cancel" and not command.reply.events


def nothing_else(evidence: Evidence) -> Check:
    """Every event that a request has made since the driver began is of a command in its file."""
    known, began = {command.intent.correlation for command in evidence.book}, evidence.world.began_at
    strangers = tuple(
        f"{fact.owner} {fact.position} {fact.type} of {fact.actor} in {fact.correlation}"
        for correlation, facts in evidence.facts.direct.items()
        if correlation not in known
        for fact in facts
        if fact.position > began[fact.owner] and fact.actor not in BY_THEMSELVES
    )
    evidence.found.twice += len(strangers)
    return Check("nothing that was not commanded has an effect", strangers)


def reactions(evidence: Evidence) -> Check:
    """One event causes another of a kind about a subject once; each budget and cost is answered, and that is heard."""
    wrong: list[str] = []
    for cause, facts in evidence.facts.caused.items():
        for (actor, what, subject), times in Counter((f.actor, f.type, f.subject) for f in facts).items():
            if times > 1:
                evidence.found.twice += times - 1
                wrong.append(f"{actor} made {what} of {subject} {times} times of {cause}")
    chains = [(facts[0], ANSWERS[kind]) for kind in ANSWERS for _, facts in evidence.happened(kind)]
    for fact, expected in chains:
        if (answers := _answers(evidence.facts, fact)) not in expected:
            evidence.found.lost += 1
            wrong.append(f"{fact.type} {fact.subject} led to {answers}")
    told = f"{len(chains)} budgets and costs were answered, and both services know"
    return Check(f"reactions once each: {told}", tuple(wrong))


RESERVED = ("ActivityBudgetReserved", "ActivityFunded", "FundReserved")
SETTLED = ("ActivityCostSettled", "ActivitySettled", "FundCaptured")
ANSWERS = {
    "fund": (RESERVED, ("ActivityBudgetRefused", "ActivityFundingRefused")),
    "end": (SETTLED, (*SETTLED, "FundReleased"), ("ActivityCostRefused", "ActivitySettlementRefused")),
}
"""What follows by itself, sorted, from commands of these kinds: one of these."""


def _answers(facts: Facts, cause: Fact) -> tuple[str, ...]:
    """Of an event and of what came of it, in the end."""
    made = list(facts.caused.get(cause.id, ()))
    for fact in made:
        made += facts.caused.get(fact.id, ())
    return tuple(sorted(fact.type for fact in made))


def refusals(evidence: Evidence) -> Check:
    codes = Counter(c.reply.code for c in evidence.book if c.reply.known == "refused" or c.reply.code == DEFECT)
    wrong = tuple(f"{count} × {code}" for code, count in codes.items() if code not in REFUSED_FOR)
    told = ", ".join(f"{count} {code}" for code, count in codes.most_common()) or "none"
    return Check(f"refused for good reason: {told}", wrong)


# -- what the services show -----------------------------------------------------------------------------------------


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
    """As each member sees its own."""
    numbers: Counter[int] = Counter()
    for member in sorted(members):
        mine = await stage.see("activities", f"/members/{member}/enrolments")
        if (number := mine["seats"].get(activity)) is not None:
            numbers[number] += 1
    twice = sorted(number for number, times in numbers.items() if times > 1 or not 1 <= number <= capacity)
    return _differ(f"seats of {activity} given twice, or beyond capacity", [], twice)


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
        if _answers(evidence.facts, facts[0]) == RESERVED:
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


async def folded(world: World, service: str) -> Check:
    """In a process of its own, for the next build declares the service anew."""
    what = f"views of {service} equal to a rebuild and to a fold of the log"
    which = "next" if service == "activities" and world.cast.next_build else "this"
    command = ("-m", "tests.faults.views", service, which, world.stack.mongo_url, world.stack.kafka_bootstrap)
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(300):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        return Check(what, (err.decode()[-1_000:],))
    return Check(what, tuple(out.decode().splitlines()))


# -- alarms ---------------------------------------------------------------------------------------------------------


def alarms(world: World) -> Check:
    """Of all processes since their beginning, as their logs have them: each one due, and no other."""
    raised: set[tuple[str, int]] = set()
    wrong: list[str] = []
    for line in errors(world.stack.state / "log"):
        where = line.get("topic", ""), int(line.get("partition", -1))
        if line["event"] not in ALARMING:
            wrong.append(
                f"{line.get('service')}: {line['event']} {line.get('exception', line.get('reason', ''))}"[:500]
            )
        elif where in world.cut:
            raised.add(where)
        else:
            wrong.append(f"{line.get('service')}: an alarm without a cause, {line['event']} {where}")
    wrong += [f"no alarm for {topic}[{number}], which was cut" for topic, number in world.cut - raised]
    return Check(f"alarms: {len(raised)} due, all raised, and no other", tuple(wrong))


def errors(folder: Path) -> Iterator[dict[str, Any]]:
    """What services have logged as errors; a line may have been cut by SIGKILL or by a full disk."""
    for file in sorted(folder.glob("*-*.log*")):
        for text in file.read_text(errors="replace").splitlines():
            if '"error"' in text or '"critical"' in text:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if line.get("level") in ("error", "critical") and not _of_the_library(line):
                    yield line


def _of_the_library(line: Mapping[str, Any]) -> bool:
    logger, event = line.get("logger", ""), line["event"]
    return logger.startswith(LIBRARY) or (logger == "asyncio" and f"/{LIBRARY}/" in event.partition("exception=")[0])
