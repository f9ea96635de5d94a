"""K1, organisation rate 建会率 = units with an established union / units that must:  GET /kpi/organisation-rate

A unit 用人单位 is a subsidiary, with whatever stands below it down to the next subsidiary; its headcount is what it
reported itself or the sum of its basic unions, whichever is larger. Numerator: units that must
and in which a basic or joint basic union is established. Denominator: units with at least `must_from` workers by the
headcounts reported last (25 by law; a group's policy may ask for less). As of now; computed from the organisations that
the asker may see.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field

from services.members.organisation.organisation_tree import OrganisationNode
from services.members.service import service
from shared.kernel.work import Work
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.words import HOLDS_MEMBERS

COMMITTEE_FROM = 25
"""Members from which a unit sets up a basic committee of its own (Trade Union Law 工会法 art. 11)."""

MustFrom = Annotated[int, Field(ge=1, le=100_000)]


@dataclass(frozen=True)
class OrganisationRate:
    id: str
    org_id: str
    called: str = ""
    reported: int = 0
    """Workers by the subsidiary's own report."""
    in_unions: int = 0
    """Workers by the reports of its basic and joint basic unions."""
    unions: int = 0
    must: int = 0
    """1 if the unit must have a union; the denominator."""
    has: int = 0
    """1 if it must and has one; the numerator."""
    too_large: tuple[str, ...] = field(default_factory=tuple)
    """Codes of organisations that share in a joint basic union although they have enough workers for a committee of
    their own (INV-M3: a warning)."""


def rates(nodes: Iterable[OrganisationNode], must_from: int = COMMITTEE_FROM) -> list[OrganisationRate]:
    by_code = {node.org_id: node for node in nodes}
    units = {
        code: OrganisationRate(code, code, node.called) for code, node in by_code.items() if node.kind == "subsidiary"
    }
    for node in by_code.values():
        unit = _unit_of(node, units)
        if unit is not None:
            units[unit] = _counted(units[unit], node, by_code)
    return [_judged(units[code], must_from) for code in sorted(units)]


def _unit_of(node: OrganisationNode, units: Mapping[str, OrganisationRate]) -> str | None:
    """The nearest subsidiary, from itself upwards."""
    return next((code for code in reversed(node.path.strip("/").split("/")) if code in units), None)


def _counted(
    unit: OrganisationRate, node: OrganisationNode, by_code: Mapping[str, OrganisationNode]
) -> OrganisationRate:
    """Those who work in a branch are among those of its basic union already."""
    too_large = [*unit.too_large, node.org_id] if _is_too_large(node, by_code) else unit.too_large
    unit = replace(unit, too_large=tuple(sorted(too_large)))
    if node.kind == "subsidiary":
        return replace(unit, reported=node.headcount)
    if node.kind in HOLDS_MEMBERS:
        return replace(unit, unions=unit.unions + 1, in_unions=unit.in_unions + node.headcount)
    return unit


def _is_too_large(node: OrganisationNode, by_code: Mapping[str, OrganisationNode]) -> bool:
    if node.headcount < COMMITTEE_FROM:
        return False
    parent = by_code.get(node.parent_id or "")
    one_unit_alone = node.kind == "joint_basic" and node.unit_id is not None
    return one_unit_alone or (parent is not None and parent.kind == "joint_basic")


def _judged(unit: OrganisationRate, must_from: int) -> OrganisationRate:
    must = max(unit.reported, unit.in_unions) >= must_from
    return replace(unit, must=int(must), has=int(must and unit.unions > 0))


@service.get("/kpi/organisation-rate", role=Role.UNION | Role.FUND_AUDIT, org=OrganisationRate)
async def get(
    work: Work, must_from: MustFrom = COMMITTEE_FROM, limit: PageSize = 1_000, after: After | None = None
) -> list[OrganisationRate]:
    nodes = [node async for node in work.every(OrganisationNode)]
    found = [row for row in rates(nodes, must_from) if after is None or row.id > after]
    return found[:limit]
