"""An answer was not rated in time:  the day after its last  ->  CaseClosed"""

from collections.abc import Iterator
from datetime import date

from services.welfare.service import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_card import CaseCard
from services.welfare.voice.rate_case import closed
from shared.events.welfare.voice import CaseClosed
from shared.kernel.work import Work


def close_if_unrated(case: Case, due: date) -> Iterator[CaseClosed]:
    """Nothing if it was rated in the meantime, or answered anew."""
    if case.status == "answered" and case.unrated_from == due:
        yield closed(case, "unrated", due)


@service.timer(CaseCard, due="unrated_from")
async def close_unrated(row: CaseCard, due: date, work: Work) -> None:
    await work.change(Case, row.id, lambda case: close_if_unrated(case, due))
