"""Golden samples of every released event version: read by today's classes, written back byte for byte. Never edited.

A sample is `golden/<owner>.<Event>.<version>.<full|minimal>.json`: with every field, and with the required ones only.
"""

import json
from pathlib import Path

import pytest

import services.activities
import services.members
import services.welfare
from shared.kernel.event import REGISTRY, Event

GOLDEN = Path(__file__).parent / "golden"
SERVICES = (services.members, services.activities, services.welfare)
EVENTS = {kind.wire: kind for kind in REGISTRY.values() if kind.__module__.startswith("shared.events.")}
SAMPLES = sorted(GOLDEN.glob("*.json"))


def _of(sample: Path) -> tuple[type[Event], int, str]:
    owner, name, version, extent = sample.stem.split(".")
    return EVENTS[f"gonghui.{owner}.{name}"], int(version), extent


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_read_by_todays_class(sample: Path) -> None:
    kind, version, _ = _of(sample)
    event = kind.read(sample.read_bytes().strip(), version)
    if version == kind.version:
        assert event.model_dump_json(exclude_none=True).encode() == sample.read_bytes().strip()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_has_all_fields_or_only_the_required_ones(sample: Path) -> None:
    kind, version, extent = _of(sample)
    if version == kind.version:
        fields = json.loads(sample.read_bytes())
        required = {name for name, field in kind.model_fields.items() if field.is_required()}
        assert set(fields) == (required if extent == "minimal" else set(kind.model_fields))


def test_every_event_has_its_samples() -> None:
    wanted = {
        f"{kind.owner}.{kind.__name__}.{kind.version}.{extent}"
        for kind in EVENTS.values()
        for extent in ("full", "minimal")
    }
    assert wanted <= {sample.stem for sample in SAMPLES}
