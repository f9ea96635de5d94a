"""A competition from its proposal to its prizes, as its people go through it; views as the projector folds them."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from services.activities import service
from services.activities.competition import (
    announce_competition,
    appoint_panel,
    approve_competition,
    archive_competition,
    award_prizes,
    budget_answered,
    close_entries,
    close_round,
    confirm_results,
    end_publicity,
    enter_competition,
    open_round,
    post_results,
    prize_answered,
    propose_competition,
    submit_score,
)
from services.activities.competition.award_prizes import AwardPrizes, PlacePrize
from services.activities.competition.competition import Competition
from services.activities.competition.competition_card import CompetitionCard
from services.activities.competition.competition_result import CompetitionResult, masked
from services.activities.competition.my_competitions import MyCompetitions
from services.activities.competition.propose_competition import ProposeCompetition
from services.activities.competition.sealed_round import Round
from services.activities.competition.stations import Stations
from services.activities.competition.submit_score import SubmitScore
from shared.events.activities.competition import CompetitionResultConfirmed, PrizeAwarded
from shared.events.activities.sealed_round import SEALED
from shared.events.members.membership import MemberJoined, MemberTransferred
from shared.events.welfare.prize import PrizeBudgetReserved, PrizePaid
from shared.values.posting import PostingNotOver
from tests.activities.competition.examples import (
    ACCOUNT,
    ANNOUNCE,
    APPOINT,
    CLOSES,
    HELD,
    JUDGES,
    OPENS,
    POST_OVER,
    POSTED_ON,
    POSTED_UNTIL,
    hall,
    welder,
)
from tests.story import Desk, shown

MEMBERS = [f"00000000-0000-7000-8000-{number:012x}" for number in range(0x100, 0x10C)]
MOVED = MEMBERS[0]


class Contest:
    """Twelve welders, six judges of whom one is a welder's colleague, and a clock."""

    def __init__(self) -> None:
        self.desk = Desk(hall(*map(welder, MEMBERS), welder("judge-6", "G0101", trade=None)), today=date(2026, 8, 20))
        for member_id in MEMBERS:
            org_id = "G0101" if member_id == MOVED else "G0102"
            self.desk.views.put(Stations(member_id, ((date(2020, 1, 1), org_id),)))
        self.desk.directory.paths["G0102"] = "/G/G01/G0102/"
        self.id = ""

    async def does(self, actor: str, handler: Callable[..., Awaitable[None]], *words: Any) -> None:
        await self.desk.does(actor, handler, *([self.id, *words] if self.id else words))

    def on(self, day: date) -> None:
        self.desk.commands.clock.at = self.desk.commands.clock.at.replace(  # type: ignore[attr-defined]
            year=day.year, month=day.month, day=day.day
        )

    async def state(self) -> Competition:
        return await self.desk.state(Competition, self.id)

    async def begin(self) -> None:
        proposal = ProposeCompetition(
            org_id="G01",
            level="subsidiary",
            tier="II",
            trade="welder",
            season="2026",
            prize_budget_fen=1_000_000,
            account_id=ACCOUNT,
        )
        outcome = await self.desk.does("cadre", propose_competition.post, proposal)
        self.id = outcome.commits[0].events[0].headers["ce_subject"]
        await self.does("chair", approve_competition.post)
        answer = PrizeBudgetReserved(competition_id=self.id, org_id="G01", account_id=ACCOUNT, amount_fen=1_000_000)
        await self.desk.does("reaction", budget_answered.budget_reserved, answer)
        await self.does("cadre", announce_competition.post, ANNOUNCE)

    async def enrol(self) -> None:
        self.on(OPENS)
        for member_id in MEMBERS:
            await self.does(member_id, enter_competition.post, member_id)
        self.on(CLOSES)
        await self.does("cadre", close_entries.post)

    async def judge(self) -> None:
        """The last code gets the best scores; whoever is recused hands in nothing."""
        self.on(HELD)
        await self.does("chair", appoint_panel.post, APPOINT)
        await self.does("cadre", open_round.post)
        competition = await self.state()
        sealed = await self.desk.state(Round, competition.round_id)
        for number, (code, entry_id) in enumerate(sealed.entry_ids.items()):
            for judge in JUDGES:
                if judge not in competition.recused_for(entry_id):
                    score = SubmitScore(entry_code=code, score_x100=8_000 + 100 * number)
                    await self.does(judge, submit_score.post, score)
        await self.does("judge-1", close_round.post)


