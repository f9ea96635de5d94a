"""Establish an organisation below another:  POST /organisations  ->  OrganisationEstablished"""

from collections.abc import Iterator
from datetime import date
from typing import Literal, assert_never

from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.service import service
from shared.events.members.organisation import OrganisationEstablished
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command, Work
from shared.values.ids import Code, Jurisdiction, OrgId
from shared.values.org_path import below
from shared.values.roles import Role
from shared.values.words import LEVEL


class EstablishOrganisation(Command):
    org_id: OrgId
    parent_id: OrgId
    kind: Literal["subsidiary", "basic", "joint_basic", "branch", "union_group"]
    jurisdiction: Jurisdiction
    unit_id: Code | None = None


class WrongLevel(Conflict):
    """An organisation of kind {kind} does not stand below one of kind {parent_kind}; name a parent of a higher level.
    {kind} 类组织不能设在 {parent_kind} 类组织之下，请选择更高层级的上级组织。"""


class CodeTaken(Conflict):
    """There is another organisation with the code {org_id}; choose a code that is free.
    组织编码 {org_id} 已被其他组织使用，请更换编码。"""


def establish(
    new: Organisation, command: EstablishOrganisation, parent: Organisation, on: date
) -> Iterator[OrganisationEstablished]:
    match new.status:
        case "new":
            pass
        case "established":
            if _is(new, command):
                return
            raise CodeTaken(org_id=new.id)
        case _:
            assert_never(new.status)
    if parent.kind is None:
        raise NotEstablished(org_id=parent.id)
    if LEVEL[parent.kind] >= LEVEL[command.kind]:
        raise WrongLevel(kind=command.kind, parent_kind=parent.kind)
    yield OrganisationEstablished(
        org_id=new.id,
        kind=command.kind,
        path=below(parent.path, new.id),
        jurisdiction=command.jurisdiction,
        on=on,
        parent_id=parent.id,
        approved_by_org=parent.id,
        unit_id=command.unit_id,
    )


def _is(known: Organisation, command: EstablishOrganisation) -> bool:
    return (known.parent_id, known.kind, known.jurisdiction, known.unit_id) == (
        command.parent_id,
        command.kind,
        command.jurisdiction,
        command.unit_id,
    )


@service.post("/organisations", role=Role.ADMIN, org=(Organisation, "parent_id"))
async def post(command: EstablishOrganisation, work: Work) -> None:
    parent = await work.state(Organisation, command.parent_id)
    await work.change(Organisation, command.org_id, lambda new: establish(new, command, parent, work.today))
