"""A child process: what to run, its log, how it ends."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("tied_to_parent.py")
LONG_LOG = 16 * 1024 * 1024
"""Bytes of a log above which the next start begins a new file; the old one is kept as `.1`."""


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    """Whether it does its work now; asked again and again while it starts, and must not raise."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    port: int | None = None
    ready_within: float = 90.0
    """Seconds."""
    stop_within: float = 15.0
    """Seconds between SIGTERM and SIGKILL."""


class Child:
    """A program while it is wanted; `process` is the one that runs now or ran last."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.restarts = 0
        self.since = 0.0
        """Unix time of the last start."""
        self._process: asyncio.subprocess.Process | None = None
        self._log_start = 0

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def process(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def spawn(self) -> None:
        with self._open_log() as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *self.program.command),
                env=self.program.environment,
                cwd=self.program.log.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.since = time.time()

    def _open_log(self) -> IO[bytes]:
        log = self.program.log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LONG_LOG:
            log.replace(log.with_suffix(log.suffix + ".1"))
        opened = log.open("ab")
        self._log_start = opened.tell()
        return opened

    def last_lines(self, count: int = 15) -> str:
        """Of its log since the last start."""
        with self.program.log.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])

    def signal(self, number: signal.Signals) -> None:
        """To it and whatever it started; nothing if it has ended."""
        if self.running:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    async def stop(self) -> None:
        """SIGTERM, patience, SIGKILL; a paused one is woken so that it can obey."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            async with asyncio.timeout(self.program.stop_within):
                await self.process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self.process.wait()
