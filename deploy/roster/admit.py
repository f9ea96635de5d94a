"""A roster's members: newcomers are admitted in batches, a few on their way at a time; who is a member already and
differs is changed, or transferred: requested by the one, accepted by the other."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

from deploy.roster.api import accepted, each
from deploy.roster.brought_in import Outcome
from deploy.roster.fault import Fault
from deploy.roster.plan import Plan, organisation_refused, without_place
from deploy.roster.run import Run
from deploy.roster.sheets import MEMBERS
from deploy.roster.workbook import MemberRow, Roster
from services.members.membership.admit_members import OutsideBatch, SamePerson
from services.members.membership.join_member import (
    EARLIEST,
    YOUNGEST,
    AlreadyMember,
    BirthNotPossible,
    JoinsBeforeEnd,
    JoinsInFuture,
    JoinsTooYoung,
    must_fit_the_day,
)
from services.members.organisation.organisation import HoldsNoMembers, NotEstablished
from shared.kernel.refusal import Refused
from shared.values.org_path import contains

BATCH = 200
"""Members in one command."""
UNDER_WAY = 3
"""Batches on their way: enough to keep the service busy."""

COLUMN: dict[type[Refused], str] = {
    AlreadyMember: "org_id",
    BirthNotPossible: "id_number",
    HoldsNoMembers: "org_id",
    JoinsBeforeEnd: "joined_on",
    JoinsInFuture: "joined_on",
    JoinsTooYoung: "joined_on",
    NotEstablished: "org_id",
    OutsideBatch: "org_id",
    SamePerson: "id_number",
}
"""Refusals of a row in a batch, and the cell that each is about."""
REFUSALS = {refusal.__name__: refusal for refusal in COLUMN}


async def admit(run: Run, roster: Roster) -> None:
    """Raises Refusal, NoAnswer, CannotRead."""
    rows = roster.members()
    turn = asyncio.Lock()

    async def worker(_: int) -> None:
        while True:
            async with turn:
                taken = await asyncio.to_thread(lambda: list(islice(rows, BATCH)))
            if not taken:
                return
            await _batch(run, list(_sound(run, taken)))
            run.done(len(taken))

    await each(range(UNDER_WAY), worker, UNDER_WAY)


def faults_of(made: MemberRow | tuple[Fault, ...], plan: Plan) -> tuple[Fault, ...]:
    if not isinstance(made, MemberRow):
        return made
    fault = without_place(made, plan)
    return (fault,) if fault else ()


def foreseen_of(row: MemberRow, plan: Plan, today: date) -> tuple[Fault, ...]:
    """What the service will refuse of a row, whoever the person is."""
    known = plan.known.get(row.org_id)
    try:
        if known and not contains(plan.known[plan.top].path, known.path):
            raise OutsideBatch(org_id=row.org_id)
        must_fit_the_day(row.join.id_number, row.join.joined_on or today, today)
    except Refused as refused:
        return (_fault(row, refused),)
    return ()


def _sound(run: Run, rows: Sequence[MemberRow | tuple[Fault, ...]]) -> Iterator[MemberRow]:
    for made in rows:
        faults = faults_of(made, run.plan)
        if isinstance(made, MemberRow) and not faults:
            if made.org_id not in run.refused:
                yield made
                continue
            faults = (organisation_refused(made),)
        run.result.rejected += faults


async def _batch(run: Run, rows: Sequence[MemberRow]) -> None:
    if not rows:
        return
    joins = [row.join.model_dump(mode="json", exclude_none=True) for row in rows]
    body = {"org_id": run.plan.top, "rows": joins}
    answer = await run.api.post(run.hands.actor, "members", "/admissions", body, key=f"{run.id}-{rows[0].row}")
    if not answer.accepted:
        await each(rows, lambda row: _single(run, row))
    elif not answer.events:
        run.result.members["unchanged"] += len(rows)
    else:
        told = accepted(await run.api.get(run.hands.actor, "members", f"/admissions/{answer.subject}")).body["rows"]
        await each(zip(rows, told, strict=True), lambda one: _decided(run, *one))


async def _decided(run: Run, row: MemberRow, told: dict[str, Any]) -> None:
    outcome: Outcome
    match told["outcome"]:
        case "joined":
            outcome = "created"
        case "unchanged":
            outcome = "unchanged"
        case "differs":
            outcome = await _eligible(run, row, told["member_id"])
        case "elsewhere":
            outcome = await _transferred(run, row, told)
        case _:
            run.reject(_fault(row, await _refusal(run, row, told)))
            outcome = "rejected"
    run.result.members[outcome] += 1


async def _single(run: Run, row: MemberRow) -> None:
    """Where a batch was refused as a whole, each row by itself."""
    body = row.join.model_dump(mode="json", exclude_none=True)
    outcome = await run.told(MEMBERS, row.row, "/members", body, "member")
    run.result.members["created" if outcome == "changed" else outcome] += 1


async def _eligible(run: Run, row: MemberRow, member_id: str) -> Outcome:
    fields = {"worker_type", "frontline", "trade_code", "skill_grade"}
    body = row.join.model_dump(mode="json", exclude_none=True, include=fields)
    return await run.told(MEMBERS, row.row, f"/members/{member_id}/eligibility", body, "eligibility")


async def _transferred(run: Run, row: MemberRow, told: dict[str, Any]) -> Outcome:
    """Without a second hand it is left to be done by hand."""
    if run.hands.second is None:
        run.reject(_fault(row, AlreadyMember(org_id=told["org_id"])))
        return "rejected"
    path, body = f"/members/{told['member_id']}/transfer", {"to_org": row.org_id}
    if await run.told(MEMBERS, row.row, path, body, "transfer") == "rejected":
        return "rejected"
    accepting = await run.told(MEMBERS, row.row, f"{path}/acceptance", body, "acceptance", actor=run.hands.second)
    if "rejected" in (accepting, await _eligible(run, row, told["member_id"])):
        return "rejected"
    return "changed"


async def _refusal(run: Run, row: MemberRow, told: dict[str, Any]) -> Refused:
    """In the words of the service."""
    refusal = REFUSALS[told["code"]]
    if refusal is JoinsBeforeEnd:
        card = await run.api.get(run.hands.actor, "members", f"/members/{told['member_id']}")
        return refusal(ended_on=accepted(card).body["ended_on"])
    return refusal(org_id=row.org_id, joined_on=str(row.join.joined_on), youngest=YOUNGEST, earliest=EARLIEST)


def _fault(row: MemberRow, refused: Refused) -> Fault:
    return Fault.of(MEMBERS.name, row.row, MEMBERS.headings()[COLUMN[type(refused)]], refused)
