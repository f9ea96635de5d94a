"""Every command in the READMEs exists: make targets in the Makefile, gonghui commands with their options, modules."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.cli.app import COMMANDS, app

ROOT = Path(__file__).parents[2]
READMES = sorted(path for path in ROOT.rglob("README*.md") if ".venv" not in path.parts)
COMMAND = re.compile(r"(?:^|`)((?:make|gonghui|python -m) [^`#\n]*)", re.MULTILINE)
PLACEHOLDERS = {"ROW": "row", "POSITION": "1", "DAYS": "1", "SERVICE": "members", "DIR": ".state"}


def commands() -> Iterator[tuple[str, str]]:
    for path in READMES:
        for found in COMMAND.finditer(path.read_text()):
            yield str(path.relative_to(ROOT)), found.group(1).strip()


@pytest.mark.parametrize(("readme", "command"), sorted(set(commands())))
def test_a_command_of_a_readme_exists(readme: str, command: str) -> None:
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)]
    match words[0]:
        case "make":
            targets = (ROOT / "Makefile").read_text()
            assert re.search(rf"^{words[1]}:", targets, re.MULTILINE), f"{readme}: {command}"
        case "python":
            assert find_spec(words[2]) is not None, f"{readme}: {command}"
        case _:
            for name in COMMANDS:
                import_module(f"deploy.cli.{name}")
            app.parse_args(words[1:], exit_on_error=False, print_error=False)


def test_both_readmes_show_the_same_commands() -> None:
    shown = {name: {c for path, c in commands() if path == name} for name in ("README.md", "README.zh-CN.md")}
    assert shown["README.md"] == shown["README.zh-CN.md"]


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(AssertionError):
        test_a_command_of_a_readme_exists("README.md", "make coffee")
    with pytest.raises(Exception, match="coffee"):
        test_a_command_of_a_readme_exists("README.md", "gonghui coffee")
