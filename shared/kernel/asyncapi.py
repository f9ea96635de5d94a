"""The AsyncAPI 3.0 document of a service: the topics it publishes and every event on them."""

import inspect
from collections import defaultdict
from typing import Any

from pydantic import BaseModel, Field

from shared.kernel.event import REGISTRY, Event


class Headers(BaseModel):
    """CloudEvents 1.0, Kafka binary binding, with the extensions of this platform; all values are text."""

    ce_specversion: str
    ce_id: str = Field(description="Unique.")
    ce_type: str
    ce_source: str
    ce_subject: str = Field(description="Id of the aggregate; also the key of the record.")
    ce_time: str
    ce_dataschema: str = Field(description="Names type and version.")
    ce_position: str = Field(description="Number of the event among all events of this service, without a gap.")
    ce_previous: str = Field(
        description="Position of the record before it in the same partition: above your last one means a loss, "
        "between your last one and this position means a fork, and a position you have had is a duplicate."
    )
    ce_sequence: str = Field(description="Number of the event in its aggregate.")
    ce_commitid: str
    ce_orgpath: str = Field(description="The organisations concerned, as paths at that time, joined by commas.")
    ce_actor: str
    ce_correlationid: str
    ce_causationid: str
    ce_dataclass: str = Field(description="C0 public, C1 internal, C2 about one person by pseudonym.")
    traceparent: str | None = None


def document(owner: str) -> dict[str, Any]:
    events = sorted((event for event in REGISTRY.values() if event.owner == owner), key=lambda event: event.__name__)
    on_topic: dict[str, list[str]] = defaultdict(list)
    for event in events:
        on_topic[event.published_on()].append(event.__name__)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"gonghui {owner} events", "version": "1"},
        "defaultContentType": "application/json",
        "channels": {
            topic: {
                "address": topic,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
            }
            for topic, names in sorted(on_topic.items())
        },
        "operations": {
            f"publish {topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in sorted(on_topic)
        },
        "components": {
            "messages": {event.__name__: _message(event) for event in events},
            "schemas": {"Headers": Headers.model_json_schema()},
        },
    }


def _message(event: type[Event]) -> dict[str, Any]:
    english, *chinese = inspect.cleandoc(event.__doc__ or event.__name__).splitlines()
    return {
        "name": event.wire,
        "title": event.__name__,
        "summary": english,
        "description": "\n".join(chinese),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": event.model_json_schema(),
        "x-version": event.version,
        "x-dataschema": event.schema_id(),
        "x-dataclass": event.data_class,
    }
