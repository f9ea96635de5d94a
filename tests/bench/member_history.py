"""Members with a past, written into the log in bulk as the commands would have left it there."""

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from services.members.membership.member import Member
from services.members.service import service
from shared.events.members.membership import MemberJoined, MemberTransferRefused, MemberTransferRequested
from shared.kernel.aggregate import stream_of
from shared.kernel.cloudevents import encode
from shared.kernel.event import Event
from shared.kernel.ports import Commit

GROUP, SUBSIDIARY = "G", "S01"
BASICS = tuple(f"B{number:02}" for number in range(20))


def member_ids(count: int) -> list[str]:
    chance = random.Random(22)
    return [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(count)]


def home_of(number: int) -> str:
    return BASICS[number % len(BASICS)]


def history(ids: Sequence[str], events: int, source: str) -> Iterator[Commit]:
    """Everybody joins; then transfers are requested and recalled, in rounds through all members."""
    for version in range(1, events + 1):
        for number, member_id in enumerate(ids):
            home, away = home_of(number), home_of(number + 1)
            yield _commit(_past(member_id, home, away, version, events), member_id, home, version, source)


def _past(member_id: str, home: str, away: str, version: int, events: int) -> Event:
    if version == 1:
        return MemberJoined(
            member_id=member_id,
            org_id=home,
            joined_on=date(2020, 7, 1),
            worker_type="regular",
            frontline=True,
            membership_seq=1,
        )
    if version % 2 == 0 and version < events:
        return MemberTransferRequested(member_id=member_id, from_org=home, to_org=away, on=date(2024, 3, 1))
    return MemberTransferRefused(member_id=member_id, from_org=home, to_org=away, reason_code="recalled")


def _commit(event: Event, member_id: str, home: str, version: int, source: str) -> Commit:
    commit_id, at = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    wire = encode(
        event,
        event_id=str(uuid.uuid4()),
        topic=service.topic,
        source=source,
        subject=member_id,
        at=at,
        sequence=version,
        commit_id=commit_id,
        org_path=f"/{GROUP}/{SUBSIDIARY}/{home}/",
        actor="bench",
        correlation=commit_id,
        causation="",
        trace=None,
    )
    return Commit(commit_id, stream_of(Member, member_id), version, (wire,), at, "bench", commit_id)
