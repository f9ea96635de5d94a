"""Give an actor a role in a subtree:  POST /roles  ->  RoleGranted"""

from collections.abc import Iterator
from datetime import date

from services.members.authority.role_assignment import NotYourself, RoleAssignment, grant_id
from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.service import service
from shared.events.members.authority import RoleGranted
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import ActorId, OrgId
from shared.values.roles import BELOW_GROUP, GROUP_ONLY, Role, RoleName


class GrantRole(Command):
    actor_id: ActorId
    role: RoleName
    org_id: OrgId
    until: date | None = None


class NotAtThisLevel(Conflict):
    """The role {role} is not held in an organisation of kind {kind}; choose another role or organisation.
    角色 {role} 不能授予 {kind} 类组织，请更换角色或组织。"""


class UntilIsPast(Invalid):
    """The last day {until} has passed; name a day from today on, or none.
    截止日期 {until} 已过，请填写今天或之后的日期，或不填。"""


def grant(
    held: RoleAssignment, command: GrantRole, organisation: Organisation, by: Actor, on: date
) -> Iterator[RoleGranted]:
    if by.id == command.actor_id:
        raise NotYourself()
    if organisation.status != "established" or organisation.kind is None:
        raise NotEstablished(org_id=organisation.id)
    if command.role in (BELOW_GROUP if organisation.kind == "group" else GROUP_ONLY):
        raise NotAtThisLevel(role=command.role, kind=organisation.kind)
    if command.until is not None and command.until < on:
        raise UntilIsPast(until=command.until.isoformat())
    if held.status == "granted" and held.until == command.until:
        return
    yield RoleGranted(
        grant_id=held.id,
        actor_id=command.actor_id,
        role=command.role,
        org_id=command.org_id,
        until=command.until,
    )


@service.post("/roles", role=Role.ADMIN, org=(Organisation, "org_id"), sensitive=True)
async def post(command: GrantRole, work: Work) -> None:
    organisation = await work.state(Organisation, command.org_id)
    held = grant_id(command.actor_id, command.role, command.org_id)
    await work.change(RoleAssignment, held, lambda held: grant(held, command, organisation, work.actor, work.today))
