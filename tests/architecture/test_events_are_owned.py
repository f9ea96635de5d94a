"""Only the owner of an event constructs it; anyone reads it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("members", "activities", "welfare")


def foreign_events_constructed(source: str, service: str) -> Iterator[str]:
    """Names of events of another owner that this source constructs."""
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shared.events."):
            owner = (node.module or "").split(".")[2]
            imported |= {alias.asname or alias.name: owner for alias in node.names}
    patterns = {id(node.cls) for node in ast.walk(tree) if isinstance(node, ast.MatchClass)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and id(node.func) not in patterns:
            owner = imported.get(node.func.id, service)
            if owner != service:
                yield node.func.id


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_constructs_only_its_own_events(service: str) -> None:
    for path in (ROOT / "services" / service).rglob("*.py"):
        assert not list(foreign_events_constructed(path.read_text(), service)), path


def test_the_directory_and_the_kernel_construct_no_events() -> None:
    for folder in ("directory", "kernel"):
        for path in (ROOT / "shared" / folder).rglob("*.py"):
            assert not list(foreign_events_constructed(path.read_text(), "nobody")), path


def test_a_foreign_construction_is_found_and_a_match_is_not() -> None:
    planted = "from shared.events.members.membership import MemberJoined\nMemberJoined(member_id='x')\n"
    matched = (
        "from shared.events.members.membership import MemberJoined\nmatch 1:\n    case MemberJoined():\n        pass\n"
    )
    assert list(foreign_events_constructed(planted, "welfare")) == ["MemberJoined"]
    assert not list(foreign_events_constructed(matched, "welfare"))
    assert not list(foreign_events_constructed(planted, "members"))
