"""`gonghui demo`, small, as a program."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest

from deploy.local.state_dir import read_addresses
from tests.deploy.until import until

pytestmark = pytest.mark.stack
SMALL = ("--subsidiaries", "3", "--members", "60")


@pytest.fixture
def state() -> Iterator[Path]:
    with TemporaryDirectory(prefix="gonghui-") as folder:
        yield Path(folder).resolve() / "state"


async def demo(state: Path, *more: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "deploy.cli", "demo", "--state", str(state), *SMALL, *more)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "GONGHUI_MONGO_URL": "mongodb://somebody.relies.on.it"}
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, env=environment)


def processes_on(state: Path) -> list[str]:
    """Those that run in the state directory, or name it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join([*process.cmdline(), process.cwd()])
        except psutil.Error:
            continue
        if str(state) in words:
            found.append(words)
    return found


async def test_every_check_holds_and_nothing_is_left_running(state: Path) -> None:
    process = await demo(state)
    async with asyncio.timeout(180):
        printed, _ = await process.communicate()
    lines = printed.decode().splitlines()
    assert (process.returncode, lines[-1]) == (0, "all checks hold"), printed.decode()
    assert sum(line.startswith("ok ") for line in lines) == 17
    assert not any(line.startswith("FAILED") for line in lines)
    assert {"K2", "K5", "K6", "K13", "K18"} <= {line.split(" ")[0] for line in lines}
    assert processes_on(state) == []


async def test_kept_it_goes_on_after_the_last_line_until_ctrl_c(state: Path) -> None:
    process = await demo(state, "--keep")
    assert process.stdout
    printed = b""
    async with asyncio.timeout(180):
        while not printed.endswith(b"all checks hold\n"):
            line = await process.stdout.readline()
            assert line, printed.decode()
            printed += line
    addresses = read_addresses(state)
    assert addresses
    assert all(service["url"] in printed.decode() for service in addresses["services"].values())
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{addresses['services']['activities']['url']}/readyz")).is_success
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        rest, _ = await process.communicate()
    assert (process.returncode, rest) == (0, b"")
    assert processes_on(state) == []


async def test_a_state_that_is_not_its_own_stays_as_it_is(state: Path) -> None:
    state.mkdir()
    (state / "thesis.doc").touch()
    process = await demo(state)
    printed, _ = await process.communicate()
    assert process.returncode == 1
    assert b"was not made by a demonstration" in printed
    assert [file.name for file in state.iterdir()] == ["thesis.doc"]


async def test_ctrl_c_in_the_middle_leaves_nothing(state: Path) -> None:
    process = await demo(state)
    await until(lambda: read_addresses(state) is not None, within=60)
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        printed, _ = await process.communicate()
    assert process.returncode == 130
    assert printed.decode().splitlines()[-1] == "stopping …"
    assert processes_on(state) == []
