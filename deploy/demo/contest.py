"""A skill competition 技能竞赛: five judges who see codes only, sealed scores, a posting over two holidays, prizes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Any

from deploy.demo.ledger import Account
from deploy.demo.opening import THOUSAND
from deploy.demo.stage import ADMIN, GROUP_FINANCE, JUDGES, SECOND, Stage, yuan
from deploy.roster.api import each
from deploy.roster.synthetic import GROUP

CONTESTANTS = 12
PRIZES = {1: 5 * THOUSAND, 2: 3 * THOUSAND, 3: 2 * THOUSAND}
"""By place, in fen."""
BUDGET = 12 * THOUSAND
RULE: Mapping[str, Any] = {
    "judges": len(JUDGES),
    "drop_high": 1,
    "drop_low": 1,
    "minimum_sheets": 5,
    "max_x100": 100_00,
    "step_x100": 50,
    "tie_break": ["all_sheets", "lot"],
    "promotions": [{"up_to_place": 3, "grade": "senior"}],
}


@dataclass
class Contest:
    """What the players know of it."""

    id: str
    account: Account
    entrants: list[str] = field(default_factory=list)
    finals: list[int] = field(default_factory=list)
    """What the sheets come to, in hundredths, best first; reckoned here and not by the service."""
    prizes: dict[str, int] = field(default_factory=dict)


async def announce(stage: Stage, members: Sequence[str]) -> None:
    """Proposed by one administrator, approved by another; announced once the fund has set the prize money aside."""
    trade, _ = Counter(stage.trades[member] for member in members if stage.trades[member]).most_common(1)[0]
    account = await _fund(stage)
    proposal = {
        "org_id": GROUP,
        "level": "group",
        "tier": "II",
        "trade": trade,
        "season": f"{stage.today:%Y}",
        "prize_budget_fen": BUDGET,
        "account_id": account.id,
    }
    contest = Contest((await stage.do(ADMIN, "activities", "/competitions", proposal)).subject, account)
    stage.ledger.contest = contest
    await stage.do(SECOND, "activities", f"/competitions/{contest.id}/approval")
    await stage.until("activities", f"/competitions/{contest.id}", lambda card: card["budget"] == "reserved")
    account.granted[contest.id] = BUDGET
    days = {name: (stage.today + timedelta(days=ahead)).isoformat() for name, ahead in _DATES.items()}
    await stage.do(ADMIN, "activities", f"/competitions/{contest.id}/announcement", {"rule": RULE, **days})
    chosen = [member for member in members if stage.trades[member] == trade][:CONTESTANTS]
    await each(chosen, lambda member: _enter(stage, contest, member))
    stage.say(f"skill competition 技能竞赛 of trade {trade}: {len(contest.entrants)} entered, {yuan(BUDGET)} set aside")


_DATES = {"enrol_from": 0, "qualifying_on": 0, "enrol_until": 2, "held_on": 3}


async def _fund(stage: Stage) -> Account:
    body = {"org_id": GROUP, "purpose": "prizes", "source": "budget"}
    account = Account((await stage.do(ADMIN, "welfare", "/accounts", body, "demo:account:prizes")).subject, GROUP)
    await stage.do(
        ADMIN,
        "welfare",
        f"/accounts/{account.id}/allocations",
        {"amount_fen": BUDGET, "source_ref": "BUDGET/PRIZES"},
    )
    account.allocated = BUDGET
    stage.ledger.accounts["prizes"] = account
    return account


async def _enter(stage: Stage, contest: Contest, member: str) -> None:
    answer = await stage.do(member, "activities", f"/competitions/{contest.id}/entries/{member}")
    if "EntryAccepted" in answer.events:
        contest.entrants.append(member)


async def judge(stage: Stage) -> None:
    """Enrolment has closed by itself. Each judge scores every code; the chief closes, and the results are posted."""
    contest = stage.ledger.contest
    path = f"/competitions/{contest.id}"
    await stage.until("activities", path, lambda card: card["status"] == "entries_closed")
    panel = {"judge_ids": JUDGES, "chief": JUDGES[0]}
    await stage.do(ADMIN, "activities", f"{path}/panel", panel)
    await stage.do(ADMIN, "activities", f"{path}/round")
    codes = [f"E{number:04}" for number in range(1, len(contest.entrants) + 1)]
    sheets = {
        (code, judge): stage.chance(f"{judge} {code}").randrange(120, 201) * 50 for code in codes for judge in JUDGES
    }

    async def score(cell: tuple[str, str]) -> None:
        code, judge = cell
        body = {"entry_code": code, "score_x100": sheets[cell]}
        await stage.do(judge, "activities", f"{path}/scores", body, f"demo:score:{code}:{judge}")

    await each(sheets, score)
    await stage.do(JUDGES[0], "activities", f"{path}/round-closing")
    finals = [final([sheets[code, judge] for judge in JUDGES]) for code in codes]
    contest.finals = sorted(finals, reverse=True)
    await stage.do(ADMIN, "activities", f"{path}/publicity")
    posted = await stage.until("activities", f"{path}/results", lambda shown: shown["status"] == "posted")
    stage.say(
        f"{len(sheets)} sealed scores by five judges; the results are posted 公示 from {posted['posted_from']} to "
        f"{posted['posted_until']}, five working days over two holidays"
    )


def final(scores: Sequence[int]) -> int:
    """Mean without the highest and the lowest, half up to a hundredth (INV-A2)."""
    kept = sorted(scores)[1:-1]
    return int(Fraction(sum(kept), len(kept)) + Fraction(1, 2))


async def award(stage: Stage) -> None:
    """The posting has ended by itself: confirmed by somebody else than who posted, prizes awarded and paid."""
    contest = stage.ledger.contest
    path = f"/competitions/{contest.id}"
    await stage.until("activities", path, lambda card: card["status"] == "post_over")
    await stage.do(SECOND, "activities", f"{path}/confirmation")
    result = await stage.until("activities", f"{path}/results", lambda shown: shown["status"] == "confirmed")
    ranks = [line["place"] for line in result["lines"] if line["place"] in PRIZES]
    prizes = [{"place": place, "amount_fen": PRIZES[place]} for place in sorted(set(ranks))]
    await stage.do(SECOND, "activities", f"{path}/prizes", {"prizes": prizes})
    wanted = await stage.until("welfare", "/prizes", lambda rows: len(rows) == len(ranks), competition_id=contest.id)
    await each(wanted, lambda row: _pay(stage, contest, row))
    await stage.until("activities", path, lambda card: not card["open_prizes"])
    await stage.do(ADMIN, "activities", f"{path}/archiving")
    account = contest.account
    del account.granted[contest.id]
    account.granted |= contest.prizes
    account.paid |= set(contest.prizes)
    stage.say(f"{len(ranks)} prizes of {yuan(sum(contest.prizes.values()))} paid; the rest of the budget is free again")


async def _pay(stage: Stage, contest: Contest, row: dict[str, Any]) -> None:
    body = {
        "competition_id": contest.id,
        "voucher_ref": f"P-{row['id'][:13]}",
        "paid_on": stage.today.isoformat(),
    }
    await stage.do(GROUP_FINANCE, "welfare", f"/prizes/{row['id']}/payment", body)
    contest.prizes[row["id"]] = row["amount_fen"]
