"""The build after this one, of activities: an event in a new version, a new event, a fold that has changed, new views.

It is declared in a process of its own, before the service is imported there.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self, assert_never

from shared.events.activities import activity as published
from shared.kernel.aggregate import Aggregate
from shared.kernel.event import Event, Upcast
from shared.kernel.service import Service
from shared.kernel.work import Work
from shared.values.ids import ActivityId, Id
from shared.values.roles import Role


def _with_channel(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "channel": "counter"}


class MemberEnrolled(published.MemberEnrolled, owner="activities"):
    """Version 2 says through which channel; whoever enrolled before came to the counter."""

    version: ClassVar[int] = 2
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: _with_channel}

    channel: Literal["online", "counter"] = "online"


class NoticePosted(Event, owner="activities"):
    """A type that the build before does not know."""

    notice_id: Id
    activity_id: ActivityId


@dataclass(frozen=True)
class Notice(Aggregate):
    posted: bool = False

    def evolve(self, event: NoticePosted) -> Self:
        return replace(self, posted=True)


@dataclass(frozen=True)
class Channels:
    """How those who got a seat at once had come."""

    id: str
    online: int = 0
    counter: int = 0
    notices: int = 0


def channels(row: Channels | None, event: MemberEnrolled | NoticePosted) -> Channels:
    row = row or Channels(event.activity_id)
    match event:
        case MemberEnrolled(channel="online"):
            return replace(row, online=row.online + 1)
        case MemberEnrolled():
            return replace(row, counter=row.counter + 1)
        case NoticePosted():
            return replace(row, notices=row.notices + 1)
        case _:
            assert_never(event)


def _post(new: Notice, activity_id: str) -> Iterator[NoticePosted]:
    if not new.posted:
        yield NoticePosted(notice_id=new.id, activity_id=activity_id)


async def post_notice(activity_id: ActivityId, work: Work) -> None:
    await work.change(Notice, work.new_id(), lambda new: _post(new, activity_id))


def declared(name: str) -> Service:
    """The service as the next build has it; only activities has one."""
    if name != "activities" or "services.activities" in sys.modules:
        raise RuntimeError(f"{name} has no next build, or was imported already with the events of this one")
    published.MemberEnrolled = MemberEnrolled  # type: ignore[misc]
    from services.activities import service

    return _next(service)


def _next(service: Service) -> Service:
    from services.activities.activity.activity import Activity

    service.views_version += 1
    service.view(Channels, key="activity_id")(channels)
    service.post("/activities/{activity_id}/notices", role=Role.UNION, org=(Activity, "activity_id"))(post_notice)
    _change_a_fold(service)
    return service


def _change_a_fold(service: Service) -> None:
    """Seats in descending order: another document, which means the same."""
    view = service.views["my_enrolments"]

    def my_enrolments(mine: Any, event: Any) -> Any:
        after = view.fold(mine, event)
        return replace(after, seats=dict(sorted(after.seats.items(), reverse=True)))

    service.views["my_enrolments"] = replace(view, fold=my_enrolments)
