"""A skill contest: coded entries, sealed sheets, a posting over real working days, prizes that the fund pays."""

import asyncio
from datetime import date, timedelta

import pytest

from shared.values.working_days import after_working_days
from tests.journeys.group import FIRST, Group
from tests.journeys.people import Union, member, union

pytestmark = pytest.mark.stack

RULE = {
    "judges": 5,
    "drop_high": 1,
    "drop_low": 1,
    "minimum_sheets": 5,
    "max_x100": 10_000,
    "step_x100": 50,
    "tie_break": ["all_sheets", "lot"],
    "promotions": [{"up_to_place": 1, "grade": "technician"}],
}
SCORES = (8_000, 8_500, 9_000, 9_500, 9_500)
"""8 500, 9 000 and 9 500 are kept: 9 000."""


async def test_a_contest_from_its_proposal_to_its_prizes(group: Group) -> None:
    here, elsewhere = await union(group, "C1"), await union(group, "C2")
    ann, ben = await member(group, here, 301), await member(group, here, 302)
    today = date.fromisoformat((await group.sees(ann, "members", f"/members/{ann}"))["joined_on"])
    judges = [await group.grant(f"C1.judge-{number}", "JUDGE", here.subsidiary) for number in range(1, 6)]
    contest = await _announced(group, here, today)

    for worker in (ann, ben):
        assert (await group.does(worker, "activities", f"{contest}/entries/{worker}")).events == ["EntryAccepted"]
    moved = {"to_org": elsewhere.basic}
    await group.does(here.cadre, "members", f"/members/{ann}/transfer", moved)
    await group.does(elsewhere.chair, "members", f"/members/{ann}/transfer/acceptance", moved)
    await group.does(here.cadre, "activities", f"{contest}/entry-closing")
    await group.does(here.chair, "activities", f"{contest}/panel", {"judge_ids": judges, "chief": judges[0]})
    await group.does(here.cadre, "activities", f"{contest}/round")

    await _judged(group, contest, judges)
    for line in (await group.sees(here.cadre, "activities", f"{contest}/results"))["lines"]:
        assert (line["final_x100"], line["entry_id"], line["member_ids"]) == (9_000, None, [])
    await group.does(here.cadre, "activities", f"{contest}/publicity")
    posted = await group.sees(ann, "activities", f"/members/{ann}{contest}/results")
    assert (posted["status"], [line["place"] for line in posted["lines"]]) == ("posted", [1, 2])
    await _appealed(group, contest, ben, here)
    over = after_working_days(today, 5) + timedelta(days=1)
    assert await group.is_refused(here.chair, "activities", f"{contest}/confirmation") == "NotAtThisStage"
    await group.days_pass((over - today).days)
    await group.sees(here.cadre, "activities", contest, lambda card: card["status"] == "post_over")
    await group.does(here.chair, "activities", f"{contest}/confirmation")
    await _prized(group, contest, here, over)

    lines = (await group.sees(here.cadre, "activities", f"{contest}/results"))["lines"]
    assert {line["member_ids"][0]: line["org_id"] for line in lines} == {ann: here.basic, ben: here.basic}
    mine = (await group.sees(ann, "activities", f"/members/{ann}/competitions"))["entries"]
    assert [entry["org_id"] for entry in mine.values()] == [here.basic]


async def _announced(group: Group, here: Union, today: date) -> str:
    opened = {"org_id": here.subsidiary, "purpose": "prizes", "source": "budget"}
    account = (await group.does(FIRST, "welfare", "/accounts", opened)).subject
    entry = {"amount_fen": 20_000_00, "source_ref": "B/C1"}
    await group.does(FIRST, "welfare", f"/accounts/{account}/allocations", entry)
    limit = {"kind": "prize", "cap_fen": 1_000_00, "effective_from": "2026-01-01", "source_ref": "N/C1"}
    await group.does(FIRST, "welfare", "/policy-limits", {**limit, "org_id": here.subsidiary})
    proposal = {
        "org_id": here.subsidiary,
        "level": "subsidiary",
        "tier": "II",
        "trade": "welder",
        "season": "2026",
        "prize_budget_fen": 2_000_00,
        "account_id": account,
    }
    contest = "/competitions/" + (await group.does(here.cadre, "activities", "/competitions", proposal)).subject
    await group.does(here.chair, "activities", f"{contest}/approval")
    await group.sees(here.cadre, "activities", contest, lambda card: card["budget"] == "reserved")
    on = today.isoformat()
    days = {"qualifying_on": on, "enrol_from": on, "enrol_until": on, "held_on": on}
    await group.does(here.cadre, "activities", f"{contest}/announcement", {"rule": RULE, **days})
    return contest


async def _judged(group: Group, contest: str, judges: list[str]) -> None:
    scores, book = f"{contest}/scores", f"{contest}/score-book"
    codes = (await group.sees(judges[0], "activities", book, lambda book: len(book["to_score"]) == 2))["to_score"]
    too_much = {"entry_code": codes[0], "score_x100": 10_050}
    assert await group.is_refused(judges[0], "activities", scores, too_much) == "OutOfScale"
    sheets = [(judge, code, score) for code in codes for judge, score in zip(judges, SCORES, strict=True)]
    await asyncio.gather(
        *(
            group.does(judge, "activities", scores, {"entry_code": code, "score_x100": score})
            for judge, code, score in sheets[1:]
        )
    )
    assert await group.is_refused(judges[0], "activities", f"{contest}/round-closing") == "SheetsMissing"
    own = await group.sees(judges[1], "activities", book, lambda book: not book["to_score"])
    assert own["sheets"] == {judges[1]: dict.fromkeys(codes, SCORES[1])}
    judge, code, score = sheets[0]
    await group.does(judge, "activities", scores, {"entry_code": code, "score_x100": score})
    await group.does(judges[0], "activities", f"{contest}/round-closing")


async def _appealed(group: Group, contest: str, entrant: str, here: Union) -> None:
    """Made and dismissed on the first day, which is not counted: the posting ends when it would have ended."""
    desk = await group.grant("C1.desk", "OBJECTION_DESK", here.subsidiary)
    path = f"{contest}/appeals/{entrant}"
    await group.does(entrant, "activities", path, {"ground": "added_wrongly"})
    await group.sees(here.cadre, "activities", contest, lambda card: card["publicity_over_on"] is None)
    await group.does(desk, "activities", f"{path}/decision", {"outcome": "dismissed"})


async def _prized(group: Group, contest: str, here: Union, today: date) -> None:
    """One prize within the limit is paid; one above it comes back."""
    prizes = [{"place": 1, "amount_fen": 1_000_00}, {"place": 2, "amount_fen": 1_000_01}]
    path = f"{contest}/prizes"
    assert await group.is_refused(here.chair, "activities", path, {"prizes": prizes}) == "OverPrizeBudget"
    await group.does(here.chair, "activities", path, {"prizes": prizes[:1]})
    (prize,) = await group.sees(here.finance, "welfare", "/prizes", lambda rows: len(rows) == 1, org_id=here.basic)
    payment = {
        "competition_id": contest.rpartition("/")[2],
        "voucher_ref": "V-C1",
        "paid_on": today.isoformat(),
    }
    await group.does(here.finance, "welfare", f"/prizes/{prize['id']}/payment", payment)
    await group.sees(here.cadre, "activities", contest, lambda card: card["delivered_fen"] == 1_000_00)
    await group.does(here.cadre, "activities", f"{contest}/archiving")
