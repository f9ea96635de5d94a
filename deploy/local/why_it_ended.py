"""From a child's exit code and the last lines of its log to one sentence for a person."""

import re
import signal

from deploy.local.cannot_start import CannotStart, ChildFailed, DiskFull, LibraryMissing, PortTaken, UnsupportedPlatform
from deploy.local.child import Child

NO_SPACE = ("No space left on device", "ENOSPC", "OutOfDiskSpace")
PORT_TAKEN = ("Address already in use", "address already in use", "EADDRINUSE")


def ending(code: int) -> str:
    """`ended with code 3`, `was killed by SIGKILL`."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def why_it_failed(child: Child) -> CannotStart:
    program, tail = child.program, child.last_lines(200)
    if any(words in tail for words in NO_SPACE):
        return DiskFull(program.log.parent, f"said {program.name}")
    if program.port and any(words in tail for words in PORT_TAKEN):
        return PortTaken(program.name, program.port)
    if lacking := re.search(r"error while loading shared libraries: ([^:\s]+)", tail):
        return LibraryMissing(program.name, lacking[1])
    if child.running:
        return failed(child, f"was not ready within {program.ready_within:.0f} s")
    code = child.process.returncode or 0
    if code == -signal.SIGILL:
        return UnsupportedPlatform(f"This processor lacks instructions that {program.name} needs (AVX)")
    return failed(child, f"{ending(code)} while starting")


def failed(child: Child, what: str) -> ChildFailed:
    return ChildFailed(child.name, what, child.program.log, child.last_lines())
