"""One run of an import: who acts, under which keys, and what has become of the rows so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.roster.api import Answer, Api
from deploy.roster.brought_in import BroughtIn, Outcome
from deploy.roster.fault import Fault
from deploy.roster.plan import Plan
from deploy.roster.sheets import Sheet


@dataclass(frozen=True)
class Hands:
    """Who does what: `actor` proposes and enters, `second` confirms and accepts."""

    actor: str
    second: str | None = None


@dataclass
class Run:
    plan: Plan
    api: Api
    hands: Hands
    result: BroughtIn
    done: Callable[[int], None]
    """Called with a number of rows."""
    id: str = field(default_factory=lambda: uuid4().hex)
    """Part of the keys, so that what is sent again within this run is done once; a later run looks for itself."""
    refused: set[str] = field(default_factory=set)
    """Codes of organisations that could not be founded."""

    def reject(self, fault: Fault) -> None:
        self.result.rejected.append(fault)

    async def told(
        self, sheet: Sheet, row: int, path: str, body: dict[str, Any], key: str, *, actor: str = ""
    ) -> Outcome:
        """A command about one row."""
        who, key = actor or self.hands.actor, f"{self.id}-{key}-{row}"
        answer = await self.api.post(who, "members", path, body, key=key)
        if answer.accepted:
            return "changed" if answer.events else "unchanged"
        chinese = await self.api.post(who, "members", path, body, key=key, language="zh")
        self.reject(fault_of(sheet, row, answer, chinese))
        return "rejected"


def fault_of(sheet: Sheet, row: int, answer: Answer, chinese: Answer) -> Fault:
    """A refusal is not remembered, so that it is asked for in the other language by sending the command again."""
    return Fault(sheet.name, row, "", answer.refusal, answer.detail, chinese.detail)
