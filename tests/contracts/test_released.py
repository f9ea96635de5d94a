"""Building and checking the committed documents, on a folder of its own; and the real folder against the code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import contract
from deploy.contracts.documents import DIALECT, documents, events, written
from deploy.contracts.released import FOLDER, Incompatible, breaks, build, difference
from shared.kernel.topics import TOPICS


def _event(*fields: str, version: int = 1) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in fields}
    required = [name for name in fields if not name.endswith("?")]
    return {"properties": properties, "required": required, "type": "object", "x-version": version}


NOW = {"events/shop/Sold.1.json": _event("id"), "openapi/shop.json": {"paths": {}}, "topics.json": []}


def test_a_first_build_writes_everything_and_the_next_one_nothing(tmp_path: Path) -> None:
    assert build(NOW, tmp_path).files == sorted(NOW)
    assert (tmp_path / "events/shop/Sold.1.json").read_text() == written(NOW["events/shop/Sold.1.json"])
    assert build(NOW, tmp_path).files == []


def test_what_is_written_is_sorted_and_readable() -> None:
    assert written({"b": "工会", "a": 1}) == '{\n "a": 1,\n "b": "工会"\n}\n'


def test_a_difference_names_the_files(tmp_path: Path) -> None:
    build(NOW, tmp_path)
    (tmp_path / "topics.json").write_text("[ ]")
    (tmp_path / "openapi" / "old.json").write_text("{}")
    (tmp_path / "openapi" / "shop.json").unlink()
    found = difference(NOW, tmp_path)
    assert (found.missing, found.changed, found.stale) == (
        ("openapi/shop.json",),
        ("topics.json",),
        ("openapi/old.json",),
    )
    build(NOW, tmp_path)
    assert difference(NOW, tmp_path).files == []


def test_an_optional_field_is_added_inside_a_version(tmp_path: Path) -> None:
    build(NOW, tmp_path)
    more = NOW | {"events/shop/Sold.1.json": _event("id", "by?")}
    assert build(more, tmp_path).changed == ("events/shop/Sold.1.json",)


def test_what_breaks_readers_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    build(NOW, tmp_path)
    other = NOW | {"events/shop/Sold.1.json": _event("number"), "topics.json": ["shop"]}
    with pytest.raises(Incompatible) as refused:
        build(other, tmp_path)
    for what in ("Sold version 1: field id is gone", "Sold version 1: field number is new and required", "upcasts"):
        assert what in str(refused.value)
    assert difference(NOW, tmp_path).files == []


def test_a_new_version_stands_beside_the_old_one(tmp_path: Path) -> None:
    build(NOW, tmp_path)
    later = {name: document for name, document in NOW.items() if name != "events/shop/Sold.1.json"}
    later["events/shop/Sold.2.json"] = _event("number", version=2)
    assert build(later, tmp_path).files == ["events/shop/Sold.2.json"]
    assert (tmp_path / "events/shop/Sold.1.json").exists()
    assert difference(later, tmp_path).files == []


def test_a_released_event_does_not_vanish(tmp_path: Path) -> None:
    build(NOW, tmp_path)
    without = {name: document for name, document in NOW.items() if not name.startswith("events/")}
    (what,) = breaks(without, tmp_path)
    assert what.startswith("Sold version 1: it is published no more")
    renamed = without | {"events/shop/SoldOut.2.json": _event("id")}
    assert breaks(renamed, tmp_path) == [what]


def test_the_committed_documents_are_what_the_code_says() -> None:
    now = documents()
    assert breaks(now) == []
    assert difference(now).files == [], "run `gonghui contract build`, review the difference, and commit it"


def test_every_event_topic_and_service_has_its_document() -> None:
    now = documents()
    for event in events():
        document = now[f"events/{event.owner}/{event.__name__}.{event.version}.json"]
        assert document["$schema"] == DIALECT
        assert document["$id"] == event.schema_id()
        assert document["description"]
        assert document["x-description-zh"]
        assert document["x-dataclass"] == event.data_class
    assert [topic["name"] for topic in now["topics.json"]] == [topic.name for topic in TOPICS]
    told = [event for topic in now["topics.json"] for event in topic["events"]]
    assert sorted(told) == sorted(event.wire for event in events())
    for service in ("members", "activities", "welfare"):
        assert now[f"asyncapi/{service}.json"]["asyncapi"] == "3.0.0"
        assert now[f"openapi/{service}.json"]["paths"]


def test_another_process_writes_the_same_bytes() -> None:
    """Whatever the order in which sets happen to be."""
    code = "from deploy.contracts.documents import *; print(''.join(map(written, documents().values())), end='')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7"},
        cwd=FOLDER.parents[1],
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == "".join(map(written, documents().values()))


def test_the_commands_say_what_differs_and_what_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(documents(), tmp_path)
    sample = tmp_path / "events/members/MemberJoined.1.json"
    released = json.loads(sample.read_text())
    sample.write_text(written(released | {"description": "Somebody joined."}))
    assert contract.check(folder=tmp_path) == 1
    told = capsys.readouterr().err
    assert "MemberJoined.1.json is not what the code says" in told
    assert "gonghui contract build" in told
    assert contract.build(folder=tmp_path) == 0
    assert "MemberJoined.1.json" in capsys.readouterr().out
    assert json.loads(sample.read_text()) == released
    assert contract.check(folder=tmp_path) == 0
    released["properties"]["shoe_size"] = {"type": "integer"}
    sample.write_text(written(released))
    for command in (contract.build, contract.check):
        assert command(folder=tmp_path) == 1
        assert "MemberJoined version 1: field shoe_size is gone" in capsys.readouterr().err.replace("\n", " ")
    assert json.loads(sample.read_text()) == released
