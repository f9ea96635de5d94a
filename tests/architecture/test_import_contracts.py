"""Every import contract fails when it is broken: each is broken here once, in a copy of the tree."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLANTED = {
    "shared/values/planted_one.py": "import services.members.service\n",
    "services/members/planted_two.py": "import services.welfare.service\n",
    "deploy/cli/planted_three.py": "import motor.motor_asyncio\n",
    "shared/kernel/planted_four.py": "import shared.directory.directory\n",
    "shared/events/planted_five.py": "import shared.kernel.work\n",
}
CONTRACTS = 5


def lint(tree: Path) -> str:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    run = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=60, check=False)
    return run.stdout + run.stderr


def test_every_contract_is_broken_by_its_planted_import(tmp_path: Path) -> None:
    for package in ("shared", "services", "deploy"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in PLANTED.items():
        (tmp_path / name).write_text(text)
    told = lint(tmp_path)
    assert f"0 kept, {CONTRACTS} broken" in told, told
