"""One household one file 一户一档, one person one file (INV-W6): who has a running application or file.

A stream for each household and each member, since a claim must be freed again when the file is closed. A household is
known by a random id: that spouses in two subsidiaries give the same one is for the cadres to see to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self, assert_never, cast

from services.welfare.hardship.hardship_file import HardshipFile
from shared.events.welfare.hardship import HardshipClaimed, HardshipClaimFreed
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.hardship import ClaimedBy


class FiledAlready(Conflict):
    """This {claimed_by} has a running application or hardship file, {file_id}; a second one is not possible.
    该{claimed_by}（家庭或会员）已有进行中的申请或档案 {file_id}，不得重复建档。"""


@dataclass(frozen=True)
class Claim(Aggregate):
    """Its id is `household:<id>` or `member:<id>`."""

    file_id: str = ""
    """Empty: free."""

    def evolve(self, event: HardshipClaimed | HardshipClaimFreed) -> Self:
        match event:
            case HardshipClaimed():
                return replace(self, file_id=event.file_id, org_id=event.org_id)
            case HardshipClaimFreed():
                return replace(self, file_id="")
            case _:
                assert_never(event)

    @property
    def whose(self) -> tuple[ClaimedBy, str]:
        claimed_by, _, claimant_id = self.id.partition(":")
        return cast("ClaimedBy", claimed_by), claimant_id


def claim(claim: Claim, file_id: str, org_id: str) -> Iterator[HardshipClaimed]:
    claimed_by, claimant_id = claim.whose
    if claim.file_id not in ("", file_id):
        raise FiledAlready(claimed_by=claimed_by, file_id=claim.file_id)
    if not claim.file_id:
        yield HardshipClaimed(claimed_by=claimed_by, claimant_id=claimant_id, file_id=file_id, org_id=org_id)


def free(claim: Claim, file_id: str) -> Iterator[HardshipClaimFreed]:
    claimed_by, claimant_id = claim.whose
    if claim.file_id == file_id:
        yield HardshipClaimFreed(claimed_by=claimed_by, claimant_id=claimant_id, file_id=file_id, org_id=claim.org_id)


def claims_of(file: HardshipFile) -> tuple[str, str]:
    return f"household:{file.household_id}", f"member:{file.member_id}"


async def claim_for(file: HardshipFile, work: Work) -> None:
    for claim_id in claims_of(file):
        await work.change(Claim, claim_id, lambda one: claim(one, file.id, file.org_id))


async def free_from(file: HardshipFile, work: Work) -> None:
    for claim_id in claims_of(file):
        await work.change(Claim, claim_id, lambda one: free(one, file.id))
