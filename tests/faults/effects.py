"""One effect for each command: the driver's own file against what the topics tell."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from deploy.demo.checks import Check
from deploy.demo.stage import UNHEARD
from tests.faults.book import Command
from tests.faults.evidence import Evidence
from tests.faults.facts import Fact, Facts

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
SAID = {
    "member": ("member_id",),
    "activity": ("activity_id",),
    "request": ("request_id",),
    "account": ("account_id", "budget_ref"),
    "org": ("org_id",),
    "capacity": ("capacity",),
    "amount": ("amount_fen", "cost_fen"),
    "budget": ("budget_fen",),
}
"""How an event says what a command was about."""
OF_ANOTHER = {"WaitlistPromoted"}
"""Names the one who moves up, not the one who made room."""
REFUSED_FOR = {"MoneyShort", *UNHEARD}
"""What the driver may be told: there is no money left, or the service has not heard of somebody in time."""
DEFECT = "Unexpected"
BY_THEMSELVES = {"ledger"}
"""Actors that act unasked."""
TIMERS = "timer:"


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
        evidence.found.twice += bool(made)
        return f"made {made}" if made else ""
    if made in expected:
        return _other_than_told(command, evidence.facts.direct[command.intent.correlation])
    if not made and (reply.known == "ambiguous" or _over_already(command)):
        return ""
    evidence.found.lost += not made
    evidence.found.twice += len(made) > 1
    return f"made {made or 'nothing'}"


def _other_than_told(command: Command, facts: Sequence[Fact]) -> str:
    """What was answered is what is there, and it says what was commanded."""
    if not set(command.reply.events) <= {fact.id for fact in facts}:
        return "other events than those of the answer"
    for fact in facts:
        for about, meant in command.intent.about.items():
            said = [fact.body[name] for name in SAID.get(about, ()) if name in fact.body]
            if fact.type not in OF_ANOTHER and any(value != meant for value in said):
                return f"{about} of {fact.type} is {said[0]!r} instead of {meant!r}"
    return ""


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
    strangers += tuple(_without_cause(evidence))
    evidence.found.twice += len(strangers)
    return Check("nothing that was not commanded has an effect", strangers)


def _without_cause(evidence: Evidence) -> Iterator[str]:
    """What an event is said to have caused that nobody knows; timers are their own cause."""
    known = {fact.id for fact in evidence.facts.all}
    for cause, facts in evidence.facts.caused.items():
        for fact in facts if cause not in known else ():
            if not fact.actor.startswith(TIMERS):
                yield f"{fact.owner} {fact.position} {fact.type} of {fact.actor}, caused by the unknown {cause}"


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
        if (made := answers(evidence.facts, fact)) not in expected:
            evidence.found.lost += 1
            wrong.append(f"{fact.type} {fact.subject} led to {made}")
    told = f"{len(chains)} budgets and costs were answered, and both services know"
    return Check(f"reactions once each: {told}", tuple(wrong))


RESERVED = ("ActivityBudgetReserved", "ActivityFunded", "FundReserved")
SETTLED = ("ActivityCostSettled", "ActivitySettled", "FundCaptured")
ANSWERS = {
    "fund": (RESERVED, ("ActivityBudgetRefused", "ActivityFundingRefused")),
    "end": (SETTLED, (*SETTLED, "FundReleased"), ("ActivityCostRefused", "ActivitySettlementRefused")),
}
"""What follows by itself, sorted, from commands of these kinds: one of these."""


def answers(facts: Facts, cause: Fact) -> tuple[str, ...]:
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
