"""Become a command that ends when its parent does:  python -I -S tied_to_parent.py PARENT_PID COMMAND [ARGUMENT ...]

Run as a program of its own: code between fork and exec could deadlock in a parent that has threads (the driver's).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it ended before the line above
        raise SystemExit(1)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and exec would hand that on
        signal.signal(ignored, signal.SIG_DFL)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
