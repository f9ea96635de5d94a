from datetime import date

from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.organisation.report_headcount import (
    MonthNotBegun,
    PartsExceedWhole,
    ReportedLater,
    ReportHeadcount,
    post,
    report,
)
from shared.events.members.organisation import HeadcountReported
from tests.members.organisation.examples import BASIC
from tests.story import Desk, given

ON = date(2026, 11, 24)
COMMAND = ReportHeadcount(period="2026-11", headcount=120, dispatched=20, frontline=80)
REPORTED = HeadcountReported(org_id="G0101", period="2026-11", headcount=120, dispatched=20, frontline=80)


def test_a_headcount_is_reported() -> None:
    given(Organisation, BASIC, id="G0101").when(report, COMMAND, ON).then(REPORTED)


def test_the_same_report_twice_is_one() -> None:
    given(Organisation, BASIC, REPORTED, id="G0101").when(report, COMMAND, ON).then_nothing()


def test_a_month_may_be_corrected() -> None:
    corrected = COMMAND.model_copy(update={"headcount": 121})
    changed = REPORTED.model_copy(update={"headcount": 121})
    given(Organisation, BASIC, REPORTED, id="G0101").when(report, corrected, ON).then(changed)


def test_only_established_organisations_report() -> None:
    given(Organisation, id="G0101").when(report, COMMAND, ON).then_refused(NotEstablished)


def test_a_part_is_not_larger_than_the_whole() -> None:
    for part in ("dispatched", "frontline"):
        command = COMMAND.model_copy(update={part: 121})
        given(Organisation, BASIC, id="G0101").when(report, command, ON).then_refused(PartsExceedWhole)
        all_of_them = REPORTED.model_copy(update={part: 120})
        given(Organisation, BASIC, id="G0101").when(report, COMMAND.model_copy(update={part: 120}), ON).then(
            all_of_them
        )


def test_a_month_is_reported_once_it_has_begun() -> None:
    command = COMMAND.model_copy(update={"period": "2026-12"})
    given(Organisation, BASIC, id="G0101").when(report, command, ON).then_refused(MonthNotBegun)


def test_reports_go_forward() -> None:
    command = COMMAND.model_copy(update={"period": "2026-10"})
    given(Organisation, BASIC, REPORTED, id="G0101").when(report, command, ON).then_refused(ReportedLater)


async def test_the_route_reports_for_the_organisation_in_its_path() -> None:
    desk = Desk(today=ON)
    await desk.knows(Organisation, BASIC, id="G0101")
    await desk.does("chair", post, "G0101", COMMAND)
    assert desk.events(after=1) == [REPORTED]
