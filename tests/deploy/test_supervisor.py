"""Children kept running, with programs of a few lines in their place."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from deploy.local.cannot_start import CannotStart, ChildFailed, DiskFull, LibraryMissing, PortTaken, UnsupportedPlatform
from deploy.local.child import LONG_LOG, Child, Program
from deploy.local.supervisor import Backoff, Died, Restarted, Supervisor
from tests.deploy.until import until

SLEEPS = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
QUICK = Backoff(first=0.02, longest=0.08, healthy=60)


class Watched:
    """A supervisor and what it reported."""

    def __init__(self, folder: Path) -> None:
        self.reports: list[Died | Restarted] = []
        self.supervisor = Supervisor(self.reports.append, QUICK)
        self.folder = folder

    def program(self, code: str, name: str = "child", within: float = 5.0, stop_within: float = 5.0) -> Program:
        log = self.folder / f"{name}.log"

        async def ready() -> bool:
            return log.exists() and "awake" in log.read_text()

        return Program(
            name, (sys.executable, "-c", code), log, ready, port=7000, ready_within=within, stop_within=stop_within
        )

    async def start(self, code: str, name: str = "child", stop_within: float = 5.0) -> Child:
        await self.supervisor.start(self.program(code, name, stop_within=stop_within))
        return self.supervisor.children[name]

    async def refused(self, code: str, within: float = 5.0) -> CannotStart:
        with pytest.raises(CannotStart) as told:
            await self.supervisor.start(self.program(code, within=within))
        assert "\n" not in str(told.value)
        return told.value

    def deaths(self) -> list[Died]:
        return [report for report in self.reports if isinstance(report, Died)]


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    it = Watched(tmp_path)
    yield it
    await it.supervisor.stop(*it.supervisor.children)


async def test_a_child_that_is_killed_runs_again_and_both_are_reported(watched: Watched) -> None:
    child = await watched.start(SLEEPS)
    first = child.pid
    child.signal(signal.SIGKILL)
    await until(lambda: len(watched.reports) == 2)
    assert watched.reports == [Died("child", "was killed by SIGKILL", 0.02), Restarted("child", child.pid)]
    assert child.pid != first
    assert child.restarts == 1


async def test_one_that_dies_again_and_again_is_tried_less_and_less_often(watched: Watched) -> None:
    await watched.start("import time; print('awake', flush=True); time.sleep(0.2); raise SystemExit(4)")
    await until(lambda: len(watched.deaths()) >= 4)
    assert [death.next_try for death in watched.deaths()[:4]] == [0.02, 0.04, 0.08, 0.08]
    assert watched.deaths()[0].how == "ended with code 4"


async def test_a_healthy_life_forgives_earlier_deaths(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.supervisor = Supervisor(watched.reports.append, Backoff(first=0.02, longest=0.08, healthy=0.0))
    await watched.start("import time; print('awake', flush=True); time.sleep(0.2)")
    await until(lambda: len(watched.deaths()) >= 3)
    await watched.supervisor.stop("child")
    assert {death.next_try for death in watched.deaths()} == {0.02}


async def test_a_program_that_cannot_be_started_for_a_while_is_tried_again(watched: Watched, tmp_path: Path) -> None:
    child = await watched.start(SLEEPS)
    log = child.program.log
    log.rename(tmp_path / "elsewhere")
    log.mkdir()
    child.signal(signal.SIGKILL)
    await until(lambda: len(watched.deaths()) >= 2)
    assert watched.deaths()[1].how == "could not be started (Is a directory)"
    log.rmdir()
    await until(lambda: child.running)


async def test_one_that_ends_while_starting_is_refused_with_its_last_words(watched: Watched) -> None:
    told = await watched.refused("import sys; print('this is why'); sys.exit(3)")
    assert str(told) == f"child ended with code 3 while starting: see {watched.folder}/child.log."
    assert isinstance(told, ChildFailed)
    assert told.tail == "this is why"
    assert not watched.supervisor.children


async def test_last_words_of_an_earlier_start_are_not_repeated(watched: Watched) -> None:
    (watched.folder / "child.log").write_text("old story\n")
    told = await watched.refused("raise SystemExit(3)")
    assert isinstance(told, ChildFailed)
    assert told.tail == ""


async def test_one_that_is_never_ready_is_refused_and_ended(watched: Watched) -> None:
    told = await watched.refused("import time, os; print(os.getpid(), flush=True); time.sleep(60)", within=0.3)
    assert "was not ready within 0 s" in str(told)
    assert not psutil.pid_exists(int((watched.folder / "child.log").read_text()))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("raise OSError(28, 'No space left on device')", DiskFull),
        ("raise OSError(98, 'Address already in use')", PortTaken),
        (
            "import sys; sys.exit('mongod: error while loading shared libraries: libcurl.so.4: cannot open')",
            LibraryMissing,
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", UnsupportedPlatform),
    ],
)
async def test_known_reasons_are_told_in_words(watched: Watched, code: str, kind: type[CannotStart]) -> None:
    assert type(await watched.refused(code)) is kind


async def test_a_child_that_ignores_sigterm_is_killed_after_its_time(watched: Watched) -> None:
    child = await watched.start(STUBBORN, stop_within=0.2)
    await watched.supervisor.stop("child")
    assert child.process.returncode == -signal.SIGKILL
    assert not watched.reports


async def test_a_paused_child_can_be_stopped(watched: Watched) -> None:
    child = await watched.start(SLEEPS)
    child.signal(signal.SIGSTOP)
    await watched.supervisor.stop("child")
    assert child.process.returncode == -signal.SIGTERM


async def test_what_a_child_started_ends_with_it_when_it_is_killed(watched: Watched) -> None:
    family = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); print(p.pid); p.wait()"
    child = await watched.start(family)
    (grandchild,) = psutil.Process(child.pid).children()
    child.signal(signal.SIGKILL)
    await until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


async def test_stopping_one_that_is_between_two_lives_leaves_nothing(watched: Watched) -> None:
    watched.supervisor = Supervisor(watched.reports.append, Backoff(first=30))
    child = await watched.start(SLEEPS)
    child.signal(signal.SIGKILL)
    await until(lambda: bool(watched.reports))
    await watched.supervisor.stop("child")
    assert not child.running


async def test_when_all_are_killed_none_comes_back(watched: Watched) -> None:
    one, other = await watched.start(SLEEPS, "one"), await watched.start(STUBBORN, "other")
    watched.supervisor.kill_all()
    await watched.supervisor.stop("one", "other")
    assert not one.running
    assert not other.running
    assert not watched.reports


async def test_a_start_that_is_cancelled_leaves_nothing(watched: Watched) -> None:
    starting = asyncio.create_task(watched.supervisor.start(watched.program("import time; time.sleep(60)")))
    await until(lambda: "child" in watched.supervisor.children and watched.supervisor.children["child"].running)
    child = watched.supervisor.children["child"]
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not child.running
    assert not watched.supervisor.children


async def test_a_long_log_is_put_aside_at_the_next_start(watched: Watched) -> None:
    log = watched.folder / "child.log"
    with log.open("wb") as long:
        long.truncate(LONG_LOG + 1)
    await watched.start(SLEEPS)
    assert log.read_text() == "awake\n"
    assert (watched.folder / "child.log.1").stat().st_size == LONG_LOG + 1


async def test_every_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """The parent runs a child in a process of its own and is killed with SIGKILL, which it cannot see coming."""
    code = f"""
import asyncio, sys
from pathlib import Path
from deploy.local.child import Child, Program
async def ready(): return True
async def main():
    child = Child(Program("child", (sys.executable, "-c", {STUBBORN!r}), Path(sys.argv[1]), ready))
    await child.spawn()
    print(child.pid, flush=True)
    await child.process.wait()
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path / "log"), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    pid = int(await parent.stdout.readline())
    await until(lambda: "awake" in (tmp_path / "log").read_text())
    assert os.getpgid(pid) == pid
    parent.kill()
    await parent.wait()
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


async def test_since_is_the_time_of_the_last_start(watched: Watched) -> None:
    assert abs((await watched.start(SLEEPS)).since - time.time()) < 5
