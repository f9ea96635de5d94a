"""How a hardship file stands:  GET /hardship-files  ·  GET /hardship-files/{file_id}"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from services.welfare.hardship.hardship_file import Status
from services.welfare.service import service
from shared.events.welfare.hardship import (
    HardshipApplied,
    HardshipClassified,
    HardshipFileClosed,
    HardshipFileOpened,
    HardshipFileTransferred,
    HardshipOverrideProposed,
    HardshipPublicityEnded,
    HardshipPublicityStarted,
    HardshipRejected,
    HardshipTakeoverProposed,
    HomeVisitRecorded,
)
from shared.kernel.work import Work
from shared.values.hardship import HardshipFinding
from shared.values.ids import Id, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@dataclass(frozen=True)
class HardshipCard:
    id: str
    member_id: str
    org_id: str
    household_id: str
    status: Status
    applied_on: date | None = None
    hardship_class: HardshipFinding | None = None
    computed: HardshipFinding | None = None
    """What the rule says."""
    posting_id: str | None = None
    posted_until: date | None = None
    posting_ends_on: date | None = None
    """The first day on which the posting is over, while it is open."""
    opened_on: date | None = None
    review_due_on: date | None = None
    reason_code: str | None = None
    """Why it was rejected or closed."""


@service.view(HardshipCard, key="file_id", by_subject=True, indexes=["org_id", "status", "member_id"])
def hardship_card(
    card: HardshipCard | None,
    event: HardshipApplied
    | HomeVisitRecorded
    | HardshipOverrideProposed
    | HardshipClassified
    | HardshipRejected
    | HardshipPublicityStarted
    | HardshipPublicityEnded
    | HardshipTakeoverProposed
    | HardshipFileOpened
    | HardshipFileTransferred
    | HardshipFileClosed,
) -> HardshipCard:
    if isinstance(event, HardshipApplied):
        return HardshipCard(event.file_id, event.member_id, event.org_id, event.household_id, "applied", event.on)
    if isinstance(event, HardshipTakeoverProposed):
        return HardshipCard(event.file_id, event.member_id, event.org_id, event.household_id, "takeover_proposed")
    if card is None:
        raise ValueError(f"{type(event).__name__} of a file that nobody applied for")
    match event:
        case HomeVisitRecorded():
            return replace(card, status="visited")
        case HardshipOverrideProposed():
            return replace(card, status="override_proposed", computed=event.computed)
        case HardshipClassified():
            found = replace(card, status="classified", computed=event.computed)
            return replace(found, hardship_class=event.hardship_class)
        case HardshipRejected():
            return replace(card, status="rejected", reason_code=event.reason_code, posting_ends_on=None)
        case HardshipPublicityStarted():
            ends_on = event.until + timedelta(days=1)
            posted = replace(card, status="posted", posting_id=event.posting_id)
            return replace(posted, posted_until=event.until, posting_ends_on=ends_on)
        case HardshipPublicityEnded():
            return replace(card, status="posting_over", posting_ends_on=None)
        case HardshipFileOpened():
            opened = replace(card, status="open", hardship_class=event.hardship_class)
            return replace(opened, opened_on=event.opened_on, review_due_on=event.review_due_on)
        case HardshipFileTransferred():
            return replace(card, org_id=event.to_org)
        case HardshipFileClosed():
            return replace(card, status="closed", reason_code=event.reason_code)
        case _:
            assert_never(event)


READERS = Role.UNION | Role.FUND_AUDIT


@service.get("/hardship-files/{file_id}", role=READERS | Role.SELF, org=HardshipCard)
async def get(file_id: Id, work: Work) -> HardshipCard | None:
    return await work.view(HardshipCard, file_id)


@service.get("/hardship-files", role=READERS, org=HardshipCard)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    status: Status | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[HardshipCard]:
    asked = {"org_id": org_id, "status": status}
    where = {name: value for name, value in asked.items() if value}
    return await work.find(HardshipCard, where, limit=limit, after=after)
