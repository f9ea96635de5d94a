from datetime import date, timedelta

import pytest

from services.welfare import service
from services.welfare.voice.case_terms import DEFAULT, TERMS, CaseTerms, term_of, upwards
from services.welfare.voice.case_terms_set import CaseTermsSet
from services.welfare.voice.set_case_term import SetCaseTerm, TermStartsInPast, post, set_term
from shared.events.welfare.voice import CaseTermSet
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Work
from tests.story import TODAY, Desk, given, shown

NEXT_YEAR = date(2027, 1, 1)
SET = CaseTermSet(org_id="G01", term="general", working_days=3, valid_from=TODAY)
LATER = SET.model_copy(update={"working_days": 2, "valid_from": NEXT_YEAR})
COMMAND = SetCaseTerm(org_id="G01", term="general", working_days=3, valid_from=TODAY)


def test_a_term_is_set_from_a_day_on() -> None:
    given(CaseTerms, id="G01").when(set_term, COMMAND, TODAY).then(SET).when(set_term, COMMAND, TODAY).then_nothing()


def test_terms_are_versions_by_the_day_from_which_they_hold() -> None:
    terms = given(CaseTerms, LATER, SET, id="G01").state
    assert [terms.on("general", day) for day in (TODAY - timedelta(1), TODAY, NEXT_YEAR - timedelta(1), NEXT_YEAR)] == [
        None,
        3,
        3,
        2,
    ]
    assert terms.on("urgent", NEXT_YEAR) is None
    corrected = SET.model_copy(update={"working_days": 4})
    assert given(CaseTerms, SET, corrected, id="G01").state.on("general", TODAY) == 4


def test_what_has_been_promised_is_not_changed_afterwards() -> None:
    past = COMMAND.model_copy(update={"valid_from": TODAY - timedelta(days=1)})
    given(CaseTerms, id="G01").when(set_term, past, TODAY).then_refused(TermStartsInPast)


async def _term(desk: Desk, org_id: str) -> list[int]:
    found: list[int] = []

    async def look(work: Work) -> None:
        found.append(await term_of(org_id, "general", work))

    await desk.does("cadre", look)
    return found[-1:]


async def test_the_nearest_one_upwards_holds_and_else_the_default() -> None:
    desk = Desk()
    assert await _term(desk, "G0101") == [DEFAULT["general"]]
    await desk.does("admin", post, COMMAND.model_copy(update={"org_id": "G", "working_days": 9}))
    assert await _term(desk, "G0101") == [9]
    await desk.does("admin", post, COMMAND)
    assert (await _term(desk, "G0101"), await _term(desk, "G0201")) == ([3], [9])
    with pytest.raises(OrganisationUnknownHere):
        await _term(desk, "G09")
    assert upwards("/G/G01/G0101/") == ["G0101", "G01", "G"]


def test_every_class_has_a_default() -> None:
    assert set(DEFAULT) == set(TERMS)


def test_what_has_been_set_is_shown() -> None:
    rows = shown(service, CaseTermsSet, [SET, LATER])
    assert {key: row.working_days for key, row in rows.items()} == {
        "G01:general:2026-11-24": 3,
        "G01:general:2027-01-01": 2,
    }
