"""Officers who may act in their own subsidiary name it, and with it what belongs to a sister: her members, her money,
her organisations. The authority to ask is there; the rule of each command has to say no."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.hostile.test_sister_subsidiary import case, id_number
from tests.hostile.town import FIRST_NUMBER, OURS, SISTER, TODAY, Town
from tests.journeys.people import person, stranger

pytestmark = pytest.mark.stack
Words = dict[str, Any]


def here(**more: Any) -> Callable[[Town], Words]:
    """In the name of the one who asks; `...` stands for what the town has of the sister's."""
    return lambda town: {
        "org_id": town.sister.basic,
        **{name: town.ids[name] if value is ... else value for name, value in more.items()},
    }


def unit(**words: str) -> Callable[[Town], Words]:
    one = {"org_id": f"{SISTER}-5", "parent_id": OURS, "kind": "basic", "jurisdiction": "110000", **words}
    return lambda _: {"org_id": SISTER, "units": [one]}


MEMBERS = "members"
TRIES: Mapping[str, tuple[str, str, str, Callable[[Town], Words], str]] = {
    "aid for her member": (
        "CADRE",
        "welfare",
        "/members/{member_id}/aid",
        here(aid_type="medical", amount_fen=100),
        "MemberElsewhere",
    ),
    "a hardship file of her member": (
        "CADRE",
        "welfare",
        "/members/{member_id}/hardship",
        here(),
        "MemberElsewhere",
    ),
    "taking over a file of her member": (
        "CADRE",
        "welfare",
        "/members/{member_id}/hardship-takeover",
        here(hardship_class="DEEP", opened_on="2025-09-01", review_due_on="2026-12-01"),
        "MemberElsewhere",
    ),
    "a case of her member": (
        "CADRE",
        "welfare",
        "/cases",
        lambda town: {**case(town), **here(member_id=...)(town)},
        "OtherUnion",
    ),
    "an old case of her member": (
        "CHAIR",
        "welfare",
        "/cases/imports",
        lambda town: {
            **case(town),
            **here(member_id=..., source_ref="H/7", opened_on=TODAY, due_on=TODAY)(town),
        },
        "OtherUnion",
    ),
    "where a person is a member": (
        "CADRE",
        MEMBERS,
        "/members/lookup",
        here(id_number=id_number(0)),
        "NobodyHere",
    ),
    "a member who is hers": (
        "CHAIR",
        MEMBERS,
        "/members",
        lambda town: {**here()(town), **person(FIRST_NUMBER)},
        "AlreadyMember",
    ),
    "a transfer that nobody asked for": (
        "CHAIR",
        MEMBERS,
        "/members/{member_id}/transfer/acceptance",
        lambda town: {"to_org": town.sister.basic},
        "NoSuchTransfer",
    ),
    "an organisation that is hers": (
        "CADRE",
        MEMBERS,
        "/organisations",
        lambda town: {
            "org_id": town.ours.basic,
            "parent_id": SISTER,
            "kind": "basic",
            "jurisdiction": "110000",
        },
        "CodeTaken",
    ),
    "organisations below hers": ("SUBSIDIARY_ADMIN", MEMBERS, "/foundings", unit(), "OutsideFounding"),
    "her correction on the own account": (
        "FINANCE",
        "welfare",
        "/accounts/{own_account}/corrections/{correction_id}/confirmation",
        lambda _: {},
        "NoSuchCorrection",
    ),
    "a prize of hers in a competition of one's own": (
        "FINANCE",
        "welfare",
        "/prizes/{prize_id}/payment",
        lambda town: {"competition_id": town.sister.account, "voucher_ref": "V-3", "paid_on": TODAY},
        "NotFound",
    ),
}


@pytest.mark.parametrize("what", TRIES)
async def test_what_is_the_sisters_cannot_be_had_in_ones_own_name(what: str, town: Town) -> None:
    role, service, path, body, refusal = TRIES[what]
    named = path.format_map({**town.ids, "own_account": town.sister.account})
    answer = await town.group.api.post(town.sister.officers[role], service, named, body(town), key=stranger())
    assert answer.refusal == refusal, answer


async def test_nobody_draws_on_the_money_of_a_sister(town: Town) -> None:
    group, sister = town.group, town.sister
    asked = {"org_id": sister.basic, "aid_type": "medical", "amount_fen": 100_00}
    aid = (await group.does(sister.member, "welfare", f"/members/{sister.member}/aid", asked)).subject
    review = {"account_id": town.ours.account}
    chair = sister.officers["CHAIR"]
    assert await group.is_refused(chair, "welfare", f"/aid/{aid}/review", review) == "OtherPeoplesMoney"


async def test_prizes_are_not_promised_out_of_the_money_of_a_sister(town: Town) -> None:
    group, sister = town.group, town.sister
    cadre, chair = sister.officers["CADRE"], sister.officers["CHAIR"]
    proposal = {
        "org_id": SISTER,
        "level": "subsidiary",
        "tier": "II",
        "trade": "welder",
        "season": "2026",
        "prize_budget_fen": 100_00,
        "account_id": town.ours.account,
    }
    path = "/competitions/" + (await group.does(cadre, "activities", "/competitions", proposal)).subject
    await group.does(chair, "activities", f"{path}/approval")
    await group.sees(cadre, "activities", path, lambda card: card["budget"] == "refused")


async def test_a_member_of_a_sister_is_not_brought_into_an_activity(town: Town) -> None:
    group, sister = town.group, town.sister
    cadre = sister.officers["CADRE"]
    days = {"enrol_from": TODAY, "enrol_until": town.today, "held_on": town.today}
    activity = {"org_id": sister.basic, "kind": "SPORT", "capacity": 5, **days}
    path = "/activities/" + (await group.does(cadre, "activities", "/activities", activity)).subject
    enrolment = f"{path}/enrolments/{town.ours.member}"
    assert await group.is_refused(cadre, "activities", enrolment) == "NotInvited"


async def test_of_a_batch_no_row_is_admitted_elsewhere(town: Town) -> None:
    group, sister = town.group, town.sister
    chair = sister.officers["CHAIR"]
    row = {"org_id": town.ours.basic, **person(FIRST_NUMBER + 8)}
    batch = await group.api.post(chair, "members", "/admissions", {"org_id": SISTER, "rows": [row]}, key=stranger())
    assert batch.accepted
    outcome = await group.sees(chair, "members", f"/admissions/{batch.subject}")
    assert [one["code"] for one in outcome["rows"]] == ["OutsideBatch"]
