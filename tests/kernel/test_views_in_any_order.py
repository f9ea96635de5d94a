"""Every view of every service comes out the same in whatever order the streams that feed it arrive."""

import asyncio
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import services.activities
import services.members
import services.welfare
from shared.kernel import cloudevents
from shared.kernel.aggregate import Aggregate, event_types
from shared.kernel.cloudevents import partition_of
from shared.kernel.event import Event
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Outgoing, Partition, Record
from shared.kernel.projector import Projector
from shared.kernel.service import Service, View
from tests.kernel.memory_views import MemoryViews, NoConsumer
from tests.kernel.toy import TicketReturned, TicketSold, Till, TillOpened, toy

PARTITIONS = 3
GOLDEN = Path(__file__).parents[1] / "events" / "golden"
SERVICES: list[Service] = [services.members.service, services.activities.service, services.welfare.service, toy("toy")]
VIEWS = [(service, view) for service in SERVICES for view in service.views.values()]
AGGREGATES: list[type[Aggregate]] = [
    kind for kind in Aggregate.__subclasses__() if kind is Till or kind.__module__.startswith("services.")
]
TOYS: dict[type[Event], list[dict[str, Any]]] = {
    TillOpened: [{"till_id": "till-1", "tickets": 5}],
    TicketSold: [{"till_id": "till-1", "buyer": "buyer-1", "number": 1}],
    TicketReturned: [{"till_id": "till-1", "buyer": "buyer-1"}],
}
METRICS = Metrics()


def key_of(kind: type[Aggregate]) -> str:
    """The field that holds the aggregate's id: the first that all of its events share."""
    kinds = event_types(kind.evolve)
    return next(name for name in kinds[0].model_fields if all(name in other.model_fields for other in kinds))


KEYS = {key_of(kind) for kind in AGGREGATES} | {"from_org", "to_org", "member_id", "buyer"}


def agreed(fields: dict[str, Any]) -> dict[str, Any]:
    """What one subject says of another is what the other says of itself: a round is of one competition, that of one
    organisation, as a fund account is."""
    told = dict(fields)
    if "round_id" in told and "competition_id" in told:
        told["competition_id"] = f"{told['competition_id'][:-1]}{told['round_id'][-1]}"
    owner = told.get("competition_id") or told.get("account_id")
    if owner:
        told["fund_org_id" if "fund_org_id" in told else "org_id"] = f"G0{owner[-1]}"
    return told


def samples(kind: type[Event]) -> list[dict[str, Any]]:
    """Golden bodies of an event, full and minimal."""
    names = [f"{kind.owner}.{kind.__name__}.{kind.version}.{extent}.json" for extent in ("full", "minimal")]
    found = [GOLDEN / name for name in names]
    return TOYS.get(kind) or [json.loads(path.read_text()) for path in found if path.exists()]


@dataclass(frozen=True)
class Stream:
    kind: type[Aggregate]
    id: str
    events: tuple[Event, ...]

    @property
    def topic(self) -> str:
        return f"gonghui.{self.events[0].owner}"


def varied(kind: type[Event], body: Mapping[str, Any], fixed: Mapping[str, Any], chance: random.Random) -> Event:
    """A body with other subjects and other numbers, as far as the event allows them; what a stream has minted, such as
    the id of a prize, is its own."""
    own = next(iter(fixed.values()))[-1]
    fields = dict(body)
    for name, value in body.items():
        if name in fixed:
            fields[name] = fixed[name]
        elif name.endswith("_id") and name not in KEYS and isinstance(value, str):
            fields[name] = f"{value[:-1]}{own}"
        elif name in KEYS and isinstance(value, str):
            fields[name] = f"{value[:-1]}{chance.randint(1, 3)}"
        elif isinstance(value, int) and not isinstance(value, bool):
            fields[name] = value + chance.randint(0, 5)
        else:
            continue
        try:
            kind.model_validate(fields)
        except ValidationError:
            fields[name] = value
    return kind.model_validate(agreed(fields))


@st.composite
def histories(draw: st.DrawFn, kinds: Sequence[type[Aggregate]]) -> list[Stream]:
    """Some streams of the aggregates that feed a view; each begins with the event that introduces it."""
    wanted = st.tuples(st.sampled_from(kinds), st.integers(1, 3))
    streams = []
    for kind, number in draw(st.lists(wanted, min_size=2, max_size=6, unique=True)):
        first, *others = event_types(kind.evolve)
        later = draw(st.lists(st.sampled_from([first, *others]), max_size=6))
        chance = random.Random(draw(st.integers(0, 1_000)))
        subject = f"{samples(first)[0][key_of(kind)][:-1]}{number}"
        fixed = {key_of(kind): subject}
        events = tuple(varied(event, chance.choice(samples(event)), fixed, chance) for event in [first, *later])
        streams.append(Stream(kind, subject, events))
    return streams


