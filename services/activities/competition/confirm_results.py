"""Confirm the results:  POST /competitions/{competition_id}/confirmation  ->  CompetitionResultConfirmed"""

from collections.abc import Iterator, Sequence
from datetime import date

from services.activities.competition.competition import Competition
from services.activities.competition.pages import pages
from services.activities.service import service
from shared.events.activities.competition import CompetitionResultConfirmed, EntryResult, Placed, SkillPromotion
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Actor, Work
from shared.values.competition import CompetitionId, Promotion
from shared.values.roles import Role


class OwnJudgement(Forbidden):
    """You were on the panel of this competition; somebody else has to confirm its results.
    您是本次竞赛的裁判，成绩须由他人确认。"""


class OwnResult(Forbidden):
    """You competed here yourself; somebody else has to confirm the results.
    您是本次竞赛的参赛选手，成绩须由他人确认。"""


def confirm(competition: Competition, by: Actor, on: date) -> Iterator[CompetitionResultConfirmed]:
    """Only after the posting is over (INV-A7)."""
    if competition.status == "confirmed":
        return
    competition.must_be("post_over")
    if by.id in competition.panel.judge_ids:
        raise OwnJudgement()
    if by.id in competition.entries:
        raise OwnResult()
    terms, promotions = competition.terms, competition.announced.rule.promotions
    for number, number_of_pages, some in pages(competition.results):
        yield CompetitionResultConfirmed(
            competition_id=competition.id,
            org_id=competition.org_id,
            trade=terms.trade,
            season=terms.season,
            level=terms.level,
            page=number,
            pages=number_of_pages,
            ranking=tuple(_placed(competition, some)),
            skill_promotion=tuple(_promoted(competition, some, promotions)),
            on=on,
        )


def _placed(competition: Competition, results: Sequence[EntryResult]) -> Iterator[Placed]:
    members = competition.member_of
    for result in results:
        member_id = members[result.entry_id]
        yield Placed(
            entry_id=result.entry_id,
            member_ids=(member_id,),
            org_id=competition.entries[member_id].org_id,
            place=result.rank,
            final_x100=result.final_x100,
        )


def _promoted(
    competition: Competition, results: Sequence[EntryResult], promotions: Sequence[Promotion]
) -> Iterator[SkillPromotion]:
    """Each winner to the grade of the narrowest group of places that it stands in."""
    members = competition.member_of
    narrowest_first = sorted(promotions, key=lambda one: one.up_to_place)
    for result in results:
        for promotion in [one for one in narrowest_first if result.rank <= one.up_to_place][:1]:
            yield SkillPromotion(
                member_id=members[result.entry_id], trade=competition.terms.trade, grade=promotion.grade
            )


@service.post(
    "/competitions/{competition_id}/confirmation",
    role=Role.CHAIR | Role.ADMIN,
    org=(Competition, "competition_id"),
    sensitive=True,
)
async def post(competition_id: CompetitionId, work: Work) -> None:
    await work.change(Competition, competition_id, lambda competition: confirm(competition, work.actor, work.today))
