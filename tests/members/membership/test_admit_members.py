"""A batch: every rule holds for every row, and a row that cannot stand leaves the others standing."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.members.membership.admission import Admitted
from services.members.membership.admit_members import LARGEST, AdmitMembers, get, post
from services.members.membership.join_member import JoinMember
from services.members.membership.member import Member
from services.members.organisation.organisation import Organisation
from shared.events.members.application import AdmittedRow, MembersAdmitted
from shared.kernel.work import Outcome, Work
from tests.members.membership.examples import ENDED, REQUESTED
from tests.members.membership.test_join_member import COMMAND
from tests.members.organisation.examples import BASIC, GROUP, OTHER_BASIC, PROPOSED, SUBSIDIARY
from tests.story import TODAY, Desk

IDS = ("110000199001011235", "110000199001010013", "310000198502030015", "11010519491231002X")


def person(number: int, **more: Any) -> JoinMember:
    return COMMAND.model_copy(update={"id_number": IDS[number], **more})


async def _desk() -> Desk:
    desk = Desk()
    for known in (GROUP, SUBSIDIARY, BASIC, OTHER_BASIC):
        await desk.knows(Organisation, known, id=known.org_id)
    return desk


async def _admits(
    desk: Desk, *rows: JoinMember, org_id: str = "G", **more: Any
) -> tuple[list[tuple[str, str | None]], Outcome]:
    outcome = await desk.does("admin", post, AdmitMembers(org_id=org_id, rows=rows), **more)
    if not outcome.commits:
        return [], outcome
    found: list[Admitted] = []

    async def look(work: Work) -> None:
        found.append(await get(outcome.commits[0].events[0].headers["ce_subject"], work))

    await desk.does("admin", look)
    return [(row.outcome, row.code) for row in found[-1].rows], outcome


async def test_many_join_at_once_and_the_answer_is_the_batch() -> None:
    desk = await _desk()
    rows, outcome = await _admits(desk, person(0), person(1, org_id="G0201"))
    assert rows == [("joined", None)] * 2
    assert [type(event).__name__ for event in desk.events(after=4)] == [
        "MembersAdmitted",
        "MemberJoined",
        "MemberJoined",
    ]
    assert outcome.commits[0].stream.startswith("Admission:")
    assert len({commit.unit for commit in outcome.commits}) == 1
    kept = {subject: fields["id_number"] for (_, subject), fields in desk.log.documents.items()}
    assert sorted(kept.values()) == sorted(IDS[:2])
    assert set(kept) == set(desk.log.held.values())


async def test_the_same_batch_twice_changes_nothing() -> None:
    desk = await _desk()
    await _admits(desk, person(0), person(1))
    before = len(desk.log.commits), dict(desk.log.documents), dict(desk.log.held)
    rows, outcome = await _admits(desk, person(0), person(1))
    assert (rows, outcome.commits) == ([], ())
    assert (len(desk.log.commits), desk.log.documents, desk.log.held) == before


async def test_a_repeated_key_is_answered_as_before() -> None:
    desk = await _desk()
    first, outcome = await _admits(desk, person(0), key="k")
    again, replayed = await _admits(desk, person(0), key="k")
    assert (again, replayed.replayed, replayed.commits[0]) == (first, True, outcome.commits[0])


async def test_rows_that_cannot_stand_leave_the_others_standing_and_nothing_behind() -> None:
    desk = await _desk()
    await desk.knows(Organisation, PROPOSED.model_copy(update={"org_id": "P"}), id="P")
    rows, _ = await _admits(
        desk,
        person(0, org_id="G01"),
        person(1, joined_on=TODAY + timedelta(days=1)),
        person(2, org_id="nowhere"),
        person(2, org_id="P"),
        person(1, joined_on=date(2005, 12, 31)),
        person(3),
    )
    assert rows == [
        ("refused", "HoldsNoMembers"),
        ("refused", "JoinsInFuture"),
        ("refused", "NotEstablished"),
        ("refused", "NotEstablished"),
        ("refused", "JoinsTooYoung"),
        ("joined", None),
    ]
    assert len(desk.log.held) == len(desk.log.documents) == 1


async def test_a_person_stands_in_a_batch_once() -> None:
    desk = await _desk()
    rows, _ = await _admits(desk, person(0), person(0, org_id="G0201"), person(1))
    assert rows == [("joined", None), ("refused", "SamePerson"), ("joined", None)]


async def test_a_batch_stays_below_the_organisation_in_whose_name_it_is() -> None:
    desk = await _desk()
    rows, _ = await _admits(desk, person(0, org_id="G0201"), person(1), org_id="G01")
    assert rows == [("refused", "OutsideBatch"), ("joined", None)]


async def test_members_are_told_apart_from_newcomers() -> None:
    desk = await _desk()
    await _admits(desk, *(person(number) for number in range(4)))
    homes = dict(desk.log.held)
    leaver = homes[f"person:finger-of-{IDS[3]}"]
    await desk.knows(Member, ENDED.model_copy(update={"member_id": leaver}), id=leaver)
    mover = homes[f"person:finger-of-{IDS[2]}"]
    await desk.knows(Member, REQUESTED.model_copy(update={"member_id": mover}), id=mover)
    rows, _ = await _admits(desk, person(0, frontline=False), person(1, org_id="G0201"), person(2), person(3))
    assert rows == [("differs", None), ("elsewhere", None), ("unchanged", None), ("refused", "JoinsBeforeEnd")]
    (told,) = [event for event in desk.events() if isinstance(event, MembersAdmitted)][1:]
    assert told.rows[1] == AdmittedRow(
        outcome="elsewhere", member_id=homes[f"person:finger-of-{IDS[1]}"], org_id="G0101"
    )


async def test_one_who_has_left_comes_back_by_a_later_day_only() -> None:
    desk = await _desk()
    await _admits(desk, person(0))
    (member,) = desk.log.held.values()
    await desk.knows(Member, ENDED.model_copy(update={"member_id": member}), id=member)
    rows, _ = await _admits(desk, person(0, joined_on=None))
    assert rows == [("refused", "JoinsBeforeEnd")]
    rows, _ = await _admits(desk, person(0, joined_on=TODAY))
    assert rows == [("joined", None)]
    assert (await desk.state(Member, member)).seq == 2


def test_a_batch_has_a_bound_and_tells_nothing_when_printed() -> None:
    with pytest.raises(ValidationError):
        AdmitMembers(org_id="G", rows=(COMMAND,) * (LARGEST + 1))
    with pytest.raises(ValidationError):
        AdmitMembers(org_id="G", rows=())
    assert "张三" not in repr(AdmitMembers(org_id="G", rows=(COMMAND,)))
