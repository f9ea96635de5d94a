"""The documents of the published language, from the code that publishes it: the same code, the same bytes."""

import inspect
import json
import pkgutil
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib import import_module
from typing import Any

import shared.events
from services.activities import service as activities
from services.members import service as members
from services.welfare import service as welfare
from shared.kernel import asyncapi, openapi
from shared.kernel.event import REGISTRY, Event
from shared.kernel.parameters import parameters_of
from shared.kernel.service import Service
from shared.kernel.topics import RETAINED, TOPICS

SERVICES: tuple[Service, ...] = (members, activities, welfare)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def documents() -> dict[str, Any]:
    """Every document, by its path below `deploy/contracts`. They are read, never changed."""
    found = {f"events/{event.owner}/{event.__name__}.{event.version}.json": schema(event) for event in events()}
    for service in SERVICES:
        routes = [(route, parameters_of(route)) for route in sorted(service.routes, key=lambda one: one.path)]
        found[f"asyncapi/{service.name}.json"] = asyncapi.document(service.name)
        found[f"openapi/{service.name}.json"] = openapi.document(service.name, routes)
    return found | {"topics.json": list(topics())}


def written(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def events() -> list[type[Event]]:
    """All that is published, whether or not a service uses it."""
    for module in pkgutil.walk_packages(shared.events.__path__, "shared.events."):
        import_module(module.name)
    owners = {service.name for service in SERVICES}
    published = [event for event in REGISTRY.values() if event.owner in owners]
    return sorted(published, key=lambda event: event.wire)


def schema(event: type[Event]) -> dict[str, Any]:
    """JSON Schema of the body of one version. A reader ignores fields that it does not know."""
    english, chinese = inspect.cleandoc(event.__doc__ or "").splitlines()
    return event.model_json_schema() | {
        "$schema": DIALECT,
        "$id": event.schema_id(),
        "description": english,
        "x-description-zh": chinese,
        "x-type": event.wire,
        "x-version": event.version,
        "x-dataclass": event.data_class,
        "x-topic": event.published_on(),
    }


def topics() -> Iterator[dict[str, Any]]:
    for topic in TOPICS:
        on_it = [event.wire for event in events() if event.published_on() == topic.name]
        yield asdict(topic) | {"events": on_it, "configuration": RETAINED}
