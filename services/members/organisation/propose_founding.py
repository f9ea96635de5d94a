"""Propose many organisations at once:  POST /foundings  ->  FoundingProposed"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import assert_never

from pydantic import Field

from services.members.organisation.establish_organisation import EstablishOrganisation, WrongLevel
from services.members.organisation.founding import Founding
from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.service import service
from shared.events.members.organisation import FoundingProposed, ProposedUnit
from shared.kernel.refusal import Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import OrgId
from shared.values.org_path import contains
from shared.values.roles import Role
from shared.values.words import OrgKind, may_stand_below

LARGEST = 500
"""Organisations of one founding: some 450 bytes each at the most, and an event has 256 KiB."""


class ProposeFounding(Command):
    org_id: OrgId
    """Below which all of them are to stand."""
    units: tuple[EstablishOrganisation, ...] = Field(min_length=1, max_length=LARGEST)
    """In any order; a parent is another of them, or established already."""


class TwiceInFounding(Invalid):
    """The organisation {org_id} stands in this founding twice; keep one of the two.
    组织 {org_id} 在本次批量建会中重复，请保留其一。"""


class InACircle(Invalid):
    """The organisation {org_id} would stand below itself; correct one of the parents.
    组织 {org_id} 将成为自己的下级，请更正上级编码。"""


class OutsideFounding(Invalid):
    """The parent {parent_id} of {org_id} is neither in this founding nor below {top}; add it, or correct the code.
    组织 {org_id} 的上级 {parent_id} 不在本次批量建会中，也不在 {top} 之下，请补充或更正。"""


def propose(
    new: Founding, command: ProposeFounding, parents: Mapping[str, Organisation], by: Actor, on: date
) -> Iterator[FoundingProposed]:
    """`parents`: those that are not part of it, and `org_id` itself."""
    match new.status:
        case "new":
            pass
        case "proposed" | "confirmed":
            return
        case _:
            assert_never(new.status)
    units = tuple(ProposedUnit(**unit.model_dump()) for unit in ordered(command, parents))
    yield FoundingProposed(
        founding_id=new.id,
        org_id=command.org_id,
        units=units,
        proposed_by=by.id,
        on=on,
    )


def ordered(command: ProposeFounding, parents: Mapping[str, Organisation]) -> list[EstablishOrganisation]:
    """Parents before what stands below them; each in a place that its kind may have."""
    if parents[command.org_id].status != "established":
        raise NotEstablished(org_id=command.org_id)
    units = {unit.org_id: unit for unit in command.units}
    if len(units) < len(command.units):
        codes = [unit.org_id for unit in command.units]
        raise TwiceInFounding(org_id=next(code for code in codes if codes.count(code) > 1))
    kind_of = _kinds(units, parents)
    order: dict[str, EstablishOrganisation] = {}
    for unit in command.units:
        way: list[EstablishOrganisation] = []
        above: EstablishOrganisation | None = unit
        while above and above.org_id not in order:
            if above in way:
                raise InACircle(org_id=unit.org_id)
            way.append(above)
            above = units.get(above.parent_id)
        for each in reversed(way):
            _must_have_its_place(each, kind_of, command.org_id, parents)
            order[each.org_id] = each
    return list(order.values())


def _kinds(
    units: Mapping[str, EstablishOrganisation], parents: Mapping[str, Organisation]
) -> Callable[[str], OrgKind | None]:
    def kind_of(org_id: str) -> OrgKind | None:
        return units[org_id].kind if org_id in units else parents[org_id].kind

    return kind_of


def _must_have_its_place(
    unit: EstablishOrganisation,
    kind_of: Callable[[str], OrgKind | None],
    top: str,
    parents: Mapping[str, Organisation],
) -> None:
    outside = parents.get(unit.parent_id)
    if outside is not None:
        if outside.status != "established":
            raise NotEstablished(org_id=outside.id)
        if not contains(parents[top].path, outside.path):
            raise OutsideFounding(org_id=unit.org_id, parent_id=outside.id, top=top)
    parent_kind = kind_of(unit.parent_id)
    if parent_kind is None or not may_stand_below(unit.kind, parent_kind):
        raise WrongLevel(org_id=unit.org_id, kind=unit.kind, parent_kind=parent_kind)


@service.post("/foundings", role=Role.ADMIN, org=(Organisation, "org_id"))
async def post(command: ProposeFounding, work: Work) -> None:
    founding_id = work.new_id()
    within = {unit.org_id for unit in command.units}
    outside = {unit.parent_id for unit in command.units} - within | {command.org_id}
    parents = {org_id: await work.state(Organisation, org_id) for org_id in sorted(outside)}
    await work.change(Founding, founding_id, lambda new: propose(new, command, parents, work.actor, work.today))
