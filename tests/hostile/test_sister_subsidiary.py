"""Officers of a sister subsidiary, in every role there is, try every route on what is not theirs: nothing is done for
them, nothing is told. A route without a line in the tables fails the test; so does a line that nobody could carry out.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from deploy.roster.api import Answer
from tests.hostile.hands import hand, routes
from tests.hostile.town import FIRST_NUMBER, OURS, TODAY, Town
from tests.journeys.people import person, stranger

pytestmark = pytest.mark.stack
ROUTES = routes()
Words = dict[str, Any]
Body = Callable[[Town], Words]


def nothing(_: Town) -> Words:
    return {}


def said(**words: Any) -> Body:
    """These words, and what the town has where a word is `...`."""
    return lambda town: {name: town.ids[name] if value is ... else value for name, value in words.items()}


def form(number: int) -> Body:
    return lambda town: {"org_id": town.ours.basic, **person(FIRST_NUMBER + number)}


def case(town: Town) -> Words:
    return {"org_id": town.ours.basic, "category": "wages", "urgency": "general"}


def activity(town: Town) -> Words:
    days = {"enrol_from": TODAY, "enrol_until": town.today, "held_on": town.today}
    return {"org_id": town.ours.basic, "kind": "SPORT", "capacity": 5, **days}


def competition(town: Town) -> Words:
    return {"org_id": OURS, "level": "subsidiary", "tier": "II", "trade": "fitter", "season": "2026"}


def announcement(town: Town) -> Words:
    rule = {"judges": 3, "drop_high": 0, "drop_low": 0, "minimum_sheets": 3, "max_x100": 10_000, "step_x100": 50}
    days = dict.fromkeys(("qualifying_on", "enrol_from", "enrol_until", "held_on"), town.today)
    return {"rule": {**rule, "tie_break": ["lot"]}, **days}


def panel(town: Town) -> Words:
    judges = [town.ours.officers["JUDGE"], f"{OURS}.judge-2", f"{OURS}.judge-3"]
    return {"judge_ids": judges, "chief": judges[0]}


def id_number(number: int) -> str:
    return str(person(FIRST_NUMBER + number)["id_number"])


UNIT: Words = {"parent_id": OURS, "kind": "basic", "jurisdiction": "110000"}

COMMANDS: Mapping[str, Body] = {
    # members
    "/admissions": lambda town: {"org_id": OURS, "rows": [form(4)(town)]},
    "/applications": form(5),
    "/applications/{application_id}/approval": said(id_number=id_number(2)),
    "/applications/{application_id}/rejection": said(reason_code="duplicate"),
    "/applications/{application_id}/withdrawal": nothing,
    "/foundings": said(org_id=OURS, units=[{"org_id": f"{OURS}-9", **UNIT}]),
    "/foundings/{founding_id}/confirmation": nothing,
    "/members": form(6),
    "/members/lookup": said(org_id=..., id_number=id_number(0)),
    "/members/{member_id}/application": form(7),
    "/members/{member_id}/eligibility": said(frontline=False),
    "/members/{member_id}/end": said(reason="resigned"),
    "/members/{member_id}/transfer": lambda town: {"to_org": town.sister.basic},
    "/members/{member_id}/transfer/acceptance": said(to_org=...),
    "/members/{member_id}/transfer/recall": nothing,
    "/members/{member_id}/transfer/refusal": said(to_org=..., reason_code="papers_missing"),
    "/organisations": said(org_id=f"{OURS}-6", **UNIT),
    "/organisations/{org_id}/approval": nothing,
    "/organisations/{org_id}/headcount": said(headcount=9, dispatched=1, frontline=1, period="2026-09"),
    "/organisations/{org_id}/name": said(called="第一工会"),
    "/organisations/{org_id}/rejection": said(reason_code="not_needed"),
    "/roles": said(actor_id=f"{OURS}.other", role="CADRE", org_id=OURS),
    "/roles/{grant_id}/revocation": nothing,
    # activities
    "/activities": activity,
    "/activities/{activity_id}/attendance": said(member_id=..., mode="qr"),
    "/activities/{activity_id}/budget-approval": nothing,
    "/activities/{activity_id}/cancellation": said(reason_code="weather"),
    "/activities/{activity_id}/end": said(cost_fen=1_00),
    "/activities/{activity_id}/enrolments/{member_id}": nothing,
    "/activities/{activity_id}/enrolments/{member_id}/cancellation": nothing,
    "/competitions": competition,
    "/competitions/{competition_id}/announcement": announcement,
    "/competitions/{competition_id}/appeals/{member_id}": said(ground="conflict"),
    "/competitions/{competition_id}/appeals/{member_id}/decision": said(outcome="upheld"),
    "/competitions/{competition_id}/approval": nothing,
    "/competitions/{competition_id}/archiving": nothing,
    "/competitions/{competition_id}/cancellation": said(reason_code="irregular"),
    "/competitions/{competition_id}/confirmation": nothing,
    "/competitions/{competition_id}/entries/{member_id}": nothing,
    "/competitions/{competition_id}/entries/{member_id}/withdrawal": nothing,
    "/competitions/{competition_id}/entry-closing": nothing,
    "/competitions/{competition_id}/own-recusals": lambda town: {"entry_code": town.entry_code, "ground": "mentor"},
    "/competitions/{competition_id}/panel": panel,
    "/competitions/{competition_id}/prizes": said(prizes=[{"place": 1, "amount_fen": 100_00}]),
    "/competitions/{competition_id}/publicity": nothing,
    "/competitions/{competition_id}/publicity-end": nothing,
    "/competitions/{competition_id}/recusals": said(entry_id=..., ground="relative", judge_id=f"{OURS}.judge-2"),
    "/competitions/{competition_id}/round": nothing,
    "/competitions/{competition_id}/round-closing": nothing,
    "/competitions/{competition_id}/score-corrections": lambda town: {
        "entry_code": town.entry_code,
        "reason_code": "added_wrongly",
        "score_x100": 5_000,
    },
    "/competitions/{competition_id}/score-corrections/agreement": lambda town: {
        "entry_code": town.entry_code,
        "judge_id": f"{OURS}.judge-2",
    },
    "/competitions/{competition_id}/scores": lambda town: {"entry_code": town.entry_code, "score_x100": 5_000},
    # welfare
    "/accounts": said(org_id=OURS, purpose="other", source="budget"),
    "/accounts/balances": said(org_id=OURS, purpose="old", source="budget", opening_fen=1_00, year=2026),
    "/accounts/{account_id}/allocations": said(amount_fen=100_00, source_ref="B/2"),
    "/accounts/{account_id}/corrections": said(
        corrects=f"B/{OURS}", sense="less", amount_fen=2_00, reason_code="wrong_amount"
    ),
    "/accounts/{account_id}/corrections/{correction_id}/confirmation": nothing,
    "/accounts/{account_id}/corrections/{correction_id}/rejection": nothing,
    "/aid/{request_id}/approval": said(amount_fen=1_00),
    "/aid/{request_id}/payment": said(voucher_ref="V-9", paid_on=TODAY),
    "/aid/{request_id}/payment-failure": said(code="timed_out"),
    "/aid/{request_id}/rejection": said(reason_code="duplicate"),
    "/aid/{request_id}/reversal": said(reason_code="fraud"),
    "/aid/{request_id}/review": said(account_id=...),
    "/case-terms": said(org_id=OURS, term="urgent", valid_from="2027-01-01", working_days=1),
    "/cases": case,
    "/cases/anonymous": lambda town: {**case(town), "member_id": "anonymous"},
    "/cases/imports": lambda town: {**case(town), "source_ref": "H/1", "opened_on": TODAY, "due_on": TODAY},
    "/cases/{case_id}/about": said(about=[f"{OURS}.temp"]),
    "/cases/{case_id}/answer": said(outcome_code="resolved"),
    "/cases/{case_id}/assignment": said(handler_id=f"{OURS}.cadre"),
    "/cases/{case_id}/rating": said(stars=1),
    "/cases/{case_id}/review": nothing,
    "/cases/{case_id}/transfer": lambda town: {"to_org": town.sister.basic},
    "/hardship-files/{file_id}/classification": said(
        declared={"yearly_income_fen": 100, "rigid_spending_fen": 10, "people": 1}
    ),
    "/hardship-files/{file_id}/closing": said(reason_code="lifted"),
    "/hardship-files/{file_id}/opening": nothing,
    "/hardship-files/{file_id}/override-confirmation": nothing,
    "/hardship-files/{file_id}/publicity": nothing,
    "/hardship-files/{file_id}/rejection": said(reason_code="duplicate"),
    "/hardship-files/{file_id}/takeover-confirmation": nothing,
    "/hardship-files/{file_id}/visit": lambda town: {
        "visitor_ids": [f"{OURS}.cadre", f"{OURS}.chair"],
        "on": town.today,
        "evidence_hash": "abcdefab" * 8,
    },
    "/members/{member_id}/aid": said(org_id=..., aid_type="medical", amount_fen=1_00),
    "/members/{member_id}/hardship": said(org_id=...),
    "/members/{member_id}/hardship-takeover": said(
        org_id=..., hardship_class="DEEP", opened_on="2025-09-01", review_due_on="2026-12-01"
    ),
    "/policy-limits": said(org_id=OURS, kind="medical", cap_fen=1, effective_from="2027-01-01", source_ref="N/9"),
    "/prizes/{prize_id}/payment": said(competition_id=..., voucher_ref="V-8", paid_on=TODAY),
}
"""What each command would say about ours, by its address."""

PLAIN: tuple[Body, ...] = (nothing,)
OF_OURS: tuple[Body, ...] = (nothing, said(org_id=...), said(org_id=OURS))
QUERIES: Mapping[str, tuple[Body, ...]] = {
    # members
    "/admissions/{admission_id}": PLAIN,
    "/applications": (*OF_OURS, said(status="submitted")),
    "/applications/{application_id}": PLAIN,
    "/foundings/{founding_id}": PLAIN,
    "/kpi/applications": (nothing, said(period="2026-09")),
    "/kpi/membership-rate": PLAIN,
    "/kpi/organisation-rate": (nothing, said(must_from=1)),
    "/members/{member_id}": PLAIN,
    "/organisation-proposals": (nothing, said(status="open")),
    "/organisations": (nothing, said(parent_id=OURS), said(parent_id="G")),
    "/organisations/{org_id}": PLAIN,
    "/organisations/{org_id}/members": PLAIN,
    "/roles": (*OF_OURS, said(actor_id=f"{OURS}.chair")),
    # activities
    "/activities": OF_OURS,
    "/activities/{activity_id}": PLAIN,
    "/competitions": (*OF_OURS, said(season="2026")),
    "/competitions/{competition_id}": PLAIN,
    "/competitions/{competition_id}/entries": PLAIN,
    "/competitions/{competition_id}/results": PLAIN,
    "/competitions/{competition_id}/score-book": PLAIN,
    "/kpi/competition-coverage": (said(season="2026"),),
    "/kpi/participation": (said(period="2026-09"), said(period="2026")),
    "/members/{member_id}/competitions": PLAIN,
    "/members/{member_id}/competitions/{competition_id}/results": PLAIN,
    "/members/{member_id}/enrolments": PLAIN,
    # welfare
    "/accounts": OF_OURS,
    "/accounts/{account_id}": PLAIN,
    "/accounts/{account_id}/corrections": PLAIN,
    "/aid": (*OF_OURS, said(status="asked")),
    "/aid/{request_id}": PLAIN,
    "/case-terms": OF_OURS,
    "/cases": (*OF_OURS, said(status="opened"), said(handler_id=f"{OURS}.chair")),
    "/cases/{case_id}": PLAIN,
    "/hardship-files": (*OF_OURS, said(status="applied")),
    "/hardship-files/{file_id}": PLAIN,
    "/kpi/aid-execution": (nothing, said(year="2026")),
    "/kpi/aid-lead-time": (said(year="2026"),),
    "/kpi/cases": (nothing, said(month="2026-09")),
    "/kpi/hardship-files": PLAIN,
    "/ledgers": PLAIN,
    "/ledgers/{org_id}": PLAIN,
    "/members/{member_id}/cases": PLAIN,
    "/policy-limits": (said(org_id=...), said(org_id=OURS, kind="medical")),
    "/prizes": (*OF_OURS, said(competition_id=...), said(status="requested")),
    "/prizes/{prize_id}": PLAIN,
}
"""The filters with which each query would be asked about ours."""


def strangers(town: Town) -> Iterator[str]:
    """Everybody there is elsewhere: an officer of each role, a member, one whom nobody knows."""
    yield from town.sister.officers.values()
    yield town.sister.member
    yield stranger()


def address(town: Town, path: str, **other: str) -> str:
    return path.format_map({**town.ids, **other})


async def post(town: Town, actor: str, path: str, body: Words, **other: str) -> Answer:
    service = ROUTES["POST", path][0].name
    return await town.group.api.post(actor, service, address(town, path, **other), body, key=f"sister-{stranger()}")


async def get(town: Town, actor: str, path: str, asked: Words) -> Answer:
    service = ROUTES["GET", path][0].name
    return await town.group.api.get(actor, service, address(town, path, **PLACES.get(path, {})), **asked)


def test_every_route_has_a_line() -> None:
    assert {path for method, path in ROUTES if method == "POST"} == set(COMMANDS)
    assert {path for method, path in ROUTES if method == "GET"} == set(QUERIES)


@pytest.mark.parametrize("path", COMMANDS)
async def test_no_command_of_a_sister_is_carried_out(path: str, town: Town) -> None:
    body = COMMANDS[path](town)
    asked = {actor: post(town, actor, path, body, **PLACES.get(path, {})) for actor in strangers(town)}
    answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
    wrong = {actor: (answer.status, answer.refusal) for actor, answer in answers.items() if answer.status not in NO}
    assert not wrong
    assert all(OURS not in str(answer.body) for answer in answers.values()), "a refusal tells nothing either"


NO = (403, 404)
PLACES: Mapping[str, Mapping[str, str]] = {
    "/organisations/{org_id}/approval": {"org_id": f"{OURS}-8"},
    "/organisations/{org_id}/rejection": {"org_id": f"{OURS}-8"},
    "/ledgers/{org_id}": {"org_id": OURS},
}
"""Where the path is to name another organisation than the usual one."""


@pytest.mark.parametrize("path", QUERIES)
async def test_no_query_of_a_sister_is_answered(path: str, town: Town) -> None:
    secrets = {OURS, *town.ids.values()} - {town.today}
    for asked in QUERIES[path]:
        words = asked(town)
        actors = list(strangers(town))
        for actor, answer in zip(
            actors, await asyncio.gather(*(get(town, a, path, words) for a in actors)), strict=True
        ):
            assert answer.status in (200, *NO), (actor, words, answer)
            told = str(answer.body) if answer.status == 200 else ""
            assert not [secret for secret in secrets if secret in told], (actor, words)


@pytest.mark.parametrize("path", QUERIES)
async def test_the_same_query_tells_those_whom_it_concerns(path: str, town: Town) -> None:
    """Else the one above would prove nothing."""
    _, route = ROUTES["GET", path]
    secrets = {OURS, *town.ids.values()} - {town.today}
    answers = [await get(town, hand(town, route), path, asked(town)) for asked in QUERIES[path]]
    assert {answer.status for answer in answers} == {200}, answers
    assert any(secret in str(answer.body) for answer in answers for secret in secrets)
