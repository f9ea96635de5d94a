"""Do not approve a proposed organisation, or take the proposal back:  POST /organisations/{org_id}/rejection

->  OrganisationProposalRejected. The code is free again. The proposer may do it too: nothing comes into being by it.
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.organisation.approve_organisation import NotProposed
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.organisation import OrganisationProposalRejected
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import OrgId
from shared.values.roles import Role
from shared.values.words import OrgProposalRejection


class RejectOrganisation(Command):
    reason_code: OrgProposalRejection


class NotYourProposal(Forbidden):
    """Only the one who proposed an organisation withdraws the proposal; give another reason to reject it.
    建会提议只能由提出人撤回；如需驳回，请选择其他理由。"""


def reject(
    new: Organisation, command: RejectOrganisation, by: Actor, on: date
) -> Iterator[OrganisationProposalRejected]:
    match new.status:
        case "proposed":
            pass
        case "rejected":
            return
        case "new" | "established":
            raise NotProposed(org_id=new.id)
        case _:
            assert_never(new.status)
    if command.reason_code == "withdrawn" and by.id != new.proposed_by:
        raise NotYourProposal()
    assert new.parent_id is not None
    yield OrganisationProposalRejected(
        org_id=new.id, parent_id=new.parent_id, reason_code=command.reason_code, by=by.id, on=on
    )


@service.post("/organisations/{org_id}/rejection", role=Role.UNION, org=(Organisation, "org_id"))
async def post(org_id: OrgId, command: RejectOrganisation, work: Work) -> None:
    await work.change(Organisation, org_id, lambda new: reject(new, command, work.actor, work.today))
