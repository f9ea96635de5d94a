"""Confirm a founding:  POST /foundings/{founding_id}/confirmation  ->  FoundingConfirmed, OrganisationEstablished each

All of them are established in one unit of work, or none (INV-M4 for each: proposer and confirmer are two persons).
"""

from collections.abc import Iterator
from datetime import date
from typing import assert_never

from services.members.organisation.approve_organisation import OwnProposal
from services.members.organisation.establish_organisation import EstablishOrganisation, ProposalOpen, establish
from services.members.organisation.founding import Founding
from services.members.organisation.organisation import Organisation
from services.members.service import service
from shared.events.members.organisation import FoundingConfirmed, OrganisationEstablished, OrganisationNamed
from shared.kernel.refusal import NotFound
from shared.kernel.work import Actor, Work
from shared.values.ids import FoundingId
from shared.values.roles import Role


class NoSuchFounding(NotFound):
    """There is no such founding; propose it first.
    没有该批量建会提议，请先提出。"""


def confirm(founding: Founding, by: Actor, on: date) -> Iterator[FoundingConfirmed]:
    match founding.status:
        case "proposed":
            pass
        case "confirmed":
            return
        case "new":
            raise NoSuchFounding()
        case _:
            assert_never(founding.status)
    if by.id == founding.proposed_by:
        raise OwnProposal()
    yield FoundingConfirmed(founding_id=founding.id, org_id=founding.org_id, confirmed_by=by.id, on=on)


def found(
    new: Organisation, unit: EstablishOrganisation, parent: Organisation, on: date
) -> Iterator[OrganisationEstablished | OrganisationNamed]:
    """Not over a proposal of its own, which waits for its own approval."""
    if new.status == "proposed":
        raise ProposalOpen(org_id=new.id)
    yield from establish(new, unit, parent, on)


@service.post("/foundings/{founding_id}/confirmation", role=Role.ADMIN, org=(Founding, "founding_id"))
async def post(founding_id: FoundingId, work: Work) -> None:
    before = await work.state(Founding, founding_id)
    founding = await work.change(Founding, founding_id, lambda founding: confirm(founding, work.actor, work.today))
    if before.status == "confirmed":
        return
    for unit in founding.units:
        parent = await work.state(Organisation, unit.parent_id)
        await _established(EstablishOrganisation(**unit.model_dump()), parent, work)


async def _established(unit: EstablishOrganisation, parent: Organisation, work: Work) -> None:
    await work.change(Organisation, unit.org_id, lambda new: found(new, unit, parent, work.today))


@service.get("/foundings/{founding_id}", role=Role.ADMIN, org=(Founding, "founding_id"))
async def get(founding_id: FoundingId, work: Work) -> Founding:
    """What waits for confirmation, so that the second administrator sees what it is."""
    return await work.state(Founding, founding_id)
