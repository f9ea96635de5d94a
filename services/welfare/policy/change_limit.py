"""Set a limit from a date on:  POST /policy-limits  ->  PolicyLimitChanged"""

from collections.abc import Iterator
from datetime import date

from services.welfare.policy.policy_limits import PolicyLimits
from services.welfare.service import service
from shared.events.welfare.policy import PolicyLimitChanged
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import Jurisdiction, OrgId, Reference
from shared.values.money import Fen
from shared.values.policy import PolicyKind
from shared.values.roles import Role


class ChangeLimit(Command):
    kind: PolicyKind
    cap_fen: Fen
    effective_from: date
    source_ref: Reference
    org_id: OrgId | None = None
    jurisdiction: Jurisdiction | None = None
    """For an organisation and all below it, or for all whose place this is and who have no limit above them."""

    @property
    def scope(self) -> str:
        return f"org:{self.org_id}" if self.org_id else f"place:{self.jurisdiction}"


class WhoseLimit(Invalid):
    """A limit is either of an organisation or of a jurisdiction: name one of them.
    标准须属于某一组织或某一行政区划，请填写其中一项。"""


class VersionStands(Conflict):
    """A version of {effective_from} stands with {cap} fen, and versions never change; begin the new one on another day.
    自 {effective_from} 起的标准已为 {cap} 分，已有版本不可更改，请另定生效日期。"""


class LimitInThePast(Conflict):
    """What was decided since {effective_from} was measured by the version of then; begin the new one today or later.
    {effective_from} 以来的审批已按当时标准执行，新标准须自今日或以后生效。"""


def change(
    limits: PolicyLimits, command: ChangeLimit, policy_id: str, by: Actor, today: date
) -> Iterator[PolicyLimitChanged]:
    """Only the first version that has begun may begin in the past: there was nothing to measure by before."""
    standing = [version for version in limits.versions if version.kind == command.kind]
    for version in standing:
        if version.effective_from == command.effective_from:
            if version.cap_fen != command.cap_fen:
                raise VersionStands(effective_from=command.effective_from.isoformat(), cap=version.cap_fen)
            return
    begun = any(version.effective_from <= today for version in standing)
    if begun and command.effective_from < today:
        raise LimitInThePast(effective_from=command.effective_from.isoformat())
    yield PolicyLimitChanged(policy_id=policy_id, by=by.id, **command.model_dump())


@service.post("/policy-limits", role=Role.GROUP_ADMIN, org="/", sensitive=True)
async def post(command: ChangeLimit, work: Work) -> None:
    if (command.org_id is None) == (command.jurisdiction is None):
        raise WhoseLimit()
    if command.org_id is not None and work.directory.path(command.org_id) is None:
        raise OrganisationUnknownHere(org_id=command.org_id)
    policy_id = work.new_id()
    await work.change(
        PolicyLimits, command.scope, lambda limits: change(limits, command, policy_id, work.actor, work.today)
    )
