"""Approve a proposed organisation:  POST /organisations/{org_id}/approval  ->  OrganisationEstablished

Whoever approves holds a role at the parent's level and is not the proposer (INV-M4): a proposed organisation belongs to
its parent, so that the parent's subtree is where authority is asked for.
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.organisation.establish_organisation import EstablishOrganisation, establish
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.organisation import OrganisationEstablished, OrganisationNamed
from shared.kernel.refusal import Conflict, Forbidden
from shared.kernel.work import Actor, Work
from shared.values.ids import OrgId
from shared.values.roles import Role


class NotProposed(Conflict):
    """No proposal for {org_id} is open; propose the organisation first.
    {org_id} 没有待批准的建会提议，请先提出。"""


class OwnProposal(Forbidden):
    """Nobody approves one's own proposal; ask another administrator of the level above.
    不能批准本人提出的建会提议，请由上级工会其他管理员办理。"""


def approve(
    new: Organisation, parent: Organisation, by: Actor, on: date
) -> Iterator[OrganisationEstablished | OrganisationNamed]:
    match new.status:
        case "proposed":
            pass
        case "established":
            return
        case "new" | "rejected":
            raise NotProposed(org_id=new.id)
        case _:
            assert_never(new.status)
    if by.id == new.proposed_by:
        raise OwnProposal()
    yield from establish(new, as_proposed(new), parent, on)


def as_proposed(new: Organisation) -> EstablishOrganisation:
    assert new.kind is not None
    assert new.kind != "group"
    assert new.parent_id is not None
    return EstablishOrganisation(
        org_id=new.id,
        parent_id=new.parent_id,
        kind=new.kind,
        jurisdiction=new.jurisdiction,
        unit_id=new.unit_id,
        called=new.called or None,
    )


@service.post("/organisations/{org_id}/approval", role=Role.ADMIN, org=(Organisation, "org_id"))
async def post(org_id: OrgId, work: Work) -> None:
    proposed = await work.state(Organisation, org_id)
    parent = await work.state(Organisation, proposed.parent_id or org_id)
    await work.change(Organisation, org_id, lambda new: approve(new, parent, work.actor, work.today))
