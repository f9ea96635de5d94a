"""What it takes to establish an organisation below another: the rules that approval and founding share."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, assert_never

from services.members.organisation.organisation import NotEstablished, Organisation
from shared.events.members.organisation import OrganisationEstablished, OrganisationNamed
from shared.kernel.refusal import Conflict
from shared.kernel.work import Command
from shared.values.ids import Code, Jurisdiction, OrgId, OrgName
from shared.values.org_path import below
from shared.values.words import may_stand_below


class EstablishOrganisation(Command):
    org_id: OrgId
    parent_id: OrgId
    kind: Literal["subsidiary", "basic", "joint_basic", "branch", "union_group"]
    jurisdiction: Jurisdiction
    unit_id: Code | None = None
    called: OrgName | None = None


class WrongLevel(Conflict):
    """An organisation of kind {kind} does not stand below one of kind {parent_kind}; name a parent of a higher level.
    {kind} 类组织不能设在 {parent_kind} 类组织之下，请选择更高层级的上级组织。"""


class CodeTaken(Conflict):
    """There is another organisation with the code {org_id}; choose a code that is free.
    组织编码 {org_id} 已被其他组织使用，请更换编码。"""


class ProposalOpen(Conflict):
    """Another proposal for the code {org_id} is open; have it approved or rejected first.
    组织编码 {org_id} 已有待批准的建会提议，请先批准或驳回。"""


def establish(
    new: Organisation, command: EstablishOrganisation, parent: Organisation, on: date
) -> Iterator[OrganisationEstablished | OrganisationNamed]:
    """Of an organisation that nobody has proposed yet, or whose own proposal is approved now."""
    match new.status:
        case "new" | "rejected":
            pass
        case "proposed":
            if not is_same(new, command):
                raise ProposalOpen(org_id=new.id)
        case "established":
            if is_same(new, command):
                return
            raise CodeTaken(org_id=new.id)
        case _:
            assert_never(new.status)
    must_have_its_place(command.kind, parent)
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
    if command.called:
        yield OrganisationNamed(org_id=new.id, called=command.called)


def must_have_its_place(
    kind: Literal["subsidiary", "basic", "joint_basic", "branch", "union_group"], parent: Organisation
) -> None:
    """Below an organisation that is established and of a higher level; subsidiaries also below subsidiaries."""
    if parent.status != "established" or parent.kind is None:
        raise NotEstablished(org_id=parent.id)
    if not may_stand_below(kind, parent.kind):
        raise WrongLevel(kind=kind, parent_kind=parent.kind)


def is_same(known: Organisation, command: EstablishOrganisation) -> bool:
    """Whether the command describes this organisation; what it is called may have changed since."""
    return (known.parent_id, known.kind, known.jurisdiction, known.unit_id) == (
        command.parent_id,
        command.kind,
        command.jurisdiction,
        command.unit_id,
    )
