"""The working days of a posting have passed:  timer  ->  HardshipPublicityEnded"""

from collections.abc import Iterator
from datetime import date

from services.welfare.hardship.hardship_card import HardshipCard
from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipPublicityEnded
from shared.kernel.work import Work


def end(file: HardshipFile, on: date) -> Iterator[HardshipPublicityEnded]:
    """Raises PostingNotOver and, where the calendar of a year is not known, CalendarMissing (INV-A7)."""
    if file.status != "posted" or file.posting is None:
        return
    posting = file.posting.ended(on)
    yield HardshipPublicityEnded(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        posting_id=posting.id,
        workdays=posting.workdays,
        on=on,
    )


@service.timer(HardshipCard, due="posting_ends_on")
async def end_publicity(row: HardshipCard, due: date, work: Work) -> None:
    await work.change(HardshipFile, row.id, lambda file: end(file, work.today))
