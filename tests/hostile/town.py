"""A group with two sister subsidiaries: one in which one of everything exists, one whose officers hold every role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from shared.values.roles import GRANTABLE, GROUP_ONLY
from shared.values.working_days import after_working_days
from tests.journeys.conftest import BEGINS_ON
from tests.journeys.group import FIRST, Group
from tests.journeys.people import member, person, stranger, union

OURS, SISTER = "HOURS", "HSISTER"
"""Codes of the subsidiaries: no other word in an answer looks like the first."""
BELOW_GROUP_ROLES = tuple(role for role in GRANTABLE if role not in GROUP_ONLY)
RULE: Mapping[str, Any] = {
    "judges": 3,
    "drop_high": 0,
    "drop_low": 0,
    "minimum_sheets": 3,
    "max_x100": 10_000,
    "step_x100": 50,
    "tie_break": ["all_sheets", "lot"],
}
TODAY = BEGINS_ON.isoformat()
FIRST_NUMBER = 900
"""Of the persons here; nobody else in the group has such a number."""


@dataclass
class Place:
    """A subsidiary, its basic union, a member, and who holds which role there."""

    subsidiary: str
    basic: str
    member: str
    account: str
    officers: dict[str, str]


@dataclass
class Town:
    group: Group
    ours: Place
    sister: Place
    ids: dict[str, str] = field(default_factory=dict)
    """Of one of everything in our place, by the name of the parameter that takes it."""
    entry_code: str = "E0001"

    @property
    def today(self) -> str:
        """The business date as it is now."""
        return self.ids["today"]


async def place(group: Group, code: str, number: int) -> Place:
    here = await union(group, code)
    officers = {"CHAIR": here.chair, "CADRE": here.cadre, "FINANCE": here.finance, "SUBSIDIARY_ADMIN": here.head}
    for role in BELOW_GROUP_ROLES:
        if role not in officers:
            officers[role] = await group.grant(f"{code}.{role}", role, code)
    account = await group.does(FIRST, "welfare", "/accounts", {"org_id": code, "purpose": "aid", "source": "budget"})
    entry = {"amount_fen": 90_000_00, "source_ref": f"B/{code}"}
    await group.does(FIRST, "welfare", f"/accounts/{account.subject}/allocations", entry)
    return Place(code, here.basic, await member(group, here, number), account.subject, officers)


async def built(group: Group) -> Town:
    await _limits(group)
    ours, sister = await place(group, OURS, FIRST_NUMBER), await place(group, SISTER, FIRST_NUMBER + 1)
    town = Town(group, ours, sister)
    town.ids |= {"org_id": ours.basic, "member_id": ours.member, "account_id": ours.account, "to_org": ours.basic}
    await _contest_with_a_prize(town)
    await _members(town)
    await _activities(town)
    await _welfare(town)
    await _limit_of_ours(group)
    await _paid_aid_and_an_open_file(town)
    return town


async def _limits(group: Group) -> None:
    for kind, cap in (("prize", 1_000_00), ("medical", 9_000_00), ("minimum_living", 1_062_00)):
        limit = {"kind": kind, "cap_fen": cap, "effective_from": "2026-01-01", "source_ref": f"N/{kind}"}
        await group.does(FIRST, "welfare", "/policy-limits", {**limit, "org_id": "G"})


async def _limit_of_ours(group: Group) -> None:
    limit = {"kind": "study", "cap_fen": 100_00, "effective_from": "2026-01-01", "source_ref": "N/O", "org_id": OURS}
    await group.does(FIRST, "welfare", "/policy-limits", limit)


async def _members(town: Town) -> None:
    group, ours = town.group, town.ours
    chair, head, applicant = ours.officers["CHAIR"], ours.officers["SUBSIDIARY_ADMIN"], stranger()
    form = {"org_id": ours.basic, **person(FIRST_NUMBER + 2)}
    applied = await group.does(applicant, "members", f"/members/{applicant}/application", form)
    batch = {"org_id": ours.subsidiary, "rows": [{"org_id": ours.basic, **person(FIRST_NUMBER + 3)}]}
    admitted = await group.does(chair, "members", "/admissions", batch)
    unit = {"parent_id": ours.subsidiary, "kind": "basic", "jurisdiction": "110000"}
    founding = {"org_id": ours.subsidiary, "units": [{"org_id": f"{OURS}-7", **unit}]}
    proposed = await group.does(head, "members", "/foundings", founding)
    await group.does(ours.officers["CADRE"], "members", "/organisations", {"org_id": f"{OURS}-8", **unit})
    granted = await group.does(
        FIRST, "members", "/roles", {"actor_id": f"{OURS}.temp", "role": "CADRE", "org_id": OURS}
    )
    town.ids |= {
        "application_id": applied.subject,
        "admission_id": admitted.subject,
        "founding_id": proposed.subject,
        "grant_id": granted.subject,
    }


async def _activities(town: Town) -> None:
    group, ours = town.group, town.ours
    activity = {
        "org_id": ours.basic,
        "kind": "SPORT",
        "capacity": 5,
        "enrol_from": "2026-09-01",
        "enrol_until": town.today,
        "held_on": town.today,
    }
    published = await group.does(ours.officers["CADRE"], "activities", "/activities", activity)
    await group.does(ours.member, "activities", f"/activities/{published.subject}/enrolments/{ours.member}")
    town.ids["activity_id"] = published.subject


async def _contest_with_a_prize(town: Town) -> None:
    """Held and posted; its prize waits to be paid."""
    group, ours = town.group, town.ours
    cadre, chair, judge = (ours.officers[role] for role in ("CADRE", "CHAIR", "JUDGE"))
    proposal = {
        "org_id": ours.subsidiary,
        "level": "subsidiary",
        "tier": "II",
        "trade": "welder",
        "season": "2026",
        "prize_budget_fen": 2_000_00,
        "account_id": ours.account,
    }
    contest = (await group.does(cadre, "activities", "/competitions", proposal)).subject
    path = f"/competitions/{contest}"
    await group.does(chair, "activities", f"{path}/approval")
    await group.sees(cadre, "activities", path, lambda card: card["budget"] == "reserved")
    days = dict.fromkeys(("qualifying_on", "enrol_from", "enrol_until", "held_on"), TODAY)
    await group.does(cadre, "activities", f"{path}/announcement", {"rule": RULE, **days})
    await group.does(ours.member, "activities", f"{path}/entries/{ours.member}")
    await group.does(cadre, "activities", f"{path}/entry-closing")
    judges = [judge, *[await group.grant(f"{OURS}.judge-{number}", "JUDGE", OURS) for number in (2, 3)]]
    for one in judges:
        await group.sees(one, "activities", path)
    await group.does(chair, "activities", f"{path}/panel", {"judge_ids": judges, "chief": judge})
    await group.does(cadre, "activities", f"{path}/round")
    book = await group.sees(judge, "activities", f"{path}/score-book", lambda book: book["to_score"])
    (town.entry_code,) = book["to_score"]
    for one in judges:
        sheet = {"entry_code": town.entry_code, "score_x100": 9_000}
        await group.does(one, "activities", f"{path}/scores", sheet)
    await group.does(judge, "activities", f"{path}/round-closing")
    await group.does(cadre, "activities", f"{path}/publicity")
    over = after_working_days(BEGINS_ON, 5) + timedelta(days=1)
    await group.days_pass((over - BEGINS_ON).days)
    await group.sees(cadre, "activities", path, lambda card: card["status"] == "post_over")
    await group.does(chair, "activities", f"{path}/confirmation")
    await group.does(chair, "activities", f"{path}/prizes", {"prizes": [{"place": 1, "amount_fen": 1_000_00}]})
    shown = await group.sees(ours.officers["FINANCE"], "welfare", "/prizes", lambda rows: rows, competition_id=contest)
    lines = (await group.sees(cadre, "activities", f"{path}/results"))["lines"]
    town.ids |= {
        "competition_id": contest,
        "prize_id": shown[0]["id"],
        "entry_id": lines[0]["entry_id"],
        "today": over.isoformat(),
    }


async def _welfare(town: Town) -> None:
    group, ours = town.group, town.ours
    member, finance = ours.member, ours.officers["FINANCE"]
    asked = {"org_id": ours.basic, "aid_type": "medical", "amount_fen": 3_000_00}
    aid = (await group.does(member, "welfare", f"/members/{member}/aid", asked)).subject
    file = (await group.does(member, "welfare", f"/members/{member}/hardship", {"org_id": ours.basic})).subject
    concern = {"org_id": ours.basic, "category": "wages", "urgency": "general", "member_id": member}
    case = (await group.does(member, "welfare", "/cases", concern)).subject
    wrong = {"corrects": f"B/{OURS}", "sense": "less", "amount_fen": 1_00, "reason_code": "wrong_amount"}
    await group.does(finance, "welfare", f"/accounts/{ours.account}/corrections", wrong)
    (waiting,) = await group.sees(finance, "welfare", f"/accounts/{ours.account}/corrections")
    term = {"org_id": OURS, "term": "rating", "working_days": 9, "valid_from": "2027-01-01"}
    await group.does(ours.officers["SUBSIDIARY_ADMIN"], "welfare", "/case-terms", term)
    town.ids |= {"request_id": aid, "file_id": file, "case_id": case, "correction_id": waiting["id"]}


async def _paid_aid_and_an_open_file(town: Town) -> None:
    """What the KPIs count."""
    group, ours = town.group, town.ours
    chair, head, finance = (ours.officers[role] for role in ("CHAIR", "SUBSIDIARY_ADMIN", "FINANCE"))
    form = {"org_id": ours.basic, **person(FIRST_NUMBER + 9)}
    other = (await group.does(chair, "members", "/members", form)).subject
    asked = {"org_id": ours.basic, "aid_type": "medical", "amount_fen": 100_00}
    aid = "/aid/" + (await group.does(other, "welfare", f"/members/{other}/aid", asked)).subject
    await group.does(chair, "welfare", f"{aid}/review", {"account_id": ours.account})
    await group.does(head, "welfare", f"{aid}/approval", {"amount_fen": 100_00})
    await group.does(finance, "welfare", f"{aid}/payment", {"voucher_ref": "V-1", "paid_on": town.today})
    found = {"hardship_class": "DEEP", "opened_on": "2025-09-01", "review_due_on": "2026-12-01"}
    takeover = {"org_id": ours.basic, **found}
    file = await group.does(ours.officers["CADRE"], "welfare", f"/members/{other}/hardship-takeover", takeover)
    await group.does(head, "welfare", f"/hardship-files/{file.subject}/takeover-confirmation")
