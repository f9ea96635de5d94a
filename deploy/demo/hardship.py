"""Hardship files 困难职工建档: applied for, visited by two, classified, posted over the holidays, opened, aid given."""

from collections.abc import Sequence

from deploy.demo import aid
from deploy.demo.opening import THOUSAND
from deploy.demo.stage import GROUP_CADRE, Stage
from deploy.roster.api import each

FILES = 3
DEEP = {"yearly_income_fen": 30 * THOUSAND, "rigid_spending_fen": 12 * THOUSAND, "people": 3}
"""Less than the minimum living standard for each of three: a deep hardship."""


async def apply(stage: Stage, members: Sequence[str]) -> None:
    """Every step by other hands; in the end the finding is posted, and nobody but its class is named."""

    async def one(member: str) -> None:
        answer = await stage.do(member, "welfare", f"/members/{member}/hardship", {"org_id": stage.home(member)})
        path = f"/hardship-files/{answer.subject}"
        cadre, chair = stage.officer_of(member, "cadre"), stage.officer_of(member, "chair")
        visit = {
            "visitor_ids": [cadre, GROUP_CADRE],
            "on": stage.today.isoformat(),
            "evidence_hash": "abcdefab" * 8,
        }
        await stage.do(cadre, "welfare", f"{path}/visit", visit)
        await stage.do(chair, "welfare", f"{path}/classification", {"declared": DEEP})
        await stage.do(cadre, "welfare", f"{path}/publicity", {})
        stage.ledger.files[answer.subject] = member

    await each(members[:FILES], one)
    stage.say(f"{len(stage.ledger.files)} hardship files 困难建档 applied for, visited by two, classified, posted")


async def open_files(stage: Stage) -> None:
    """The postings have ended by themselves. The first household gets aid on its file."""
    for file_id in stage.ledger.files:
        path = f"/hardship-files/{file_id}"
        await stage.until("welfare", path, lambda card: card["status"] == "posting_over")
        await stage.do(stage.officer_of(stage.ledger.files[file_id], "head"), "welfare", f"{path}/opening")
    file_id, member = next(iter(stage.ledger.files.items()))
    await aid.on_file(stage, member, file_id)
    stage.say(f"{len(stage.ledger.files)} files are open; aid on the first one is granted and paid")
