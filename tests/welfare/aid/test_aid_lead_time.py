from datetime import timedelta

import pytest

from services.welfare import service
from services.welfare.aid.aid_lead_time import AidLeadTime, LeadTimeDays, get, quantile
from shared.events.welfare.aid import AidPaid
from shared.kernel.work import Work
from tests.story import TODAY, Desk, shown
from tests.welfare.examples import PAID


def _paid(days: int, org_id: str = "G0101") -> AidPaid:
    return PAID.model_copy(update={"requested_on": TODAY - timedelta(days=days), "org_id": org_id})


def test_payments_are_counted_by_organisation_year_and_days() -> None:
    old = PAID.model_copy(update={"requested_on": None})
    rows = shown(service, LeadTimeDays, [_paid(3), _paid(3)], [_paid(12)], [_paid(3, "G0201")], [old])
    assert rows == {
        "G0101:2026:0003": LeadTimeDays("G0101:2026:0003", "G0101", "2026", "0003", 2),
        "G0101:2026:0012": LeadTimeDays("G0101:2026:0012", "G0101", "2026", "0012", 1),
        "G0201:2026:0003": LeadTimeDays("G0201:2026:0003", "G0201", "2026", "0003", 1),
    }


@pytest.mark.parametrize(
    ("histogram", "p50", "p90"),
    [
        ({5: 1}, 5, 5),
        ({1: 1, 2: 1}, 1, 2),
        ({1: 9, 30: 1}, 1, 1),
        ({1: 8, 30: 2}, 1, 30),
        ({0: 5, 7: 4, 99: 1}, 0, 7),
    ],
)
def test_a_quantile_is_exact(histogram: dict[int, int], p50: int, p90: int) -> None:
    assert (quantile(histogram, 50), quantile(histogram, 90)) == (p50, p90)


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="empty"):
        quantile({}, 50)


async def test_the_kpi_sums_up_the_year() -> None:
    desk = Desk()
    desk.views.put(*shown(service, LeadTimeDays, [_paid(3), _paid(4), _paid(12), _paid(2, "G0201")]).values())
    desk.views.put(LeadTimeDays("G0101:2025:0001", "G0101", "2025", "0001", 7))
    found: list[AidLeadTime] = []

    async def look(work: Work) -> None:
        found[:] = await get("2026", work)

    await desk.does("cadre", look)
    assert found == [
        AidLeadTime("G0101:2026", "G0101", "2026", 3, 4, 12),
        AidLeadTime("G0201:2026", "G0201", "2026", 1, 2, 2),
    ]
