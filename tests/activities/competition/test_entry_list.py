from typing import Any

import pytest

from services.activities import service
from services.activities.competition import entry_list
from services.activities.competition.entry_list import Entrant, EntryList, JudgesSeeCodes
from tests.activities.competition.examples import (
    APPOINTED,
    CODED,
    ENTRY_OF_ANN,
    ENTRY_OF_BEN,
    HELD,
    JUDGES,
    PROPOSED,
    ROUND_CLOSED,
    SHEETS,
    UNTIL_CONFIRMED,
    WITHDRAWN,
    accepted,
    answer_of,
    rejected,
)
from tests.story import ANN, BEN, CAI, SUBJECT, Desk, shown


def _entries(*streams: Any) -> EntryList:
    return shown(service, EntryList, *streams)[SUBJECT]


ENTERED = [PROPOSED, rejected(ANN), accepted(), accepted(BEN, ENTRY_OF_BEN), rejected(CAI), APPOINTED]


async def test_the_organiser_hands_out_the_codes() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_entries(ENTERED, [CODED]))
    row = await answer_of(desk, "cadre", entry_list.get)
    assert row == EntryList(
        id=SUBJECT,
        org_id="G01",
        entrants={ANN: Entrant(ENTRY_OF_ANN, "G0101"), BEN: Entrant(ENTRY_OF_BEN, "G0101")},
        rejected={CAI: "wrong_trade"},
        codes={ENTRY_OF_BEN: "E0001", ENTRY_OF_ANN: "E0002"},
        judges=list(JUDGES),
    )
    assert _entries([PROPOSED, accepted(), WITHDRAWN]).entrants == {}


async def test_no_judge_sees_who_stands_behind_a_code() -> None:
    desk = Desk(today=HELD)
    desk.views.put(_entries(ENTERED, [CODED]))
    with pytest.raises(JudgesSeeCodes):
        await answer_of(desk, "judge-6", entry_list.get)


def test_all_of_a_competition_is_shown_in_any_order() -> None:
    shown(service, EntryList, UNTIL_CONFIRMED, [CODED, *SHEETS, ROUND_CLOSED])
