"""Money: four eyes, limits that are policy data, a hardship file that was posted; and voices that are heard."""

import pytest

from tests.journeys.group import FIRST, SECOND, Group
from tests.journeys.people import member, union

pytestmark = pytest.mark.stack


async def account_of(group: Group, org_id: str, amount_fen: int) -> str:
    opened = await group.does(FIRST, "welfare", "/accounts", {"org_id": org_id, "purpose": "aid", "source": "budget"})
    entry = {"amount_fen": amount_fen, "source_ref": f"B/{org_id}"}
    await group.does(FIRST, "welfare", f"/accounts/{opened.subject}/allocations", entry)
    return opened.subject


async def test_aid_passes_through_four_hands_and_never_over_the_limit(group: Group) -> None:
    here = await union(group, "W1")
    needy = await member(group, here, 201)
    account = await account_of(group, here.subsidiary, 10_000_00)
    asked = {"org_id": here.basic, "aid_type": "medical", "amount_fen": 3_000_00}
    request = (await group.does(needy, "welfare", f"/members/{needy}/aid", asked)).subject
    await group.does(here.chair, "welfare", f"/aid/{request}/review", {"account_id": account})
    approval = f"/aid/{request}/approval"
    assert await group.is_refused(here.chair, "welfare", approval, {"amount_fen": 3_000_00}) == "Forbidden"
    assert await group.is_refused(here.head, "welfare", approval, {"amount_fen": 3_000_00}) == "NoPolicyLimit"

    limit = {"kind": "medical", "cap_fen": 2_500_00, "effective_from": "2026-01-01", "source_ref": "N/1"}
    await group.does(FIRST, "welfare", "/policy-limits", {**limit, "org_id": here.subsidiary})
    assert await group.is_refused(here.head, "welfare", approval, {"amount_fen": 3_000_00}) == "OverYearlyLimit"
    await group.does(here.head, "welfare", approval, {"amount_fen": 2_500_00})
    today = (await group.sees(needy, "members", f"/members/{needy}"))["joined_on"]
    paid = {"voucher_ref": "V-1", "paid_on": today}
    assert await group.is_refused(here.chair, "welfare", f"/aid/{request}/payment", paid) == "Forbidden"
    await group.does(here.finance, "welfare", f"/aid/{request}/payment", paid)
    again = {**paid, "voucher_ref": "V-2"}
    assert await group.is_refused(here.finance, "welfare", f"/aid/{request}/payment", again) == "PaidAlready"
    shown = await group.sees(here.finance, "welfare", f"/accounts/{account}")
    assert (shown["credits"], shown["captured"], shown["available"]) == (10_000_00, 2_500_00, 7_500_00)


async def test_a_mistake_is_corrected_by_two_and_the_history_tells(group: Group) -> None:
    here = await union(group, "W2")
    account = await account_of(group, here.subsidiary, 9_000_00)
    wrong = {"corrects": f"B/{here.subsidiary}", "sense": "less", "amount_fen": 900_00, "reason_code": "wrong_amount"}
    path = f"/accounts/{account}/corrections"
    await group.does(here.finance, "welfare", path, wrong)
    (waiting,) = await group.sees(here.head, "welfare", path)
    confirmation = f"{path}/{waiting['id']}/confirmation"
    assert await group.is_refused(here.finance, "welfare", confirmation) == "OwnCorrection"
    await group.does(here.head, "welfare", confirmation)
    assert (await group.sees(FIRST, "welfare", f"/accounts/{account}"))["credits"] == 8_100_00
    (made,) = await group.sees(here.head, "welfare", path)
    assert (made["status"], made["confirmed_by"]) == ("made", here.head)


async def test_a_voice_is_answered_reopened_once_and_never_seen_by_whom_it_is_about(group: Group) -> None:
    here = await union(group, "W3")
    worker = await member(group, here, 202)
    complaint = {
        "org_id": here.basic,
        "category": "conduct",
        "urgency": "general",
        "member_id": worker,
        "about": [here.cadre],
    }
    case = (await group.does(worker, "welfare", "/cases", complaint)).subject
    path = f"/cases/{case}"
    await group.sees(here.chair, "welfare", path)
    assert (await group.api.get(here.cadre, "welfare", path)).status in (403, 404)
    assert case not in [row["id"] for row in (await group.api.get(here.cadre, "welfare", "/cases")).body]
    refused = await group.api.post(here.chair, "welfare", f"{path}/assignment", {"handler_id": here.cadre}, key="about")
    assert not refused.accepted

    for handler, stars in ((here.chair, 1), (here.head, 1)):
        await group.does(here.head, "welfare", f"{path}/assignment", {"handler_id": handler})
        await group.does(handler, "welfare", f"{path}/answer", {"outcome_code": "explained"})
        await group.does(worker, "welfare", f"{path}/rating", {"stars": stars})
    await group.sees(here.head, "welfare", path, lambda card: card["status"] == "in_review")
    await group.does(SECOND, "welfare", f"{path}/review")
    await group.sees(here.head, "welfare", path, lambda card: card["status"] == "closed")
