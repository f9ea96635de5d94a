"""Who holds which role:  GET /roles"""

from services.members.service import service
from shared.directory.entries import RoleHeld
from shared.kernel.work import Work
from shared.values.ids import ActorId, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@service.get("/roles", role=Role.ADMIN | Role.FUND_AUDIT, org=RoleHeld)
async def get(
    work: Work,
    org_id: OrgId | None = None,
    actor_id: ActorId | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[RoleHeld]:
    asked = {"org_id": org_id, "actor_id": actor_id}
    where = {name: value for name, value in asked.items() if value}
    return await work.find(RoleHeld, {**where, "status": "granted"}, limit=limit, after=after)
