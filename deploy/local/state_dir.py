"""The directory that holds everything the stack keeps: whose it is, which version wrote it, who runs on it now."""

import errno
import fcntl
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.local.cannot_start import DiskFull, StateTaken, StateUnusable

VERSION = "1"
"""Raised when a state written by an older build can no longer be used."""
FREE_AT_LEAST = 600 * 1024 * 1024
"""Bytes: journals and the oplog take half of it at once."""
ADDRESSES, LOCK = "stack.json", "lock"


def default_state() -> Path:
    """`.state` of the checkout, or of the current directory where the package is installed without one."""
    checkout = Path(__file__).parents[2]
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / ".state"


def prepare(state: Path, free_at_least: int = FREE_AT_LEAST) -> None:
    """Make it, or see that it can be used. Raises StateUnusable or DiskFull."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_version(state)
        (state / "log").mkdir(exist_ok=True)
        free = shutil.disk_usage(state).free
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(state, "no room even for a small file") from error
        raise StateUnusable(f"{state} cannot be written ({error.strerror}): give another --state DIR.") from error
    if free < free_at_least:
        raise DiskFull(state, f"{free // 2**20} MiB left, {free_at_least // 2**20} needed")


def check_version(state: Path) -> None:
    file = state / "version"
    if not file.exists():
        if any(state.iterdir()):
            raise StateUnusable(f"{state} is not empty and no state of gonghui: give another --state DIR.")
        file.write_text(VERSION)
    if (found := file.read_text().strip()) != VERSION:
        raise StateUnusable(
            f"{state} was written by another version of gonghui (state {found}, this one reads {VERSION}): "
            "run that version, or give another --state DIR."
        )


@contextmanager
def held(state: Path) -> Iterator[None]:
    """Nobody else runs on this state meanwhile. Raises StateTaken with the holder's name."""
    with (state / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StateTaken(state, described(file.read())) from None
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": since, "command": shlex.join(sys.argv)}))
        file.flush()
        remove_addresses(state)  # of a holder that was killed
        try:
            yield
        finally:
            remove_addresses(state)
            file.truncate(0)


def is_held(state: Path) -> bool:
    try:
        with (state / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def described(holder: str) -> str:
    try:
        found = json.loads(holder)
    except ValueError:
        return "another process"
    return f"process {found['pid']} ({found['command']}, since {found['since']})"


def write_addresses(state: Path, addresses: dict[str, Any]) -> None:
    fresh = state / f"{ADDRESSES}.new"
    fresh.write_text(json.dumps(addresses, indent=1))
    fresh.replace(state / ADDRESSES)


def remove_addresses(state: Path) -> None:
    (state / ADDRESSES).unlink(missing_ok=True)


def read_addresses(state: Path) -> dict[str, Any] | None:
    """None where no stack is up on this state, even if the last one was killed and left its file."""
    if not is_held(state):
        return None
    try:
        addresses: dict[str, Any] = json.loads((state / ADDRESSES).read_text())
    except FileNotFoundError:
        return None
    return addresses
