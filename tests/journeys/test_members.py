"""A worker applies, is admitted by other hands, moves to another union, and leaves."""

import asyncio

import pytest

from tests.journeys.group import FIRST, Group
from tests.journeys.people import member, person, stranger, union

pytestmark = pytest.mark.stack


async def test_a_membership_from_the_application_to_its_end(group: Group) -> None:
    here, there = await union(group, "M1"), await union(group, "M2")
    worker, card = stranger(), person(101)
    form = {"org_id": here.basic, **card}
    applied = await group.does(worker, "members", f"/members/{worker}/application", form)
    approval = f"/applications/{applied.subject}/approval"
    number = {"id_number": card["id_number"]}
    assert await group.is_refused(here.cadre, "members", approval, number) == "Forbidden"
    assert await group.is_refused(there.chair, "members", approval, number) == "Forbidden"
    await group.does(here.chair, "members", approval, number)
    assert (await group.sees(worker, "members", f"/members/{worker}"))["org_id"] == here.basic

    twice = {"org_id": there.basic, **card}
    assert await group.is_refused(there.chair, "members", "/members", twice) == "AlreadyMember"

    await group.does(worker, "members", f"/members/{worker}/transfer", {"to_org": there.basic})
    acceptance = f"/members/{worker}/transfer/acceptance"
    assert await group.is_refused(here.chair, "members", acceptance, {"to_org": there.basic}) == "Forbidden"
    await group.does(there.chair, "members", acceptance, {"to_org": there.basic})
    await group.sees(there.chair, "members", f"/members/{worker}", lambda card: card["org_id"] == there.basic)
    rates = await group.sees(FIRST, "members", "/kpi/membership-rate")
    assert {row["org_id"]: row["active"] for row in rates}.get(here.basic, 0) == 0

    await group.does(there.chair, "members", f"/members/{worker}/end", {"reason": "resigned"})
    aid = {"org_id": there.basic, "aid_type": "living", "amount_fen": 100_00}

    async def refused() -> str:
        return await group.is_refused(there.cadre, "welfare", f"/members/{worker}/aid", aid)

    while (refusal := await refused()) != "NoMembership":
        assert refusal in {"MemberUnknownHere", "MemberElsewhere"}


async def test_of_two_unions_that_admit_one_person_at_once_one_does(group: Group) -> None:
    one, other = await union(group, "M3"), await union(group, "M4")
    answers = await asyncio.gather(
        *(
            group.api.post(union.chair, "members", "/members", {"org_id": union.basic, **person(102)}, key=f"m-{n}")
            for n in range(4)
            for union in (one, other)
        )
    )
    accepted = [answer for answer in answers if answer.accepted]
    assert len(accepted) == 1
    assert {answer.refusal for answer in answers if not answer.accepted} == {"AlreadyMember"}


async def test_nobody_acts_on_a_sister_subsidiary(group: Group) -> None:
    here, sister = await union(group, "M5"), await union(group, "M6")
    mine = await member(group, here, 103)
    for actor in (sister.head, sister.chair, sister.cadre):
        assert (await group.api.get(actor, "members", f"/members/{mine}")).status in (403, 404)
        assert (await group.api.get(actor, "members", f"/organisations/{here.basic}/members")).body == []
    assert (
        await group.is_refused(sister.chair, "members", f"/members/{mine}/end", {"reason": "resigned"}) == "Forbidden"
    )
