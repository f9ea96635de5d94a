"""K6 by organisation and season."""

from typing import Any

from services.activities import service
from services.activities.activity.participation import ActiveMembers
from services.activities.competition.competition_coverage import (
    CompetitionCoverage,
    CompetitionEntry,
    SeasonPlan,
    get,
)
from shared.directory.entries import Organisation
from shared.events.activities.competition import EntryWithdrawn
from tests.activities.competition.examples import (
    APPROVED,
    CANCELLED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    UNTIL_ENTERED,
    accepted,
)
from tests.activities.competition.test_competition_card import card
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, shown

OTHER = "00000000-0000-7000-8000-000000000002"
THIRD_ENTRY = "00000000-0000-7000-8000-0000000000e3"
KINDS = {"G": "group", "G01": "subsidiary", "G02": "subsidiary", "G0101": "basic", "G0201": "basic"}


def _fitters(event: Any) -> Any:
    known = {"competition_id": OTHER, "trade": "fitter"} if hasattr(event, "trade") else {"competition_id": OTHER}
    return event.model_copy(update=known)


def _desk(*entries: CompetitionEntry, called_off: bool = False) -> Desk:
    desk = Desk()
    for org_id, path in desk.directory.paths.items():
        desk.views.put(Organisation(org_id, org_id, KINDS[org_id], path, "110000"))  # type: ignore[arg-type]
    desk.views.put(ActiveMembers("G0101", "G0101", 10), ActiveMembers("G0201", "G0201", 5))
    other = [_fitters(event) for event in UNTIL_ENTERED[:2]]
    desk.views.put(card(*UNTIL_ENTERED, *([CANCELLED] if called_off else [])))
    desk.views.put(*shown(service, type(card(*UNTIL_ENTERED)), other).values())
    desk.views.put(*shown(service, SeasonPlan, [APPROVED], [_fitters(APPROVED)]).values())
    desk.views.put(*entries)
    return desk


async def _covered(desk: Desk) -> dict[str, CompetitionCoverage]:
    answers: list[list[CompetitionCoverage]] = []

    async def ask(work: object) -> None:
        answers.append(await get("2026", work))  # type: ignore[arg-type]

    await desk.does("cadre", ask)
    return {row.id: row for row in answers[-1]}


def _entry(entry_id: str, member_id: str, org_id: str = "G0101", **more: Any) -> CompetitionEntry:
    said = {"competition_id": SUBJECT, "trade": "welder", "season": "2026", "level": "subsidiary"} | more
    return CompetitionEntry(id=entry_id, member_id=member_id, org_id=org_id, **said)


def test_one_row_for_each_entry() -> None:
    withdrawn = EntryWithdrawn(
        competition_id=SUBJECT, entry_id=ENTRY_OF_ANN, member_ids=(ANN,), org_id="G0101", by="member"
    )
    rows = shown(service, CompetitionEntry, [accepted(), accepted(BEN, ENTRY_OF_BEN), withdrawn])
    assert rows == {
        ENTRY_OF_ANN: _entry(ENTRY_OF_ANN, ANN, standing=False),
        ENTRY_OF_BEN: _entry(ENTRY_OF_BEN, BEN),
    }


async def test_entrants_are_counted_once_at_every_level() -> None:
    desk = _desk(
        _entry(ENTRY_OF_ANN, ANN),
        _entry(THIRD_ENTRY, ANN, competition_id=OTHER, trade="fitter"),
        _entry(ENTRY_OF_BEN, BEN),
    )
    rows = await _covered(desk)
    both, below, level = ["fitter", "welder"], CompetitionCoverage, ["subsidiary"]
    assert rows["G"] == below("G", "G", "2026", 2, 15, 1, 2, both, both, level)
    assert rows["G01"] == below("G01", "G01", "2026", 2, 10, 1, 1, both, both, level)
    assert rows["G0101"] == below("G0101", "G0101", "2026", 2, 10, 1, 1, both, both, level)
    assert rows["G02"] == below("G02", "G02", "2026", 0, 5, 0, 1, [], [], [])
    assert len(rows) == 5


async def test_who_withdrew_or_entered_what_was_called_off_does_not_count() -> None:
    entries = (
        _entry(ENTRY_OF_ANN, ANN),
        _entry(ENTRY_OF_BEN, BEN, standing=False),
        _entry(THIRD_ENTRY, CAI, "G0201", season="2025"),
    )
    assert (await _covered(_desk(*entries)))["G"].entrants == 1
    rows = await _covered(_desk(*entries, called_off=True))
    assert (rows["G"].entrants, rows["G"].trades_planned) == (0, ["fitter"])


async def test_a_season_without_a_plan_has_no_coverage() -> None:
    desk = _desk()
    for key in [key for key in desk.views.rows if key[0] is SeasonPlan]:
        del desk.views.rows[key]
    assert {row.entrants for row in (await _covered(desk)).values()} == {0}
