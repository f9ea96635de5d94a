"""Enter a person:  POST /competitions/{competition_id}/entries/{member_id}  ->  EntryAccepted | EntryRejected"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.activities.activity.enrol import MemberUnknownHere, OutsideWindow, PathOf
from services.activities.competition.competition import Competition
from services.activities.competition.stations import Stations
from services.activities.competition.terms import Terms
from services.activities.service import service
from shared.directory.entries import Membership
from shared.events.activities.competition import EntryAccepted, EntryRejected
from shared.kernel.refusal import Conflict
from shared.kernel.work import Work
from shared.values.competition import CompetitionId, EntryRejection
from shared.values.ids import MemberId
from shared.values.org_path import contains
from shared.values.roles import Role

LARGEST = 1_000
"""Entries of one competition: what a judge panel and one stream hold at ease."""


class NoPlaceLeft(Conflict):
    """{largest} have entered, which is the most; hold a second competition.
    参赛人数已达上限 {largest}，请另行举办一场。"""


@dataclass(frozen=True)
class Application:
    """What is known of somebody who wants to enter, before the competition decides."""

    member_id: str
    entry_id: str
    org_id: str
    """Of the qualifying day, or of today."""
    reason: EntryRejection | None
    """Why the person is not eligible."""


def enter(competition: Competition, application: Application, on: date) -> Iterator[EntryAccepted | EntryRejected]:
    competition.must_be("announced")
    if application.member_id in competition.entries:
        return
    said = competition.announced
    if not said.enrol_from <= on <= said.enrol_until:
        raise OutsideWindow(enrol_from=str(said.enrol_from), enrol_until=str(said.enrol_until))
    if len(competition.entries) >= LARGEST:
        raise NoPlaceLeft(largest=LARGEST)
    if application.reason:
        yield from _reject(competition, application, application.reason)
        return
    yield EntryAccepted(
        competition_id=competition.id,
        entry_id=application.entry_id,
        member_ids=(application.member_id,),
        org_id=application.org_id,
        trade=competition.terms.trade,
        season=competition.terms.season,
        level=competition.terms.level,
    )


def _reject(competition: Competition, application: Application, reason: EntryRejection) -> Iterator[EntryRejected]:
    if competition.rejected.get(application.member_id) != reason:
        yield EntryRejected(
            competition_id=competition.id,
            entry_id=application.entry_id,
            member_ids=(application.member_id,),
            reason_code=reason,
            org_id=application.org_id,
        )


def ineligible(
    competition: Competition, membership: Membership, org_id: str | None, path_of: PathOf
) -> EntryRejection | None:
    """Who may enter: a member now and on the qualifying day, of the trade, then in an organisation it is held for."""
    if org_id is None or not membership.active:
        return "not_a_member"
    if membership.trade_code != competition.terms.trade:
        return "wrong_trade"
    place = path_of(org_id)
    if place is None:
        raise MemberUnknownHere()
    scopes = [scope for org in competition.terms.scope_orgs if (scope := path_of(org))]
    return None if any(contains(scope, place) for scope in scopes) else "out_of_scope"


async def applied(competition: Competition, member_id: str, work: Work) -> Application:
    membership = await work.directory.membership(member_id)
    if membership is None:
        raise MemberUnknownHere()
    stations = await work.view(Stations, member_id)
    org_id = stations.org_on(competition.announced.qualifying_on) if stations else None
    entry_id = work.new_id()
    reason = ineligible(competition, membership, org_id, work.directory.path)
    if reason is None and not await is_first(competition, member_id, entry_id, work):
        reason = "entered_already"
    return Application(member_id, entry_id, org_id or membership.org_id, reason)


async def is_first(competition: Competition, member_id: str, entry_id: str, work: Work) -> bool:
    """Whether this is the person's one entry in the trade and season (INV-A6). Each claim is unique and stays for ever;
    one that was given back lets the next one be made, and only facts that never change again give it back."""
    terms, claim = competition.terms, f"{competition.id}/{entry_id}"
    turn, holder = 1, await work.reserve(_key(terms, member_id, 1), claim)
    while holder != claim and await _given_back(holder, work):
        turn += 1
        holder = await work.reserve(_key(terms, member_id, turn), claim)
    return holder == claim


def _key(terms: Terms, member_id: str, turn: int) -> str:
    return f"entry:{terms.season}:{terms.trade}:{member_id}:{turn}"


async def _given_back(claim: str, work: Work) -> bool:
    """Read anew: a remembered competition may not know of the withdrawal yet, and then the rejection would stand."""
    competition_id, entry_id = claim.split("/")
    competition = await work.change(Competition, competition_id, lambda _: ())
    return competition.status == "cancelled" or entry_id in competition.withdrawn


@service.post(
    "/competitions/{competition_id}/entries/{member_id}",
    role=Role.UNION | Role.SELF,
    org=(Competition, "competition_id"),
)
async def post(competition_id: CompetitionId, member_id: MemberId, work: Work) -> None:
    """For the organisation where the membership was on the qualifying day; a transfer since then changes nothing."""
    competition = await work.state(Competition, competition_id)
    competition.must_be("announced")
    application = await applied(competition, member_id, work)
    await work.change(Competition, competition_id, lambda competition: enter(competition, application, work.today))
