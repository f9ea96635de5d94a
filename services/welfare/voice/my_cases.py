"""What a member has said, and what became of it:  GET /members/{member_id}/cases"""

from services.welfare.service import service
from services.welfare.voice.case_card import CaseCard
from shared.kernel.work import Work
from shared.values.ids import MemberId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@service.get("/members/{member_id}/cases", role=Role.SELF, org=None, sensitive=True)
async def get(member_id: MemberId, work: Work, limit: PageSize = 100, after: After | None = None) -> list[CaseCard]:
    return await work.find(CaseCard, {"member_id": member_id}, limit=limit, after=after)