def interleaved(streams: Sequence[Stream], chance: random.Random) -> Iterator[tuple[Stream, Event]]:
    """The events of all streams, each stream in its own order."""
    turns = [stream for stream in streams for _ in stream.events]
    chance.shuffle(turns)
    rest = {id(stream): iter(stream.events) for stream in streams}
    for stream in turns:
        yield stream, next(rest[id(stream)])


def records(order: Iterable[tuple[Stream, Event]]) -> list[Record]:
    made: list[Record] = []
    tails: dict[Partition, int] = {}
    offsets: dict[Partition, int] = {}
    for position, (stream, event) in enumerate(order, 1):
        partition = (stream.topic, partition_of(stream.id, PARTITIONS))
        wire = cloudevents.encode(
            event,
            event_id=str(position),
            topic=stream.topic,
            source="/somewhere",
            subject=stream.id,
            at="2026-05-04T12:00:00.000000Z",
            sequence=1,
            commit_id="c",
            org_path="/",
            actor="somebody",
            correlation="c",
            causation="",
            trace=None,
        )
        headers = cloudevents.record_headers(Outgoing(wire, partition[1], position, tails.get(partition, 0)))
        made.append(Record(*partition, offsets.get(partition, 0), stream.id.encode(), wire.body, headers))
        tails[partition], offsets[partition] = position, offsets.get(partition, 0) + 1
    return made


async def folded(view: View, made: Sequence[Record], size: int) -> dict[str, Any]:
    """The documents of a view, in their order and with their fields in order, and what it could not take."""
    store = MemoryViews()
    projector = Projector(
        view_set="v1",
        views=[view],
        runner="views",
        store=store,
        consumer=NoConsumer(),
        owner="test",
        metrics=METRICS,
    )
    await projector.claim({(record.topic, record.partition) for record in made})
    for begin in range(0, len(made), size):
        await projector.batch(made[begin : begin + size])
    documents = store.documents.get(f"v1_{view.name}", {})
    rows = store.documents.get("quarantine", {}).values()
    return {
        "documents": [json.dumps(documents[name]) for name in sorted(documents)],
        "aside": sorted((row["stream"], row["value"], row["state"]) for row in rows),
    }


def comes_out_the_same(view: View, streams: Sequence[Stream], seed: int) -> None:
    chance = random.Random(seed)
    orders = [records(interleaved(streams, chance)) for _ in range(2)]
    one, other = (asyncio.run(folded(view, made, chance.randint(1, 10))) for made in orders)
    assert one == other


def feeding(view: View) -> list[type[Aggregate]]:
    return [kind for kind in AGGREGATES if set(event_types(kind.evolve)) & set(view.events)]


@pytest.mark.parametrize(("service", "view"), VIEWS, ids=lambda part: part.name)
def test_a_view_by_subject_is_keyed_by_the_id_of_one_aggregate(service: Service, view: View) -> None:
    if not view.by_subject:
        return
    (kind,) = [kind for kind in AGGREGATES if set(view.events) <= set(event_types(kind.evolve))]
    for event in view.events:
        for fields in samples(event):
            told = event.model_validate(fields)
            assert tuple(view.key(told)) == (getattr(told, key_of(kind)),)


def test_a_view_by_subject_whose_events_come_over_several_topics_is_refused() -> None:
    class Elsewhere(Event, owner="elsewhere"):
        till_id: str

    def twice(view: None, event: TicketSold | Elsewhere) -> None: ...

    twice.__annotations__["event"] = TicketSold | Elsewhere
    with pytest.raises(ValueError, match="several topics"):
        Service("toy", views_version=1).view(Till, key="till_id", by_subject=True)(twice)


@pytest.mark.parametrize("view", [pytest.param(view, id=f"{service.name}-{view.name}") for service, view in VIEWS])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_the_order_of_streams_leaves_no_trace(view: View, data: st.DataObject) -> None:
    comes_out_the_same(view, data.draw(histories(feeding(view))), data.draw(st.integers(0, 1_000)))


@dataclass(frozen=True)
class Latest:
    id: str
    till: str = ""


def test_a_view_that_remembers_who_came_last_is_found_out() -> None:
    service = toy("toy")

    @service.view(Latest, key="buyer")
    def latest(row: Latest | None, event: TicketSold) -> Latest:
        return replace(row or Latest(event.buyer), till=event.till_id)

    view = service.views["latest"]

    @settings(max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(streams=histories([Till]), seed=st.integers(0, 1_000))
    def finds_out(streams: list[Stream], seed: int) -> None:
        comes_out_the_same(view, streams, seed)

    with pytest.raises(AssertionError):
        finds_out()


def test_every_event_that_feeds_a_view_belongs_to_an_aggregate_and_has_a_sample() -> None:
    known = {event for kind in AGGREGATES for event in event_types(kind.evolve)}
    for _, view in VIEWS:
        assert set(view.events) <= known, view.name
        assert all(samples(event) for event in view.events), view.name
