"""Limits 标准 of an organisation or a jurisdiction: versions by kind and the date they begin, never changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from shared.events.welfare.policy import PolicyLimitChanged
from shared.kernel.aggregate import Aggregate
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.org_path import ROOT, OrgPath
from shared.values.policy import PolicyKind


class NoPolicyLimit(Conflict):
    """No limit of kind {kind} holds in {org_id} on {on}, so nothing can be granted; have the group set one first.
    {org_id} 在 {on} 没有 {kind} 的执行标准，不能批准，请先由集团工会设定标准。"""


@dataclass(frozen=True)
class Limit:
    """One version."""

    id: str
    kind: PolicyKind
    cap_fen: int
    effective_from: date


@dataclass(frozen=True)
class PolicyLimits(Aggregate):
    """Its id is its scope: `org:<code>` or `place:<jurisdiction>`."""

    versions: tuple[Limit, ...] = ()

    def evolve(self, event: PolicyLimitChanged) -> Self:
        version = Limit(event.policy_id, event.kind, event.cap_fen, event.effective_from)
        return replace(self, org_id=event.org_id or "", versions=(*self.versions, version))

    def org_path(self) -> OrgPath | None:
        return None if self.org_id else ROOT

    def of(self, kind: PolicyKind, day: date) -> Limit | None:
        """The version that holds on a day: the latest that has begun."""
        begun = [version for version in self.versions if version.kind == kind and version.effective_from <= day]
        return max(begun, key=lambda version: version.effective_from, default=None)


async def limit_of(kind: PolicyKind, org_id: str, on: date, work: Work) -> Limit | None:
    """What holds in an organisation on a day: its own limit, the nearest one above, else its jurisdiction's."""
    for scope in scopes_of(org_id, work.directory):
        limits = await work.change(PolicyLimits, scope, _unchanged)
        if limit := limits.of(kind, on):
            return limit
    return None


async def needed_limit(kind: PolicyKind, org_id: str, on: date, work: Work) -> Limit:
    """NoPolicyLimit where none holds: what nobody has limited is not free (INV-W5)."""
    limit = await limit_of(kind, org_id, on, work)
    if limit is None:
        raise NoPolicyLimit(kind=kind, org_id=org_id, on=on.isoformat())
    return limit


def scopes_of(org_id: str, directory: Any) -> Iterator[str]:
    """Where to look, nearest first."""
    organisation = directory.organisation(org_id)
    if organisation is None:
        raise OrganisationUnknownHere(org_id=org_id)
    for code in reversed(organisation.path.strip("/").split("/")):
        yield f"org:{code}"
    yield f"place:{organisation.jurisdiction}"


def _unchanged(_: PolicyLimits) -> tuple[()]:
    """A decision for nothing: it is taken on the stream as it is, never on what a process remembers of it."""
    return ()
