"""Appoint the judges:  POST /competitions/{competition_id}/panel  ->  JudgePanelAppointed, JudgeRecused"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated

from pydantic import Field

from services.activities.competition.competition import Competition
from services.activities.service import service
from shared.events.activities.competition import JudgePanelAppointed, JudgeRecused
from shared.kernel.refusal import Conflict, Forbidden, Invalid
from shared.kernel.work import Command, Work
from shared.values.competition import CompetitionId
from shared.values.ids import ActorId
from shared.values.roles import Role


class AppointPanel(Command):
    judge_ids: Annotated[tuple[ActorId, ...], Field(min_length=3, max_length=25)]
    """In their order, which decides between equal scores which one is dropped."""
    chief: ActorId


class ChiefNotOnPanel(Invalid):
    """Each judge is named once, and the chief judge is one of them; correct the list.
    每位裁判只能列一次，且裁判长须为其中一员，请更正名单。"""


class PanelTooSmall(Invalid):
    """The rule asks for at least {judges} judges; appoint more.
    评分规则要求至少 {judges} 名裁判，请增补。"""


class NotAJudge(Conflict):
    """{judge_id} does not hold the role of judge here; grant it first.
    {judge_id} 在此没有裁判角色，请先授权。"""


class JudgeCompetes(Forbidden):
    """{judge_id} has entered this competition, and nobody judges where he competes.
    {judge_id} 已报名参加本次竞赛，不能担任裁判。"""


class PanelFixed(Conflict):
    """Judging has begun, so judges may be added, in the end of the list, but none removed.
    评分已经开始，裁判只能在名单末尾增补，不能更换。"""


class KnowsTheEntries(Forbidden):
    """{judge_id} works for the union here and may have read whose code is whose; add somebody else.
    {judge_id} 在此担任工会职务，可能已看到选手与编号的对应名单，请增补他人。"""


Holds = Callable[[str], bool]
"""Whether somebody holds certain roles where the competition is."""
Homes = Mapping[str, str]
"""The organisation of each judge who is a member."""


def appoint(
    competition: Competition, command: AppointPanel, panel_id: str, qualified: Holds, of_union: Holds, homes: Homes
) -> Iterator[JudgePanelAppointed | JudgeRecused]:
    competition.must_be("entries_closed", "scoring")
    panel, judges = competition.panel, command.judge_ids
    if (judges, command.chief) != (panel.judge_ids, panel.chief):
        must_be_proper(competition, command, qualified)
        if competition.status == "scoring" and judges[: len(panel.judge_ids)] != panel.judge_ids:
            raise PanelFixed()
        must_not_know_codes(competition, judges, of_union)
        yield JudgePanelAppointed(
            competition_id=competition.id,
            org_id=competition.org_id,
            panel_id=panel_id,
            judge_ids=judges,
            chief=command.chief,
        )
    yield from recuse_those_at_home(competition, judges, homes)


def must_be_proper(competition: Competition, command: AppointPanel, qualified: Holds) -> None:
    if len(set(command.judge_ids)) < len(command.judge_ids) or command.chief not in command.judge_ids:
        raise ChiefNotOnPanel()
    if len(command.judge_ids) < competition.announced.rule.judges:
        raise PanelTooSmall(judges=competition.announced.rule.judges)
    for judge_id in command.judge_ids:
        if judge_id in competition.entries:
            raise JudgeCompetes(judge_id=judge_id)
        if judge_id not in competition.panel.judge_ids and not qualified(judge_id):
            raise NotAJudge(judge_id=judge_id)


def must_not_know_codes(competition: Competition, judges: tuple[str, ...], of_union: Holds) -> None:
    """The list of entries with their codes is open to the union once judging has begun, and closed to the panel."""
    for judge_id in judges if competition.status == "scoring" else ():
        if judge_id not in competition.panel.judge_ids and of_union(judge_id):
            raise KnowsTheEntries(judge_id=judge_id)


def recuse_those_at_home(competition: Competition, judges: tuple[str, ...], homes: Homes) -> Iterator[JudgeRecused]:
    """A judge does not count for entries of the own organisation (INV-A3), unless all of it happens within that one."""
    for judge_id in judges:
        for entry in sorted(competition.entries.values()):
            at_home = entry.org_id == homes.get(judge_id) and entry.org_id != competition.org_id
            if at_home and judge_id not in competition.recused_for(entry.id):
                yield JudgeRecused(
                    competition_id=competition.id,
                    org_id=competition.org_id,
                    judge_id=judge_id,
                    entry_id=entry.id,
                    ground="same_organisation",
                )


@service.post("/competitions/{competition_id}/panel", role=Role.CHAIR | Role.ADMIN, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, command: AppointPanel, work: Work) -> None:
    competition = await work.state(Competition, competition_id)
    place = work.directory.path(competition.org_id)

    def qualified(judge_id: str) -> bool:
        return bool(work.directory.may(judge_id, Role.JUDGE, place, work.today))

    def of_union(judge_id: str) -> bool:
        return bool(work.directory.may(judge_id, Role.UNION, place, work.today))

    homes = {one: home.org_id for one in command.judge_ids if (home := await work.directory.membership(one))}
    panel_id = work.new_id()
    await work.change(
        Competition,
        competition_id,
        lambda competition: appoint(competition, command, panel_id, qualified, of_union, homes),
    )
