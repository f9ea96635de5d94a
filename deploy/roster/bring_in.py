"""A planned roster becomes ordinary commands, each under a key of its row: the same file again changes nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from deploy.roster.api import Answer, Api, each
from deploy.roster.fault import Fault
from deploy.roster.plan import Plan
from deploy.roster.workbook import MEMBERS, ORGANISATIONS, MemberRow, OrganisationRow, Sheet
from shared.kernel.work import Command
from shared.values.words import OrgKind

Outcome = Literal["created", "unchanged", "changed", "rejected"]
VISIBLE_WITHIN = 5
"""Seconds for an organisation to be seen by its own service before the next level goes in."""


@dataclass
class BroughtIn:
    """What became of the rows."""

    organisations: Counter[Outcome] = field(default_factory=Counter)
    members: Counter[Outcome] = field(default_factory=Counter)
    rejected: list[Fault] = field(default_factory=list)
    member_ids: dict[int, str] = field(default_factory=dict)
    """Pseudonym of the member in each row that is in."""

    def counts(self, sheet: Sheet) -> dict[Outcome, int]:
        """A rejected row counts once, however many of its cells are wrong."""
        counted = self.organisations if sheet is ORGANISATIONS else self.members
        rejected = len({fault.row for fault in self.rejected if fault.sheet == sheet.name})
        return {
            "created": counted["created"],
            "unchanged": counted["unchanged"],
            "changed": counted["changed"],
            "rejected": rejected,
        }

    def document(self) -> dict[str, Any]:
        """The report: counts and reasons, nothing about a person."""
        return {
            "organisations": self.counts(ORGANISATIONS),
            "members": self.counts(MEMBERS),
            "rejected": [fault.document() for fault in self.rejected],
        }


async def known_organisations(api: Api, actor: str) -> dict[str, OrgKind]:
    """Kinds of those that are established, by code. Raises Refusal."""
    return {row["org_id"]: row["kind"] for row in await api.pages(actor, "members", "/organisations")}


def foreseen(plan: Plan, known: dict[str, OrgKind]) -> BroughtIn:
    """What would become of it, as far as it shows from here: whether a person is a member already is not told."""
    seen = BroughtIn(rejected=list(plan.faults))
    seen.organisations.update("unchanged" if row.org_id in known else "created" for row in plan.organisations)
    seen.members["created"] = len(plan.members)
    return seen


async def bring_in(plan: Plan, digest: str, api: Api, actor: str, done: Callable[[], None] = lambda: None) -> BroughtIn:
    """Organisations level by level, then the members. `done` is called after each row."""
    importing = _Importing(api, actor, f"roster-{digest}", BroughtIn(rejected=list(plan.faults)), done)
    for level in plan.levels:
        await each(level, importing.organisation)
    await each(plan.members, importing.member)
    importing.result.rejected.sort(key=lambda fault: (fault.sheet != ORGANISATIONS.name, fault.row))
    return importing.result


@dataclass
class _Importing:
    api: Api
    actor: str
    key: str
    result: BroughtIn
    done: Callable[[], None]

    async def organisation(self, row: OrganisationRow) -> None:
        outcome: Outcome = "unchanged"
        if row.establish:
            send = self._command("/organisations", row.establish, f"organisation-{row.row}", wait=VISIBLE_WITHIN)
            outcome = await self._outcome(ORGANISATIONS, row.row, await send(), send)
        if row.headcount and outcome != "rejected":
            path, key = f"/organisations/{row.org_id}/headcount", f"headcount-{row.row}-{row.headcount.period}"
            send = self._command(path, row.headcount, key)
            reported = await self._outcome(ORGANISATIONS, row.row, await send(), send)
            if reported == "rejected":
                outcome = reported
            elif reported == "created" and outcome == "unchanged":
                outcome = "changed"
        self.result.organisations[outcome] += 1
        self.done()

    async def member(self, row: MemberRow) -> None:
        send = self._command("/members", row.join, f"member-{row.row}")
        answer = await send()
        if answer.refusal == "AlreadyMember" and answer.body["org_id"] == row.org_id:
            self.result.members["unchanged"] += 1
        else:
            self.result.members[await self._outcome(MEMBERS, row.row, answer, send)] += 1
        if answer.accepted:
            self.result.member_ids[row.row] = answer.subject
        self.done()

    def _command(self, path: str, command: Command, key: str, wait: int = 0) -> "partial[Any]":
        body = command.model_dump(mode="json", exclude_none=True)
        return partial(self.api.post, self.actor, "members", path, body, key=f"{self.key}-{key}", wait=wait)

    async def _outcome(self, sheet: Sheet, row: int, answer: Answer, send: "partial[Any]") -> Outcome:
        if answer.accepted:
            return "created" if answer.changed else "unchanged"
        chinese = await send(language="zh")  # a refusal is not remembered: asked again, it says the same
        self.result.rejected.append(Fault(sheet.name, row, "", answer.refusal, answer.detail, chinese.detail))
        return "rejected"
