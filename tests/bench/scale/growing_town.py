"""A group that grows: its organisations first, then members who join one after the other, while something happens to
those who are there already. Every prefix of it is a smaller group, and always the same one.

Of three events one is a joining, one the request of a transfer and one its recall. The first subsidiary is the large
one; rosters come in subsidiary by subsidiary, so that its members lie together in the order of their ids.
"""

import random
import uuid
from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import count, islice

from services.members.authority.role_assignment import RoleAssignment
from services.members.membership.member import Member
from services.members.organisation.organisation import Organisation
from shared.events.members.authority import RoleGranted
from shared.events.members.membership import MemberJoined, MemberTransferRefused, MemberTransferRequested
from shared.events.members.organisation import OrganisationEstablished
from shared.kernel.aggregate import Aggregate, stream_of
from shared.kernel.cloudevents import encode, partition_of
from shared.kernel.event import Event
from shared.kernel.ports import Commit, Partition
from shared.kernel.topics import PARTITIONS
from shared.values.org_path import OrgPath

GROUP = "G"
OFFICER, CADRE = "bench", "cadre.s000"
EVENTS_A_MEMBER = 3


@dataclass(frozen=True)
class Town:
    """How large it is; `large` members in `large_unions` basic unions belong to the first subsidiary.

    As many of the others have joined before them: their first page is not the first of all, nor their last the last.
    """

    subsidiaries: int
    large: int
    large_unions: int
    small: int = 1_000
    """Members of each of the others, until all are full; then they go on filling up."""

    def unions(self, subsidiary: int) -> int:
        return self.large_unions if subsidiary == 0 else 2

    def home(self, member: int) -> tuple[int, int]:
        """Subsidiary and basic union of a member."""
        if self.large <= member < 2 * self.large:
            return 0, member % self.large_unions
        subsidiary = 1 + member // self.small % (self.subsidiaries - 1)
        return subsidiary, member % 2

    @property
    def founding(self) -> int:
        """Events before the first member joins."""
        return 1 + self.subsidiaries + sum(map(self.unions, range(self.subsidiaries))) + len(ROLES)

    def members(self, events: int) -> int:
        """Who have joined within the first so many events."""
        return max(0, -(-(events - self.founding) // EVENTS_A_MEMBER))


ROLES = (("GROUP_ADMIN", OFFICER, GROUP), ("FINANCE", OFFICER, GROUP), ("CADRE", CADRE, "S000"))


def subsidiary_code(number: int) -> str:
    return f"S{number:03}"


def union_code(subsidiary: int, number: int) -> str:
    return f"{subsidiary_code(subsidiary)}-B{number:03}"


def member_id(number: int) -> str:
    """In the order of joining, as the ids that the services mint are."""
    return f"{number:08x}-0000-7000-8000-{number * 2_654_435_761 % 2**48:012x}"


Made = tuple[Event, OrgPath]


@dataclass(frozen=True, slots=True)
class Due:
    """An event before it is made, which only those do that need it."""

    kind: type[Aggregate]
    subject: str
    version: int
    partition: int
    make: Callable[[], Made]


class Growing:
    """Commits of one event each, numbered, as command and relay would have left them."""

    def __init__(self, town: Town, topic: str, source: str) -> None:
        self._town, self._topic, self._source = town, topic, source
        self.tails: dict[Partition, int] = {}
        """Of what was passed so far."""
        self._versions = array("L")
        self._partitions = array("B")

    def commits(self, first: int, last: int, mine: Collection[int]) -> Iterator[Commit]:
        """Those with positions `first` to `last` that lie in these partitions; once, as it counts along."""
        for position, due in enumerate(islice(self._all(), last), 1):
            where = (self._topic, due.partition)
            previous, self.tails[where] = self.tails.get(where, 0), position
            if position >= first and due.partition in mine:
                yield replace(self._commit(due), first_position=position, previous=(previous,))

    def _all(self) -> Iterator[Due]:
        for kind, subject, event, path in _founding(self._town):
            yield Due(kind, subject, 1, partition_of(subject, PARTITIONS), partial(_made, event, path))
        chance = random.Random(10)
        for number in count():
            self._partitions.append(partition_of(member_id(number), PARTITIONS))
            self._versions.append(0)
            yield self._next(number, self._joined)
            older = chance.randrange(number + 1)
            yield self._next(older, self._requested)
            yield self._next(older, self._recalled)

    def _next(self, number: int, make: Callable[[int], Made]) -> Due:
        """What happens to a member next."""
        self._versions[number] += 1
        return Due(Member, member_id(number), self._versions[number], self._partitions[number], partial(make, number))

    def _joined(self, number: int) -> Made:
        home, _, path = self._place(number)
        return MemberJoined(
            member_id=member_id(number),
            org_id=home,
            joined_on=date(2024, 7, 1),
            worker_type="regular",
            frontline=number % 3 == 0,
            membership_seq=1,
        ), path

    def _requested(self, number: int) -> Made:
        home, away, path = self._place(number)
        return MemberTransferRequested(
            member_id=member_id(number), from_org=home, to_org=away, on=date(2025, 3, 1)
        ), path

    def _recalled(self, number: int) -> Made:
        home, away, path = self._place(number)
        return MemberTransferRefused(
            member_id=member_id(number), from_org=home, to_org=away, reason_code="recalled"
        ), path

    def _place(self, number: int) -> tuple[str, str, OrgPath]:
        """Where a member is, where it might go, and the path of where it is."""
        subsidiary, union = self._town.home(number)
        home = union_code(subsidiary, union)
        away = union_code(subsidiary, (union + 1) % self._town.unions(subsidiary))
        return home, away, f"/{GROUP}/{subsidiary_code(subsidiary)}/{home}/"

    def _commit(self, due: Due) -> Commit:
        commit_id, at = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        event, path = due.make()
        wire = encode(
            event,
            event_id=str(uuid.uuid4()),
            topic=self._topic,
            source=self._source,
            subject=due.subject,
            at=at,
            sequence=due.version,
            commit_id=commit_id,
            org_path=path,
            actor=OFFICER,
            correlation=commit_id,
            causation="",
            trace=None,
        )
        return Commit(commit_id, stream_of(due.kind, due.subject), due.version, (wire,), at, OFFICER, commit_id)


def _made(event: Event, path: OrgPath) -> Made:
    return event, path


def _founding(town: Town) -> Iterator[tuple[type[Aggregate], str, Event, OrgPath]]:
    yield _established(GROUP, "group", None, "/")
    for number in range(town.subsidiaries):
        code = subsidiary_code(number)
        yield _established(code, "subsidiary", GROUP, f"/{GROUP}/")
        for union in range(town.unions(number)):
            yield _established(union_code(number, union), "basic", code, f"/{GROUP}/{code}/")
    for number, (role, actor, org_id) in enumerate(ROLES):
        grant = str(uuid.UUID(int=number))
        event = RoleGranted(grant_id=grant, actor_id=actor, role=role, org_id=org_id)
        yield RoleAssignment, grant, event, f"/{GROUP}/"


def _established(
    code: str, kind: str, parent: str | None, above: OrgPath
) -> tuple[type[Aggregate], str, Event, OrgPath]:
    path = f"{above}{code}/"
    fields = {"org_id": code, "kind": kind, "path": path, "jurisdiction": "110000", "parent_id": parent}
    return Organisation, code, OrganisationEstablished.model_validate({**fields, "on": date(2024, 1, 1)}), path
