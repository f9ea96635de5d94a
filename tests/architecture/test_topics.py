"""A stream never spans two topics, and what is confidential is followed by its owner alone."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from shared.kernel.aggregate import Aggregate, event_types
from shared.kernel.event import Event
from shared.kernel.service import Service
from shared.kernel.topics import TOPICS

SERVICES: list[Service] = [import_module(f"services.{name}").service for name in ("members", "activities", "welfare")]
CONFIDENTIAL = {topic.name: topic.owner for topic in TOPICS if topic.confidential}


def _all_of(kind: type[Aggregate]) -> Iterator[type[Aggregate]]:
    for child in kind.__subclasses__():
        yield child
        yield from _all_of(child)


def _aggregates() -> list[type[Aggregate]]:
    return [kind for kind in _all_of(Aggregate) if kind.__module__.startswith("services.")]


def _followed(service: Service) -> set[type[Event]]:
    followed = [view.events for view in service.views.values()]
    followed += [reaction.events for reaction in service.reactions.values()]
    return {event for events in followed for event in events}


@pytest.mark.parametrize("kind", _aggregates(), ids=lambda kind: kind.__name__)
def test_all_events_of_an_aggregate_go_to_one_topic_of_its_service(kind: type[Aggregate]) -> None:
    topics = {event.published_on() for event in event_types(kind.evolve)}
    assert len(topics) == 1
    owner = kind.__module__.split(".")[1]
    assert topics <= {topic.name for topic in TOPICS if topic.owner == owner}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_confidential_topic_is_followed_by_its_owner_alone(service: Service) -> None:
    topics = {event.published_on() for event in _followed(service)}
    assert {topic for topic in topics if CONFIDENTIAL.get(topic, service.name) != service.name} == set()
