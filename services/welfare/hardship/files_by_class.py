"""K11, files by class 困难职工在档数: open now, and how many were ever opened and closed:  GET /kpi/hardship-files"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from services.welfare.service import service
from shared.events.welfare.hardship import HardshipFileClosed, HardshipFileOpened, HardshipFileTransferred
from shared.kernel.work import Work
from shared.values.paging import After, PageSize
from shared.values.roles import Role


@dataclass(frozen=True)
class FilesByClass:
    """`open` counts those that came by transfer and not those that left; `opened`, `closed` where it happened."""

    id: str
    org_id: str = ""
    hardship_class: str = ""
    open: int = 0
    opened: int = 0
    closed: int = 0
    lifted: int = 0


Counted = HardshipFileOpened | HardshipFileTransferred | HardshipFileClosed


def _org_and_class(event: Counted) -> Iterable[str]:
    orgs = (event.from_org, event.to_org) if isinstance(event, HardshipFileTransferred) else (event.org_id,)
    return [f"{org}:{event.hardship_class}" for org in orgs]


@service.tally(FilesByClass, key=_org_and_class)
def files_by_class(
    row: FilesByClass, event: HardshipFileOpened | HardshipFileTransferred | HardshipFileClosed
) -> FilesByClass:
    org_id, _, hardship_class = row.id.partition(":")
    row = replace(row, org_id=org_id, hardship_class=hardship_class)
    match event:
        case HardshipFileOpened():
            return replace(row, open=row.open + 1, opened=row.opened + 1)
        case HardshipFileTransferred():
            return replace(row, open=row.open + (1 if org_id == event.to_org else -1))
        case HardshipFileClosed():
            lifted = row.lifted + (event.reason_code == "lifted")
            return replace(row, open=row.open - 1, closed=row.closed + 1, lifted=lifted)
        case _:
            assert_never(event)


@service.get("/kpi/hardship-files", role=Role.UNION | Role.FUND_AUDIT, org=FilesByClass)
async def get(work: Work, limit: PageSize = 1_000, after: After | None = None) -> list[FilesByClass]:
    return await work.find(FilesByClass, limit=limit, after=after)
