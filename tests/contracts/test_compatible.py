"""The gate inside an event version: each thing that would break a reader is found, and what is harmless is not."""

from copy import deepcopy
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.contracts.compatible import broken
from deploy.contracts.documents import events, schema


class Line(BaseModel):
    code: str
    amount: int = 0


class Bill(BaseModel):
    """A bill was written."""

    id: str
    kind: str
    lines: list[Line]
    paid_on: str | None = None


RELEASED = Bill.model_json_schema() | {"x-topic": "shop", "x-dataclass": "C1"}


def _changed(*path: str, to: Any) -> dict[str, Any]:
    now = deepcopy(RELEASED)
    place: Any = now
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return now


def _with(name: str, *, required: bool = False, at: str = "") -> dict[str, Any]:
    now = deepcopy(RELEASED)
    model = now["$defs"][at] if at else now
    model["properties"][name] = {"type": "integer"}
    if required:
        model["required"].append(name)
    return now


@pytest.mark.parametrize(
    "harmless",
    [
        RELEASED,
        _with("note_code"),
        _with("discount", at="Line"),
        _changed("description", to="It was written."),
        _changed("title", to="Invoice"),
        _changed("properties", "kind", "title", to="Sort"),
        _changed("x-dataclass", to="C2"),
        _changed("required", to=["lines", "kind", "id"]),
    ],
)
def test_optional_fields_and_words_may_change(harmless: dict[str, Any]) -> None:
    assert list(broken(RELEASED, harmless)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_changed("properties", "kind", to=None), "field kind is gone"),
        (_changed("properties", "paid_on", to=None), "field paid_on is gone"),
        (_changed("$defs", "Line", "properties", "amount", to=None), "field $defs.Line.amount is gone"),
        (_with("tax", required=True), "field tax is new and required"),
        (_with("tax", required=True, at="Line"), "field $defs.Line.tax is new and required"),
        (_changed("required", to=["id", "kind"]), "field lines may now be missing"),
        (_changed("required", to=["id", "kind", "lines", "paid_on"]), "field paid_on became required"),
        (_changed("properties", "kind", "type", to="integer"), "kind.type was string and is integer"),
        (_changed("properties", "kind", "enum", to=["a"]), "kind.enum was absent and is ['a']"),
        (_changed("properties", "paid_on", "anyOf", to=[{"type": "null"}]), "paid_on.anyOf was"),
        (_changed("x-topic", to="elsewhere"), "x-topic was shop and is elsewhere"),
        (_changed("additionalProperties", to=False), "additionalProperties was absent and is False"),
    ],
)
def test_everything_else_is_found(change: dict[str, Any], said: str) -> None:
    (what,) = broken(RELEASED, change)
    assert what.startswith(said)


@pytest.mark.parametrize("event", events(), ids=lambda event: event.__name__)
def test_an_event_without_a_field_is_another_event(event: Any) -> None:
    """Of every real schema: nothing breaks against itself, and every lost field does."""
    released = schema(event)
    assert list(broken(released, schema(event))) == []
    for name in released["properties"]:
        now = deepcopy(released)
        del now["properties"][name]
        assert f"field {name} is gone" in list(broken(released, now))
