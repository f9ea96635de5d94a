"""`gonghui up` and `gonghui status` as programs, with stand-ins for the services."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from deploy.local.state_dir import read_addresses
from tests.deploy.until import until

UP = ("-m", "tests.deploy.up_with_dummies", "up-with-dummies")
STATUS = ("-m", "deploy.cli", "status")
CHILDREN = {
    "mongod",
    "kafka",
    *(f"{service}-{part}" for service in ("members", "activities", "welfare") for part in ("api", "runners")),
    "welfare-audit",
}


class Up:
    """A running `gonghui up` and what it has printed."""

    def __init__(self, state: Path, process: Process) -> None:
        self.state, self.process = state, process
        self.printed = ""
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, state: Path, *more: str) -> "Up":
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
        command = (*UP, str(state), *more)
        return cls(
            state,
            await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=STDOUT, env=environment),
        )

    async def _read(self) -> None:
        assert self.process.stdout
        while line := await self.process.stdout.readline():
            self.printed += line.decode()

    async def says(self, words: str, within: float = 60.0) -> None:
        await until(lambda: words in self.printed or self._reading.done(), within)
        assert words in self.printed, self.printed

    async def ended(self, within: float = 20.0) -> int:
        async with asyncio.timeout(within):
            code = await self.process.wait()
            await self._reading
        return code

    def children(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def processes(self) -> dict[str, dict[str, Any]]:
        return {process["name"]: process for process in (read_addresses(self.state) or {"processes": []})["processes"]}


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


async def run(*command: str) -> tuple[int, str, str]:
    environment = {**os.environ, "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE, env=environment)
    out, errors = await process.communicate()
    assert "Traceback" not in errors.decode()
    return process.returncode or 0, out.decode(), errors.decode()


@pytest.fixture(scope="module")
async def up() -> AsyncIterator[Up]:
    with TemporaryDirectory(prefix="gonghui-") as state:
        it = await Up.start(Path(state))
        await it.says("Ctrl-C stops it all")
        yield it
        if it.process.returncode is None:
            it.process.terminate()
        await it.ended()


@pytest.mark.stack
async def test_up_prints_every_address(up: Up) -> None:
    addresses = read_addresses(up.state)
    assert addresses
    assert set(up.processes()) == CHILDREN
    for address in (addresses["mongo"], addresses["kafka"], *(one["url"] for one in addresses["services"].values())):
        assert address in up.printed


@pytest.mark.stack
async def test_a_second_up_on_the_same_state_says_who_holds_it(up: Up) -> None:
    code, _, errors = await run(*UP, str(up.state))
    assert code == 1
    assert re.fullmatch(rf"{up.state} is held by process {up.process.pid} \(.*up-with-dummies.*\): stop .*\.\n", errors)
    assert read_addresses(up.state)


@pytest.mark.stack
async def test_status_shows_one_screen(up: Up) -> None:
    code, out, _ = await run(*STATUS, "--state", str(up.state))
    assert code == 0
    assert all(name in out for name in CHILDREN)
    assert re.search(r"members +views +members +6 +6 +0\.5 +following", out)
    assert re.search(r"welfare +here:1 +2 +0\.5 +1 +4", out)


@pytest.mark.stack
async def test_status_gives_programs_the_addresses_and_the_numbers(up: Up) -> None:
    _, out, _ = await run(*STATUS, "--json", "--state", str(up.state))
    found = json.loads(out)
    addresses = read_addresses(up.state)
    assert addresses
    assert {key: found[key] for key in ("kafka", "mongo", "services")} == {
        key: addresses[key] for key in ("kafka", "mongo", "services")
    }
    assert all(process["ready"] for process in found["processes"])
    assert found["outbox"]["members"] == {"unpublished": 2, "oldest_age_seconds": 0.5}
    assert found["quarantine"]["welfare"] == {"open": 1, "parked": 4}
    assert found["leader"]["activities"] == "here:1"
    assert {(one["service"], one["partition"]) for one in found["runners"]} >= {("members", 2), ("welfare", 0)}


@pytest.mark.stack
async def test_a_child_that_is_killed_is_reported_and_runs_again(up: Up) -> None:
    before = up.processes()["members-api"]
    os.kill(before["pid"], signal.SIGKILL)
    await up.says("members-api was killed by SIGKILL, again in 0.5 s")
    await up.says("members-api runs again")
    after = up.processes()["members-api"]
    assert after["restarts"] == 1
    assert after["pid"] != before["pid"]


@pytest.mark.stack
async def test_status_says_which_process_does_not_answer(up: Up) -> None:
    os.kill(up.processes()["welfare-api"]["pid"], signal.SIGSTOP)
    code, out, _ = await run(*STATUS, "--state", str(up.state))
    os.kill(up.processes()["welfare-api"]["pid"], signal.SIGCONT)
    assert code == 1
    assert re.search(r"welfare-api .* no \(not answering\)", out)


@pytest.mark.stack
async def test_when_up_is_killed_nothing_outlives_it_and_the_next_up_is_welcome(up: Up) -> None:
    children, addresses = up.children(), read_addresses(up.state)
    assert len(children) == len(CHILDREN)
    up.process.kill()
    await up.ended()
    await until(lambda: gone(children))
    assert read_addresses(up.state) is None
    following = await Up.start(up.state)
    await following.says("Ctrl-C stops it all")
    assert {**(read_addresses(up.state) or {}), "pid": 0, "processes": 0} == {
        **(addresses or {}),
        "pid": 0,
        "processes": 0,
    }
    children = following.children()
    following.process.send_signal(signal.SIGINT)
    assert await following.ended() == 0
    assert following.printed.endswith("stopping …\nstopped\n")
    assert gone(children)


@pytest.mark.stack
@pytest.mark.parametrize("child", ["mongod", "kafka"])
async def test_sigterm_during_the_start_leaves_nothing(tmp_path: Path, child: str) -> None:
    it = await Up.start(tmp_path / "state")
    await until(lambda: (tmp_path / "state" / "log" / f"{child}.log").exists())
    children = it.children()
    it.process.terminate()
    assert await it.ended() == 128 + signal.SIGTERM
    assert gone(children)
    assert "Traceback" not in it.printed


@pytest.mark.stack
async def test_a_second_signal_does_not_wait_for_a_stubborn_service(tmp_path: Path) -> None:
    it = await Up.start(tmp_path / "state", "stubborn")
    await it.says("Ctrl-C stops it all")
    children = it.children()
    it.process.terminate()
    await it.says("stopping")
    it.process.terminate()
    assert await it.ended(within=8.0) == 0
    assert gone(children)


@pytest.mark.stack
async def test_a_broken_service_is_told_with_its_last_words(tmp_path: Path) -> None:
    code, _, errors = await run(*UP, str(tmp_path / "state"), "broken")
    assert code == 1
    assert re.search(r"line one\nthis is why\n\S+ ended with code 3 while starting: see \S+\.log\.\n$", errors)


async def test_an_occupied_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, errors = await run("-m", "deploy.cli", "up", "--state", str(tmp_path / "s"), "--port-base", str(port))
    assert code == 1
    assert errors == (f"Port {port} (mongod) is in use by another program: stop it, or give another --port-base.\n")


async def test_status_of_a_state_on_which_nothing_is_up_says_so(tmp_path: Path) -> None:
    code, _, errors = await run(*STATUS, "--state", str(tmp_path))
    assert code == 1
    assert errors == f"Nothing is up on {tmp_path}: start it with `gonghui up`, or name its --state DIR.\n"


async def test_a_setting_that_is_not_accepted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGHUI_KAFKA_BOOTSTRAP", "nowhere")
    code, _, errors = await run("-m", "deploy.cli", "up", "--state", str(tmp_path / "s"))
    assert (code, errors) == (1, "GONGHUI_KAFKA_BOOTSTRAP is not accepted: correct it or unset it.\n")


async def test_help_teaches_by_example() -> None:
    for command in ((), ("up",), ("status",)):
        code, out, _ = await run("-m", "deploy.cli", *command, "--help")
        assert code == 0
        assert re.search(rf"\n +gonghui {' '.join(command)}", out)
