"""Find a member by the ID number:  POST /members/lookup  ->  MemberLookedUp, whose subject is the member

The number is compared by its fingerprint, so nothing is decrypted; that somebody asked is on record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from pydantic import Field

from services.members.membership.member import Member
from services.members.service import service
from shared.events.members.lookup import MemberLookedUp
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import NotFound
from shared.kernel.work import Command, Work
from shared.values.ids import OrgId
from shared.values.org_path import OrgPath, contains
from shared.values.person import IdNumber
from shared.values.roles import Role


class FindMember(Command):
    org_id: OrgId
    """Where the member is looked for: there and below."""
    id_number: IdNumber = Field(repr=False)


class NobodyHere(NotFound):
    """Nobody with this ID number is a member in {org_id} or below it; compare it with the card, or look elsewhere.
    {org_id} 及其下级没有该证件号码的会员，请与证件核对或在其他组织查找。"""


@dataclass(frozen=True)
class Lookups(Aggregate):
    """Those of one member; its id is the member's."""

    times: int = 0

    def evolve(self, event: MemberLookedUp) -> Self:
        return replace(self, org_id=event.org_id, times=self.times + 1)


def look_up(
    lookups: Lookups, member: Member, scope: OrgPath, place: OrgPath | None, org_id: str, by: str, on: date
) -> Iterator[MemberLookedUp]:
    """Of one who is elsewhere no more is said than of one who does not exist, and has no `place`."""
    if place is None or not contains(scope, place):
        raise NobodyHere(org_id=org_id)
    yield MemberLookedUp(member_id=lookups.id, org_id=member.org_id, by=by, on=on)


@service.post("/members/lookup", role=Role.UNION, org="org_id", sensitive=True)
async def post(command: FindMember, work: Work) -> None:
    member_id = await work.reserve(f"person:{work.vault.fingerprint(command.id_number)}", work.new_id())
    member, path = await work.state(Member, member_id), work.directory.path
    scope, place = path(command.org_id), path(member.org_id) if member.org_id else None
    await work.change(
        Lookups,
        member_id,
        lambda lookups: look_up(lookups, member, scope, place, command.org_id, work.actor.id, work.today),
    )
