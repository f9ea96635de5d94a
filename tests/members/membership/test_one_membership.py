"""INV-M1, INV-M2, INV-M9 while several act at once: whoever asks the database first, it decides once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import sampled_from

from services.members import service
from services.members.membership.accept_transfer import AcceptTransfer, accept
from services.members.membership.accept_transfer import post as post_acceptance
from services.members.membership.admit_members import AdmitMembers
from services.members.membership.admit_members import post as post_admission
from services.members.membership.end_membership import EndMembership, end
from services.members.membership.join_member import JoinMember, join, post
from services.members.membership.member import Member
from services.members.membership.membership_rate import MembershipRate
from services.members.membership.recall_transfer import recall
from services.members.membership.request_transfer import RequestTransfer, request
from services.members.organisation.organisation import Organisation
from shared.events.members.membership import MemberJoined, MemberTransferred
from shared.kernel.event import Event
from shared.kernel.log import Log
from shared.kernel.ports import Commit, Move, Taken, Write
from shared.kernel.refusal import Refused
from shared.kernel.work import Actor
from tests.kernel.fakes import MemoryLog
from tests.members.membership.examples import JOINED, REQUESTED
from tests.members.membership.test_join_member import COMMAND
from tests.members.organisation.examples import BASIC, GROUP, OTHER_BASIC
from tests.story import SUBJECT, TODAY, Desk, Given, given, shown


class Contended(MemoryLog):
    """Everybody has read before anybody writes, and half of what commits is reported as somebody else's."""

    async def holder(self, key: str) -> str | None:
        held = await super().holder(key)
        await asyncio.sleep(0)
        return held

    async def tail(self, stream: str, after: int) -> list[Commit]:
        found = await super().tail(stream, after)
        await asyncio.sleep(0)
        return found

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        await asyncio.sleep(0)
        await super().append(commits, writes, moves)


async def _desk() -> Desk:
    desk = Desk()
    desk.log = Contended()
    desk.commands.log = Log(desk.log)
    for known in (GROUP, BASIC, OTHER_BASIC):
        await desk.knows(Organisation, known, id=known.org_id)
    return desk


async def _all(*acts: Any) -> Counter[str]:
    done = await asyncio.gather(*acts, return_exceptions=True)
    for one in done:
        assert not isinstance(one, BaseException) or isinstance(one, Refused), repr(one)
    return Counter(one.code if isinstance(one, Refused) else "accepted" for one in done)


async def test_one_person_joins_one_of_two_unions_whoever_is_faster() -> None:
    desk = await _desk()
    there = COMMAND.model_copy(update={"org_id": "G0201"})
    outcomes = await _all(*(desk.does("chair", post, command) for command in (COMMAND, there) * 4))
    assert outcomes == {"accepted": 1, "AlreadyMember": 7}
    assert len([event for event in desk.events() if isinstance(event, MemberJoined)]) == 1


async def test_one_person_in_two_batches_and_a_single_command_joins_once() -> None:
    desk = await _desk()
    other = COMMAND.model_copy(update={"id_number": "110000199001010013", "org_id": "G0201"})
    batches = [AdmitMembers(org_id="G", rows=rows) for rows in ((COMMAND, other), (other, COMMAND))]
    await _all(*(desk.does("admin", post_admission, batch) for batch in batches), desk.does("chair", post, COMMAND))
    joined = [event for event in desk.events() if isinstance(event, MemberJoined)]
    assert len(joined) == 2
    assert sorted(desk.log.held.values()) == sorted(event.member_id for event in joined)


async def test_one_person_however_the_number_is_written() -> None:
    """INV-M9: the same fingerprint, since what is fingerprinted has one form only."""
    desk = await _desk()
    written = "１１００００ 19900101 1235"
    again = JoinMember.model_validate(COMMAND.model_dump() | {"id_number": written, "org_id": "G0201"})
    assert await _all(desk.does("chair", post, COMMAND), desk.does("chair", post, again)) == {
        "accepted": 1,
        "AlreadyMember": 1,
    }


async def test_of_two_acceptances_one_moves_the_membership() -> None:
    desk = await _desk()
    await desk.knows(Member, JOINED, REQUESTED)
    acts = [desk.does(f"chair {n}", post_acceptance, SUBJECT, AcceptTransfer(to_org="G0201")) for n in range(4)]
    elsewhere = desk.does("chair", post_acceptance, SUBJECT, AcceptTransfer(to_org="G0101"))
    outcomes = await _all(*acts, elsewhere)
    assert len([event for event in desk.events() if isinstance(event, MemberTransferred)]) == 1
    assert outcomes["accepted"] == 4
    assert outcomes["NoSuchTransfer"] == 1


async def test_what_fails_between_two_steps_leaves_the_membership_in_one_place() -> None:
    """INV-M2: the database refuses in the midst; nothing of the transfer has happened."""
    desk = await _desk()
    await desk.knows(Member, JOINED, REQUESTED)
    before = len(desk.log.commits)
    desk.log.fault = Taken()
    with pytest.raises(Taken):
        await desk.does("chair", post_acceptance, SUBJECT, AcceptTransfer(to_org="G0201"))
    desk.log.fault = None
    assert len(desk.log.commits) == before
    assert (await desk.state(Member)).org_id == "G0101"


ORGS = ("G0101", "G0201", "G0301")
PLACES = {org: given(Organisation, BASIC.model_copy(update={"org_id": org}), id=org).state for org in ORGS}


class Memberships(RuleBasedStateMachine):
    """INV-M2 under any sequence of commands: after each, the members of all organisations are the active persons."""

    @initialize()
    def begin(self) -> None:
        self.people: dict[str, Given[Member]] = {}
        self.told: dict[str, list[Event]] = {}
        self.where: dict[str, str] = {}
        """By what was commanded, never by what the events say."""
        for number in range(3):
            member = f"00000000-0000-7000-8000-00000000000{number}"
            self.people[member], self.told[member] = given(Member, id=member), []

    def _does(self, member: str, decide: Any, *words: Any) -> bool:
        when = self.people[member].when(decide, *words)
        if when.events:
            self.people[member] = when.then(*when.events)
            self.told[member] += when.events
        return bool(when.events)

    members = sampled_from([f"00000000-0000-7000-8000-00000000000{number}" for number in range(3)])
    orgs = sampled_from(ORGS)

    @rule(member=members, org=orgs)
    def join(self, member: str, org: str) -> None:
        if self._does(member, join, COMMAND.model_copy(update={"org_id": org, "joined_on": None}), PLACES[org], TODAY):
            assert member not in self.where, "one who is a member joined again"
            self.where[member] = org

    @rule(member=members, org=orgs)
    def request(self, member: str, org: str) -> None:
        self._does(member, request, RequestTransfer(to_org=org), PLACES[org], Actor("cadre"), TODAY)

    @rule(member=members, org=orgs)
    def accept(self, member: str, org: str) -> None:
        if self._does(member, accept, AcceptTransfer(to_org=org), Actor("chair"), TODAY):
            self.where[member] = org

    @rule(member=members)
    def recall(self, member: str) -> None:
        self._does(member, recall)

    @rule(member=members)
    def end(self, member: str) -> None:
        if self._does(member, end, EndMembership(reason="resigned"), TODAY):
            del self.where[member]

    @invariant()
    def everybody_is_counted_where_they_are(self) -> None:
        rates = shown(service, MembershipRate, *self.told.values(), rounds=2)
        counted = {org: rate.active for org, rate in rates.items() if rate.active}
        assert counted == Counter(self.where.values())


TestMemberships = Memberships.TestCase
TestMemberships.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
