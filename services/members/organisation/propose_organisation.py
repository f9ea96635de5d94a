"""Propose an organisation below another:  POST /organisations  ->  OrganisationProposed"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.organisation.establish_organisation import (
    CodeTaken,
    EstablishOrganisation,
    ProposalOpen,
    is_same,
    must_have_its_place,
)
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.organisation import OrganisationProposed
from shared.kernel.work import Actor, Work
from shared.values.roles import Role


class ProposeOrganisation(EstablishOrganisation):
    """It exists once somebody else of the parent's level has approved it (Trade Union Law 工会法 art. 12)."""


def propose(
    new: Organisation, command: ProposeOrganisation, parent: Organisation, by: Actor, on: date
) -> Iterator[OrganisationProposed]:
    match new.status:
        case "new" | "rejected":
            pass
        case "proposed":
            if is_same(new, command) and (new.called, new.proposed_by) == (command.called or "", by.id):
                return
            raise ProposalOpen(org_id=new.id)
        case "established":
            raise CodeTaken(org_id=new.id)
        case _:
            assert_never(new.status)
    must_have_its_place(command.kind, parent)
    yield OrganisationProposed(**command.model_dump(), proposed_by=by.id, on=on)


@service.post("/organisations", role=Role.UNION, org=(Organisation, "parent_id"))
async def post(command: ProposeOrganisation, work: Work) -> None:
    parent = await work.state(Organisation, command.parent_id)
    await work.change(Organisation, command.org_id, lambda new: propose(new, command, parent, work.actor, work.today))
