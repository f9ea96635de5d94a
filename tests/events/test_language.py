"""The published language says what it means, in two languages, and nothing about who somebody is."""

import inspect
import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from shared.kernel.aggregate import Aggregate, event_types
from shared.kernel.event import Event
from shared.kernel.refusal import Refused, sentences
from shared.values.person import says_nothing_about_a_person
from tests.events.test_golden import EVENTS, GOLDEN, SAMPLES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PERSONAL = re.compile(r"name|phone|mobile|id_number|card|bank|address|birth|diagnos|text|remark|note|title")


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_an_event_says_what_it_means(kind: type[Event]) -> None:
    english, chinese = inspect.cleandoc(kind.__doc__ or "").splitlines()
    assert english.endswith(".")
    assert not CHINESE.search(english)
    assert chinese.endswith("。")
    assert CHINESE.search(chinese)


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_an_event_holds_codes_numbers_and_dates(kind: type[Event]) -> None:
    for name, field in kind.model_fields.items():
        assert not PERSONAL.search(name), f"{kind.__name__}.{name}"
        assert _is_coded(name, field), f"{kind.__name__}.{name} is free text"


MADE_BY_US = {"path"}
"""Put together by the service itself, out of codes of organisations."""


def _is_coded(name: str, field: FieldInfo) -> bool:
    schema: dict[str, Any] = TypeAdapter(field.rebuild_annotation()).json_schema()
    return name in MADE_BY_US or all(_closed(one) for one in schema.get("anyOf", [schema]))


def _closed(schema: dict[str, Any]) -> bool:
    match schema.get("type"):
        case "string":
            return bool(schema.keys() & {"pattern", "enum", "const"}) or schema.get("format") == "date"
        case "array":
            items: list[dict[str, Any]] = schema.get("prefixItems", [schema.get("items", {})])
            return all(_closed(item) for item in items)
        case _:
            return True


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_an_event_about_a_person_says_so(kind: type[Event]) -> None:
    if {"member_id", "actor_id"} & set(kind.model_fields):
        assert kind.data_class == "C2"


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_what_is_optional_may_be_left_out(kind: type[Event]) -> None:
    """Bodies are written without what is None, so a default is None or a field is required."""
    for field in kind.model_fields.values():
        assert field.is_required() or field.default is None


def test_organisations_are_concerned_by_what_names_them() -> None:
    unnoticed = {
        f"{kind.__name__}.{name}"
        for kind in EVENTS.values()
        for name in kind.model_fields
        if re.search(r"(^|_)org(_id)?$|_by_org$", name) and name not in kind.concerned
    }
    assert unnoticed == {"OrganisationEstablished.approved_by_org"}, "the parent stands in the path already"


def test_samples_say_nothing_about_a_person() -> None:
    assert SAMPLES
    for sample in GOLDEN.glob("*.json"):
        for value in json.loads(sample.read_text()).values():
            if isinstance(value, str):
                assert says_nothing_about_a_person(value) == value


def _all_subclasses(kind: type) -> set[type]:
    below: list[type] = kind.__subclasses__()
    return {kind}.union(*(_all_subclasses(one) for one in below))


REFUSALS = sorted(
    (kind for kind in _all_subclasses(Refused) if kind.__module__.startswith("services.")),
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_speaks_both_languages_and_fills_the_same_blanks(kind: type[Refused]) -> None:
    english, chinese = sentences(kind)
    assert english.endswith(".")
    assert chinese.endswith("。")
    assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese))
    assert 400 < kind.status < 500


def test_an_aggregate_knows_only_events_of_its_owner() -> None:
    seen = 0
    for kind in _all_subclasses(Aggregate):
        if kind.__module__.startswith("services."):
            owner = kind.__module__.split(".")[1]
            assert {event.owner for event in event_types(kind.evolve)} == {owner}, kind  # type: ignore[attr-defined]
            seen += 1
    assert seen >= 6
