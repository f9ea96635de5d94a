"""Voices that nobody answers in time, that nobody rates, and of nobody known."""

import pytest

from tests.journeys.group import FIRST, Group
from tests.journeys.people import member, union

pytestmark = pytest.mark.stack


async def test_what_is_late_is_told_upwards_and_what_nobody_rates_is_closed(group: Group) -> None:
    here = await union(group, "V1")
    worker = await member(group, here, 251)
    said = {"org_id": here.basic, "category": "meals", "urgency": "urgent", "member_id": worker}
    case = (await group.does(worker, "welfare", "/cases", said)).subject
    path = f"/cases/{case}"
    opened = await group.sees(here.chair, "welfare", path)

    await group.days_pass(20)
    late = await group.sees(here.chair, "welfare", path, lambda card: card["overdue_level"] == 3)
    assert (late["status"], late["due_on"], late["escalates_on"]) == ("opened", opened["due_on"], None)
    await group.does(here.chair, "welfare", f"{path}/assignment", {"handler_id": here.cadre})
    assert (
        await group.is_refused(here.chair, "welfare", f"{path}/answer", {"outcome_code": "resolved"}) == "NotTheHandler"
    )
    await group.does(here.cadre, "welfare", f"{path}/answer", {"outcome_code": "resolved"})
    assert (await group.sees(worker, "welfare", path, lambda card: card["status"] == "answered"))["on_time"] is False

    await group.days_pass(20)
    closed = await group.sees(worker, "welfare", path, lambda card: card["status"] == "closed")
    assert closed["basis"] == "unrated"
    assert await group.is_refused(worker, "welfare", f"{path}/rating", {"stars": 1}) == "CaseNotInThisState"
    month = opened["opened_on"][:7]
    rates = await group.sees(
        FIRST, "welfare", "/kpi/cases", lambda rows: any(row["org_id"] == here.basic for row in rows), month=month
    )
    (row,) = (row for row in rates if row["org_id"] == here.basic)
    counted = {name: row[name] for name in ("opened", "answered", "on_time", "rated", "closed", "overdue")}
    assert counted == {"opened": 1, "answered": 1, "on_time": 0, "rated": 0, "closed": 1, "overdue": 1}


async def test_one_who_says_no_name_reads_the_answer_with_the_receipt(group: Group) -> None:
    here = await union(group, "V2")
    worker = await member(group, here, 252)
    said = {"org_id": here.basic, "category": "conduct", "urgency": "general", "about": [here.chair]}
    assert await group.is_refused(worker, "welfare", "/cases/anonymous", said) == "Forbidden"
    receipt = f"/cases/{(await group.does('anonymous', 'welfare', '/cases/anonymous', said)).subject}"
    assert (await group.sees("anonymous", "welfare", receipt))["member_id"] == "anonymous"
    for nobody_else in (worker, here.chair):
        assert not (await group.api.get(nobody_else, "welfare", receipt)).accepted
    assert (await group.api.get("anonymous", "welfare", "/cases")).refusal == "Forbidden"
    await group.does(here.head, "welfare", f"{receipt}/assignment", {"handler_id": here.cadre})
    await group.does(here.cadre, "welfare", f"{receipt}/answer", {"outcome_code": "explained"})
    answered = await group.sees("anonymous", "welfare", receipt, lambda card: card["status"] == "answered")
    assert answered["outcome_code"] == "explained"
    assert await group.is_refused("anonymous", "welfare", f"{receipt}/rating", {"stars": 5}) == "Forbidden"
