"""A planned roster becomes ordinary commands. Each looks at what is there, so the same file again changes nothing."""

from collections.abc import Callable

from deploy.roster.admit import admit, faults_of
from deploy.roster.api import Api
from deploy.roster.brought_in import BroughtIn, Outcome
from deploy.roster.found import found, renamed, reported_anew
from deploy.roster.plan import Known, Plan
from deploy.roster.run import Hands, Run
from deploy.roster.workbook import OrganisationRow, Roster


class NeedsSecond(Exception):
    """Organisations wait to be founded and nobody is named who confirms it; `str()` says what to do."""

    def __init__(self, actor: str, top: str) -> None:
        grant = f"gonghui grant ACTOR GROUP_ADMIN --org {top} --actor {actor}"
        super().__init__(
            f"New organisations are proposed by {actor} and confirmed by a second administrator: name one with "
            f"--confirmed-by ACTOR. If there is none yet: {grant}\n"
            f"新建组织由 {actor} 提出，须由另一名管理员确认：请用 --confirmed-by 指定；"
            f"如尚无第二名管理员，请先执行 {grant}"
        )


async def known_organisations(api: Api, actor: str) -> dict[str, Known]:
    """Those that are established, by code. Raises Refusal."""
    return {row["org_id"]: Known.of(row) for row in await api.pages(actor, "members", "/organisations")}


def foreseen(plan: Plan, roster: Roster) -> BroughtIn:
    """What would become of it, as far as it shows from here: whether a person is a member already is not told."""
    seen = BroughtIn(rejected=list(plan.faults))
    for row in plan.organisations:
        seen.organisations[_foreseen(row, plan.known.get(row.org_id))] += 1
    for made in roster.members():
        faults = faults_of(made, plan)
        seen.rejected += faults
        seen.members["created"] += not faults
    return seen.sorted()


def _foreseen(row: OrganisationRow, known: Known | None) -> Outcome:
    if known is None:
        return "created"
    return "changed" if renamed(row, known) or reported_anew(row, known) else "unchanged"


async def bring_in(
    plan: Plan, roster: Roster, api: Api, hands: Hands, done: Callable[[int], None] = lambda _: None
) -> BroughtIn:
    """`done` is called with numbers of rows. Raises NeedsSecond, Refusal, NoAnswer, CannotRead."""
    if hands.second is None and any(plan.new):
        raise NeedsSecond(hands.actor, plan.top)
    run = Run(plan, api, hands, BroughtIn(rejected=list(plan.faults)), done)
    await found(run)
    await admit(run, roster)
    return run.result.sorted()
