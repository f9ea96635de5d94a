from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.welfare import service
from services.welfare.policy.change_limit import ChangeLimit, LimitInThePast, VersionStands, WhoseLimit, change, post
from services.welfare.policy.policy_limit import PolicyLimit, get
from services.welfare.policy.policy_limits import Limit, NoPolicyLimit, PolicyLimits, limit_of, needed_limit
from shared.events.welfare.policy import PolicyLimitChanged
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.work import Actor, Work
from tests.story import TODAY, Desk, given, shown
from tests.welfare.examples import LIMIT, Places, limits

GROUP = Actor("group")
OTHER = "00000000-0000-7000-8000-0000000000b2"
FIRST = ChangeLimit(org_id="G", kind="medical", cap_fen=800_000, effective_from=date(2026, 1, 1), source_ref="D-1")
NEXT = FIRST.model_copy(update={"cap_fen": 900_000, "effective_from": TODAY})
SECOND = limits(cap_fen=900_000).model_copy(update={"policy_id": OTHER, "effective_from": TODAY})


def test_a_limit_is_set_and_the_same_twice_is_once() -> None:
    first = given(PolicyLimits).when(change, FIRST, LIMIT.id, GROUP, TODAY).then(limits())
    first.when(change, FIRST, OTHER, GROUP, TODAY).then_nothing()
    first.when(change, NEXT, OTHER, GROUP, TODAY).then(SECOND)


def test_a_version_never_changes() -> None:
    other = FIRST.model_copy(update={"cap_fen": 1})
    given(PolicyLimits, limits()).when(change, other, OTHER, GROUP, TODAY).then_refused(VersionStands)


def test_every_kind_has_its_own_versions() -> None:
    living = FIRST.model_copy(update={"kind": "living", "cap_fen": 1})
    given(PolicyLimits, limits()).when(change, living, LIMIT.id, GROUP, TODAY).then(limits("living", 1))


def test_only_the_first_version_begins_in_the_past() -> None:
    late = NEXT.model_copy(update={"effective_from": TODAY - timedelta(days=1)})
    given(PolicyLimits, limits()).when(change, late, OTHER, GROUP, TODAY).then_refused(LimitInThePast)


def test_the_version_that_has_begun_last_holds() -> None:
    state = given(PolicyLimits, SECOND, limits()).state
    assert state.of("medical", date(2025, 12, 31)) is None
    assert state.of("medical", date(2026, 1, 1)) == LIMIT
    assert state.of("medical", TODAY - timedelta(days=1)) == LIMIT
    assert state.of("living", TODAY) is None
    assert state.of("medical", TODAY) == Limit(OTHER, "medical", 900_000, TODAY)


def test_a_kind_is_one_of_the_list() -> None:
    with pytest.raises(ValidationError):
        ChangeLimit.model_validate({**FIRST.model_dump(), "kind": "banquet"})


async def test_a_limit_is_of_an_organisation_or_of_a_place() -> None:
    desk = Desk(Places())
    for words in ({"org_id": None}, {"jurisdiction": "340000"}):
        with pytest.raises(WhoseLimit):
            await desk.does("group", post, FIRST.model_copy(update=words))
    with pytest.raises(OrganisationUnknownHere):
        await desk.does("group", post, FIRST.model_copy(update={"org_id": "G9"}))
    await desk.does("group", post, FIRST)
    await desk.does("group", post, FIRST.model_copy(update={"org_id": None, "jurisdiction": "340000"}))
    assert [(event.org_id, event.jurisdiction) for event in desk.events() if isinstance(event, PolicyLimitChanged)] == [
        ("G", None),
        (None, "340000"),
    ]


async def _found(desk: Desk, org_id: str, on: date = TODAY) -> Limit | None:
    found: list[Limit | None] = []

    async def look(work: Work) -> None:
        found[:] = [await limit_of("medical", org_id, on, work)]

    await desk.does("somebody", look)
    return found[0]


def _cap(cap_fen: int) -> PolicyLimitChanged:
    return limits(cap_fen=cap_fen)


async def test_the_nearest_limit_upwards_counts_and_at_last_that_of_the_place() -> None:
    desk = Desk(Places())
    assert await _found(desk, "G0101") is None
    await desk.knows(PolicyLimits, _cap(1), id="place:340000")
    assert await _found(desk, "G0101") == Limit(LIMIT.id, "medical", 1, LIMIT.effective_from)
    await desk.knows(PolicyLimits, _cap(2), id="org:G")
    await desk.knows(PolicyLimits, _cap(3), id="org:G01")
    await desk.knows(PolicyLimits, _cap(9), id="org:G02")
    await desk.knows(PolicyLimits, limits("living", 7), id="org:G01")
    assert await _found(desk, "G0101") == Limit(LIMIT.id, "medical", 3, LIMIT.effective_from)
    assert await _found(desk, "G0201") == Limit(LIMIT.id, "medical", 9, LIMIT.effective_from)
    assert await _found(desk, "G") == Limit(LIMIT.id, "medical", 2, LIMIT.effective_from)


async def test_a_limit_that_has_not_begun_does_not_hide_the_one_above() -> None:
    desk = Desk(Places())
    await desk.knows(PolicyLimits, _cap(2), id="org:G")
    later = _cap(3).model_copy(update={"effective_from": TODAY + timedelta(days=1)})
    await desk.knows(PolicyLimits, later, id="org:G01")
    assert await _found(desk, "G0101") == Limit(LIMIT.id, "medical", 2, LIMIT.effective_from)
    assert (await _found(desk, "G0101", TODAY + timedelta(days=1))) == Limit(
        LIMIT.id, "medical", 3, TODAY + timedelta(days=1)
    )


async def test_without_a_limit_nothing_is_granted() -> None:
    desk = Desk(Places())

    async def need(work: Work) -> None:
        await needed_limit("medical", "G0101", TODAY, work)

    with pytest.raises(NoPolicyLimit):
        await desk.does("admin", need)


async def test_the_limits_of_an_organisation_are_shown_nearest_first() -> None:
    place = limits().model_copy(update={"org_id": None, "jurisdiction": "340000", "policy_id": OTHER})
    rows = shown(service, PolicyLimit, [limits()], [place])
    desk = Desk(Places())
    desk.views.put(*rows.values())
    found: list[PolicyLimit] = []

    async def look(work: Work) -> None:
        found[:] = await get("G0101", work)

    await desk.does("cadre", look)
    assert [(row.scope, row.cap_fen) for row in found] == [("org:G", 800_000), ("place:340000", 800_000)]


def test_a_version_that_has_not_begun_does_not_close_the_past() -> None:
    """Of a kind that was set for next year only, nothing was measured yet: the first one may begin in the past."""
    planned = limits().model_copy(update={"effective_from": TODAY + timedelta(days=38), "policy_id": OTHER})
    given(PolicyLimits, planned).when(change, FIRST, LIMIT.id, GROUP, TODAY).then(limits())
