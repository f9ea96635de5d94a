"""A planned roster becomes ordinary commands. Each looks at what is there, so the same file again changes nothing."""

from collections.abc import Callable
from datetime import date

from deploy.roster.admit import admit, faults_of, foreseen_of
from deploy.roster.api import Api, Refusal
from deploy.roster.brought_in import BroughtIn, Outcome
from deploy.roster.found import found, renamed, reported_anew, reported_too_late
from deploy.roster.plan import Known, Plan
from deploy.roster.run import Hands, Run
from deploy.roster.workbook import MemberRow, OrganisationRow, Roster
from shared.values.roles import Role


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


class NoAdministrator(Exception):
    """The second one could not confirm anything; `str()` says what to do."""

    def __init__(self, second: str, top: str) -> None:
        super().__init__(
            f"{second}, named by --confirmed-by, is no administrator of {top} and cannot confirm: name one who is, or "
            f"make {second} one: gonghui grant {second} GROUP_ADMIN (or SUBSIDIARY_ADMIN) --org {top} --actor ACTOR\n"
            f"--confirmed-by 指定的 {second} 不是 {top} 的管理员，不能确认：请另行指定，或先授权："
            f"gonghui grant {second} GROUP_ADMIN（或 SUBSIDIARY_ADMIN） --org {top} --actor ACTOR"
        )


async def known_organisations(api: Api, actor: str) -> dict[str, Known]:
    """Those that are established, by code. Raises Refusal."""
    return {row["org_id"]: Known.of(row) for row in await api.pages(actor, "members", "/organisations")}


async def must_confirm(api: Api, plan: Plan, second: str) -> None:
    """Raises NoAdministrator unless this second one may confirm and accept for everything in the plan."""
    above = plan.known[plan.top].path.strip("/").split("/")
    try:
        held = await api.pages(second, "members", "/roles", actor_id=second)
    except Refusal:
        held = []
    if not any(Role.named(role["role"]) & Role.ADMIN and role["org_id"] in above for role in held):
        raise NoAdministrator(second, plan.top)


def foreseen(plan: Plan, roster: Roster, today: date) -> BroughtIn:
    """What would become of it, as far as it shows from here: whether a person is a member already is not told."""
    seen = BroughtIn(rejected=list(plan.faults))
    for row in plan.organisations:
        seen.organisations[_foreseen(row, plan.known.get(row.org_id), seen)] += 1
    for made in roster.members():
        faults = faults_of(made, plan)
        if isinstance(made, MemberRow) and not faults:
            faults = foreseen_of(made, plan, today)
        seen.rejected += faults
        seen.members["created"] += not faults
    return seen.sorted()


def _foreseen(row: OrganisationRow, known: Known | None, seen: BroughtIn) -> Outcome:
    if fault := reported_too_late(row, known):
        seen.rejected.append(fault)
        return "rejected"
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
