"""Announce a competition and its rule:  POST /competitions/{competition_id}/announcement  ->  CompetitionAnnounced"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from services.activities.competition.competition import Competition, NotAtThisStage
from services.activities.competition.digest import digest
from services.activities.competition.terms import Announcement
from services.activities.service import service
from shared.events.activities.competition import CompetitionAnnounced
from shared.kernel.refusal import Conflict, Invalid
from shared.kernel.work import Command, Work
from shared.values.competition import LAST_PLACE, CompetitionId, ScoreRule
from shared.values.posting import LEAST
from shared.values.roles import Role

KEPT_AT_LEAST = 3
"""Scores that a result is the mean of (INV-A2)."""


def has_such_places(rule: ScoreRule) -> ScoreRule:
    """The rule itself, unless it promotes up to a place that no competition has: ValueError. (The released event knows
    no largest place, so the schema of the rule cannot say it.)"""
    if any(promotion.up_to_place > LAST_PLACE for promotion in rule.promotions):
        raise ValueError(
            f"No competition has more than {LAST_PLACE} places; promote up to one of them.\n"
            f"竞赛名次不超过 {LAST_PLACE}，请更正晋升名次。"
        )
    return rule


class AnnounceCompetition(Command):
    rule: Annotated[ScoreRule, AfterValidator(has_such_places)]
    enrol_from: date
    enrol_until: date
    qualifying_on: date
    """Membership on this day decides for which organisation a person enters."""
    held_on: date
    posting_workdays: Annotated[int, Field(ge=LEAST, le=60)] = LEAST


class TooFewKept(Invalid):
    """After dropping, at least {kept} sheets must remain: with these drops the minimum is {least}, and the panel has at
    least as many judges.
    去掉最高、最低分后至少保留 {kept} 个评分：按此规则最少评分数为 {least}，且裁判人数不得少于最少评分数。"""


class StepDoesNotFit(Invalid):
    """The highest score {max_x100} is not a whole number of steps of {step_x100}; change one of them.
    满分 {max_x100} 不是步长 {step_x100} 的整数倍，请调整。"""


class CompetitionDates(Invalid):
    """The order is: qualifying day, begin and end of enrolment, the day it is held, and enrolment ends today or later.
    日期顺序应为：资格日、报名开始、报名截止、举行日，且报名截止日不早于今天。"""


class BudgetNotReserved(Conflict):
    """The prize budget is {budget}; prizes are promised once the fund has set the money aside. If it refused, cancel
    this competition and propose it anew.
    奖金预算状态为 {budget}，资金落实后方可办理；如已被拒绝，请取消后重新申报。"""


class RuleFixed(Conflict):
    """Somebody has entered already, so the rule and the dates can no longer change.
    已有选手报名，评分规则和日期不得变更。"""


def announce(competition: Competition, command: AnnounceCompetition, on: date) -> Iterator[CompetitionAnnounced]:
    rule_hash = digest(command.rule.model_dump(mode="json"))
    said = Announcement(**dict(command), rule_hash=rule_hash)
    match competition.status:
        case "approved":
            pass
        case "announced":
            if said == competition.announcement:
                return
            if competition.entries or competition.withdrawn:
                raise RuleFixed()
        case _:
            raise NotAtThisStage(status=competition.status)
    must_be_sound(command.rule)
    must_follow(command, on)
    if competition.budget not in ("none", "reserved"):
        raise BudgetNotReserved(budget=competition.budget)
    yield CompetitionAnnounced(
        competition_id=competition.id, org_id=competition.org_id, rule_hash=rule_hash, **dict(command)
    )


def must_be_sound(rule: ScoreRule) -> None:
    least = rule.drop_high + rule.drop_low + KEPT_AT_LEAST
    if not least <= rule.minimum_sheets <= rule.judges:
        raise TooFewKept(kept=KEPT_AT_LEAST, least=least)
    if rule.max_x100 % rule.step_x100:
        raise StepDoesNotFit(max_x100=rule.max_x100, step_x100=rule.step_x100)


def must_follow(said: AnnounceCompetition, on: date) -> None:
    in_order = said.qualifying_on <= said.enrol_from <= said.enrol_until <= said.held_on
    if not in_order or said.enrol_until < on:
        raise CompetitionDates()


@service.post("/competitions/{competition_id}/announcement", role=Role.UNION, org=(Competition, "competition_id"))
async def post(competition_id: CompetitionId, command: AnnounceCompetition, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: announce(competition, command, work.today))
