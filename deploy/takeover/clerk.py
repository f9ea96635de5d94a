"""Who brings books in: commands through the services' API, each under a key of its contents, so that whatever was
interrupted is simply done again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

from deploy.roster.api import Answer, Api
from deploy.roster.fault import Fault
from deploy.roster.sheets import Sheet
from deploy.takeover.lines import BalanceLine, CaseLine, FileLine

Outcome = Literal["created", "unchanged", "rejected"]
Line = BalanceLine | FileLine | CaseLine
Ask = Callable[..., Awaitable[Answer]]

TRAILING = frozenset({"MemberUnknownHere", "OrganisationUnknownHere"})
TRIES = 20
"""How often a service is asked that has not heard of somebody yet."""


class Declined(Exception):
    """A service refused a row; `field` is the one that it is about, if it is about one."""

    def __init__(self, field: str, code: str, en: str, zh: str) -> None:
        super().__init__(code)
        self.field, self.code, self.en, self.zh = field, code, en, zh

    def fault(self, sheet: Sheet, row: int) -> Fault:
        return Fault(sheet.name, row, sheet.headings().get(self.field, ""), self.code, self.en, self.zh)


@dataclass(frozen=True)
class Clerk:
    api: Api
    actor: str
    key: str
    """The same for the same file: who was looked up in it is looked up once."""
    confirmed_by: str = ""
    """The second person, where two are needed."""
    breath: float = 0.5
    """Seconds until a service is asked again that has not heard of somebody yet."""

    async def balance(self, row: int, line: BalanceLine) -> Outcome:
        return await self._done("/accounts/balances", _body(line))

    async def case(self, row: int, line: CaseLine) -> Outcome:
        member_id = await self._member(row, line)
        return await self._done("/cases/imports", _body(line, member_id=member_id) if member_id else _body(line))

    async def file(self, row: int, line: FileLine) -> Outcome:
        """Proposed by the one and confirmed by the other. What has gone on since stays as it is."""
        body = _body(line)
        body.pop("member_id", None)
        propose = self._asking("welfare", f"/members/{await self._member(row, line)}/hardship-takeover", body)
        proposed = await self._answered(propose)
        if proposed.refusal == "FiledAlready" and await self._is_this(proposed.body["file_id"], body):
            return "unchanged"
        file_id = (await _accepted(propose, proposed)).subject
        confirm = self._asking("welfare", f"/hardship-files/{file_id}/takeover-confirmation", {}, by=self.confirmed_by)
        confirmed = await confirm()
        if confirmed.refusal == "FileNotInThisState":
            return "unchanged"
        return _outcome(await _accepted(confirm, confirmed))

    async def _is_this(self, file_id: str, body: Mapping[str, Any]) -> bool:
        """Whether a file that the person has says the same."""
        card = await self.api.get(self.actor, "welfare", f"/hardship-files/{file_id}")
        return card.accepted and all(card.body.get(name) == value for name, value in body.items())

    async def _member(self, row: int, line: FileLine | CaseLine) -> str | None:
        """By the pseudonym, or found by the number on the card; None: nobody is named."""
        if line.member_id or not line.id_number:
            return line.member_id
        who = {"org_id": line.org_id, "id_number": line.id_number}
        look_up = self._asking("members", "/members/lookup", who, key=f"{self.key}-lookup-{row}")
        return (await _accepted(look_up, await look_up(), "id_number")).subject

    async def _done(self, path: str, body: Mapping[str, Any]) -> Outcome:
        ask = self._asking("welfare", path, body)
        return _outcome(await _accepted(ask, await self._answered(ask)))

    async def _answered(self, ask: Ask) -> Answer:
        """Members and organisations that have just come in are known to the other services in a moment."""
        for _ in range(TRIES):
            answer = await ask()
            if answer.refusal not in TRAILING:
                break
            await asyncio.sleep(self.breath)
        return answer

    def _asking(self, service: str, path: str, body: Mapping[str, Any], *, by: str = "", key: str = "") -> Ask:
        return partial(self.api.post, by or self.actor, service, path, body, key=key or _key(path, body))


async def _accepted(ask: Ask, answer: Answer, field: str = "") -> Answer:
    """The answer itself. Raises Declined, in both languages: a refusal is not remembered, and says the same again."""
    if answer.accepted:
        return answer
    chinese = await ask(language="zh")
    raise Declined(field, answer.refusal, answer.detail, chinese.detail)


def _body(line: Line, **more: str) -> dict[str, Any]:
    return line.model_dump(mode="json", exclude_none=True, exclude={"id_number"}) | more


def _key(path: str, body: Mapping[str, Any]) -> str:
    """Of what is wanted, whatever file it comes from."""
    wanted = f"{path} {json.dumps(body, sort_keys=True)}"
    return f"takeover-{blake2b(wanted.encode(), digest_size=16).hexdigest()}"


def _outcome(answer: Answer) -> Outcome:
    return "created" if answer.changed else "unchanged"
