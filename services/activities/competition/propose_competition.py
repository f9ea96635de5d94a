"""Propose a competition:  POST /competitions  ->  CompetitionProposed"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from services.activities.activity.enrol import PathOf
from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import CompetitionProposed
from shared.kernel.authority import OrganisationUnknownHere
from shared.kernel.refusal import Invalid
from shared.kernel.work import Actor, Command, Work
from shared.values.competition import CompetitionLevel, CompetitionTier, Season
from shared.values.ids import AccountId, Code, OrgId
from shared.values.money import Fen
from shared.values.org_path import contains
from shared.values.roles import Role


class ProposeCompetition(Command):
    org_id: OrgId
    kind: Literal["skill"] = "skill"
    """Judged scores; drills and labour competitions are scored in other ways."""
    level: CompetitionLevel
    tier: CompetitionTier
    trade: Code
    season: Season
    scope_orgs: Annotated[tuple[OrgId, ...], Field(max_length=100)] = ()
    """Empty: the organiser and everything below it."""
    prize_budget_fen: Fen = 0
    account_id: AccountId | None = None


class AccountMissing(Invalid):
    """A prize budget needs the fund account that is to bear it; name the account, or propose without a budget.
    奖金预算须指定列支账户，请填写账户或不设奖金。"""


class ScopeOutside(Invalid):
    """{org_id} is not the organiser {organiser} or below it; whoever is to hold it for both has to propose it.
    {org_id} 不在主办组织 {organiser} 及其下级范围内，请由共同上级申报。"""


def propose(new: Competition, command: ProposeCompetition, by: Actor, path_of: PathOf) -> Iterator[CompetitionProposed]:
    if command.prize_budget_fen and command.account_id is None:
        raise AccountMissing()
    for org_id in command.scope_orgs:
        must_be_below(command.org_id, org_id, path_of)
    if new.status == "new":
        said = command.model_dump() | {"scope_orgs": command.scope_orgs or (command.org_id,)}
        yield CompetitionProposed(competition_id=new.id, by=by.id, **said)


def must_be_below(organiser: str, org_id: str, path_of: PathOf) -> None:
    scope, place = path_of(organiser), path_of(org_id)
    if scope is None or place is None:
        raise OrganisationUnknownHere(org_id=org_id)
    if not contains(scope, place):
        raise ScopeOutside(org_id=org_id, organiser=organiser)


@service.post("/competitions", role=Role.UNION, org="org_id")
async def post(command: ProposeCompetition, work: Work) -> None:
    path_of = work.directory.path
    await work.change(Competition, work.new_id(), lambda new: propose(new, command, work.actor, path_of))
