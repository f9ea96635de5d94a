"""Golden samples of every released event version: read by today's classes, written back byte for byte. Never edited.

A sample is `golden/<owner>.<Event>.<version>.<full|minimal>.json`: with every field, and with the required ones only.
When a version gains an optional field, `full` stays as it is and `full-2` (then `full-3` …) is added with all fields.
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
        assert required <= set(fields) <= (required if extent == "minimal" else set(kind.model_fields))


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.__name__)
def test_every_event_has_its_samples(kind: type[Event]) -> None:
    """One with the required fields, and one with every field that there is today."""
    stem = f"{kind.owner}.{kind.__name__}.{kind.version}"
    assert (GOLDEN / f"{stem}.minimal.json").exists()
    full = [set(json.loads(sample.read_bytes())) for sample in GOLDEN.glob(f"{stem}.full*.json")]
    assert set(kind.model_fields) in full, f"{stem}: no full sample has all fields; add the next full-N"
