"""Call an organisation by another name:  POST /organisations/{org_id}/name  ->  OrganisationNamed"""

from collections.abc import Iterator

from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.service import service
from shared.events.members.organisation import OrganisationNamed
from shared.kernel.work import Command, Work
from shared.values.ids import OrgId, OrgName
from shared.values.roles import Role


class NameOrganisation(Command):
    called: OrgName


def name(organisation: Organisation, command: NameOrganisation) -> Iterator[OrganisationNamed]:
    if organisation.status != "established":
        raise NotEstablished(org_id=organisation.id)
    if organisation.called != command.called:
        yield OrganisationNamed(org_id=organisation.id, called=command.called)


@service.post("/organisations/{org_id}/name", role=Role.ADMIN, org=(Organisation, "org_id"))
async def post(org_id: OrgId, command: NameOrganisation, work: Work) -> None:
    await work.change(Organisation, org_id, lambda organisation: name(organisation, command))
