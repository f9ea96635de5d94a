import asyncio

import pytest

from services.welfare import service
from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout
from services.welfare.voice.case_card import CaseCard, get, get_all
from services.welfare.voice.my_cases import get as get_mine
from shared.events.welfare.voice import CaseAboutSomebody
from shared.kernel.event import Event
from shared.kernel.refusal import NotFound
from shared.kernel.work import Actor, Minted, Work
from tests.story import ANN, BEN, SUBJECT, TODAY, Desk, shown
from tests.welfare.voice.examples import (
    ANSWERED,
    ASSIGNED_AGAIN,
    CLOSED,
    DUE,
    GUARDED,
    IN_REVIEW,
    LATE,
    ONCE,
    OPENED,
    OVERDUE,
    RATED_BADLY,
    RATED_WELL,
    REOPENED,
    TAKEN,
    TRANSFERRED,
    UNKNOWN,
    UNRATED,
    desk,
    knowing,
)

FIRST = CaseCard(SUBJECT, "G0101", ANN, "meals", "general", False, TODAY, DUE, LATE)


def _shown(*events: Event) -> CaseCard:
    return shown(service, CaseCard, events)[SUBJECT]


def test_a_case_is_shown_as_it_stands() -> None:
    assert _shown(OPENED) == FIRST
    assigned = _shown(*TAKEN)
    assert (assigned.status, assigned.handler_id) == ("assigned", "cadre")
    transferred = _shown(*TAKEN, TRANSFERRED)
    assert (transferred.status, transferred.org_id, transferred.handler_id) == ("opened", "G01", None)
    answered = _shown(*ONCE)
    assert (answered.status, answered.outcome_code, answered.on_time, answered.answered_on) == (
        "answered",
        "explained",
        True,
        TODAY,
    )
    assert (answered.escalates_on, answered.unrated_from) == (None, UNRATED)
    closed = _shown(*ONCE, RATED_WELL, CLOSED)
    assert (closed.status, closed.stars, closed.basis, closed.closed_on) == ("closed", 4, "satisfied", TODAY)


def test_a_second_round_is_shown() -> None:
    reopened = _shown(*TAKEN, OVERDUE, ANSWERED, RATED_BADLY, REOPENED)
    assert (reopened.status, reopened.round, reopened.handler_id, reopened.overdue_level) == ("reopened", 2, None, 0)
    assert reopened.escalates_on == LATE
    again = _shown(*ONCE, RATED_BADLY, REOPENED, ASSIGNED_AGAIN, TRANSFERRED.model_copy(update={"round": 2}))
    assert (again.status, again.org_id) == ("reopened", "G01")
    assert _shown(*IN_REVIEW).status == "in_review"
    assert _shown(*TAKEN, OVERDUE).overdue_level == 1


def test_an_unnamed_case_is_of_nobody() -> None:
    assert _shown(UNKNOWN).member_id == "anonymous"


def _asking(desk: Desk, actor: str) -> Work:
    return Work(desk.commands, Actor(actor), Minted(desk.commands.ids))


async def test_for_the_person_complained_about_the_case_does_not_exist() -> None:
    known = await knowing(GUARDED, about=True)
    known.views.put(card := _shown(GUARDED))
    assert await get(SUBJECT, _asking(known, "cadre")) == card
    with pytest.raises(NotFound):
        await get(SUBJECT, _asking(known, "chair"))
    assert await get(BEN, _asking(known, "chair")) is None


async def _many(about: dict[int, str]) -> Desk:
    """Ten cases, some of them about somebody."""
    known = desk()
    for number in range(10):
        case_id = f"00000000-0000-7000-8000-{number:012x}"
        opened = OPENED.model_copy(update={"case_id": case_id, "guarded": number in about})
        await known.knows(Case, opened, id=case_id)
        if number in about:
            named = CaseAboutSomebody(case_id=case_id, org_id="G0101", about=(about[number],))
            await known.knows(CaseAbout, named, id=case_id)
        known.views.put(*shown(service, CaseCard, [opened]).values())
    return known


async def test_lists_leave_it_out_and_pages_stay_full() -> None:
    known = await _many({0: "chair", 2: "cadre", 3: "chair", 4: "chair", 9: "chair"})
    seen: list[str] = []
    while page := await get_all(_asking(known, "chair"), limit=2, after=seen[-1] if seen else None):
        assert len(page) == 2
        seen += [card.id for card in page]
    assert [int(card_id[-2:], 16) for card_id in seen] == [1, 2, 5, 6, 7, 8]
    assert len(await get_all(_asking(known, "cadre"))) == 9
    assert len(await get_all(_asking(known, "admin"))) == 10
    assert len(await get_all(_asking(known, "admin"), limit=10)) == 10


async def test_lists_are_asked_for_by_organisation_status_and_handler() -> None:
    known = desk()
    for number, events in enumerate([(OPENED,), TAKEN, ONCE]):
        case_id = f"00000000-0000-7000-8000-{number:012x}"
        told = [event.model_copy(update={"case_id": case_id}) for event in events]
        known.views.put(shown(service, CaseCard, told)[case_id])
    work = _asking(known, "admin")
    counts = await asyncio.gather(
        get_all(work, org_id="G0101"),
        get_all(work, status="opened"),
        get_all(work, handler_id="cadre"),
        get_all(work, org_id="G01"),
    )
    assert [len(found) for found in counts] == [3, 1, 2, 0]


async def test_a_member_sees_its_own() -> None:
    known = desk()
    known.views.put(_shown(OPENED))
    assert await get_mine(ANN, _asking(known, ANN)) == [FIRST]
    assert await get_mine(BEN, _asking(known, BEN)) == []