async def test_from_the_proposal_to_the_prizes() -> None:
    contest = Contest()
    await contest.begin()
    await contest.enrol()
    await contest.judge()

    contest.on(POSTED_ON)
    await contest.does("cadre", post_results.post)
    contest.on(POSTED_UNTIL)
    with pytest.raises(PostingNotOver):
        await contest.does("cadre", end_publicity.post)
    contest.on(POST_OVER)
    await contest.does("cadre", end_publicity.post)
    await contest.does("chair", confirm_results.post)
    prizes = AwardPrizes(prizes=(PlacePrize(place=1, amount_fen=500_000), PlacePrize(place=2, amount_fen=300_000)))
    await contest.does("chair", award_prizes.post, prizes)
    events = contest.desk.events()
    awards = [event for event in events if isinstance(event, PrizeAwarded)]
    for award in awards:
        await contest.desk.does("reaction", prize_answered.prize_paid, _paid(award))
    await contest.does("cadre", archive_competition.post)

    confirmed = next(event for event in events if isinstance(event, CompetitionResultConfirmed))
    assert [placed.place for placed in confirmed.ranking] == list(range(1, 13))
    assert [placed.final_x100 for placed in confirmed.ranking] == [
        8_000 + 100 * number for number in reversed(range(12))
    ]
    assert [award.member_id for award in awards] == [placed.member_ids[0] for placed in confirmed.ranking[:2]]
    assert (await contest.state()).status == "archived"
    assert {prize.status for prize in (await contest.state()).prizes.values()} == {"paid"}
    await _as_seen(contest, awards)


def _paid(award: PrizeAwarded) -> PrizePaid:
    said = award.model_dump(include={"prize_id", "competition_id", "entry_id", "member_id", "org_id", "amount_fen"})
    return PrizePaid(**said, account_id=ACCOUNT, voucher_ref="V-1", paid_on=award.on, by="cashier")


async def _as_seen(contest: Contest, awards: list[PrizeAwarded]) -> None:
    commits = contest.desk.log.commits
    events = contest.desk.events()
    assert {wire.topic for commit in commits for wire in commit.events if commit.stream.startswith("Round")} == {SEALED}
    open_events = [event for event in events if not event.topic]
    cards = shown(service, CompetitionCard, open_events)
    assert (cards[contest.id].status, cards[contest.id].delivered_fen) == ("archived", 800_000)
    result = shown(service, CompetitionResult, open_events)[contest.id]
    assert masked(result) == result
    assert [line.place for line in result.lines] == list(range(1, 13))
    mine = shown(service, MyCompetitions, open_events)[awards[0].member_id].entries[contest.id]
    assert (mine.status, mine.place, mine.grade, mine.prize, mine.prize_fen) == (
        "placed",
        1,
        "technician",
        "paid",
        500_000,
    )


async def test_a_transfer_after_the_qualifying_day_changes_nothing() -> None:
    """The worker of the story: enters, moves to another union, and still competes for the one of the qualifying day."""
    joined = MemberJoined(
        member_id=MOVED,
        org_id="G0101",
        joined_on=date(2020, 1, 1),
        worker_type="regular",
        frontline=True,
        membership_seq=1,
    )
    moved = MemberTransferred(member_id=MOVED, from_org="G0101", to_org="G0201", effective_on=OPENS, membership_seq=1)
    contest = Contest()
    contest.desk.views.put(shown(service, Stations, [joined, moved])[MOVED])
    contest.desk.directory.memberships[MOVED] = welder(MOVED, "G0201")
    await contest.begin()
    await contest.enrol()
    assert (await contest.state()).entries[MOVED].org_id == "G0101"
    await contest.judge()
    assert list((await contest.state()).recused.values()) == [{"judge-6"}]
