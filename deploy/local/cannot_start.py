"""Why the embedded stack cannot start: one sentence each, with what to do about it.

CannotStart
├── UnsupportedPlatform     no binary for this machine
├── DownloadFailed          Kafka's jars could not be fetched, or came broken
├── StateTaken              another process holds the state directory
├── StateUnusable           another version's, not a state directory, or not ours to write
├── DiskFull                too little space, before or during the start
├── PortTaken               somebody else listens there
├── ServerUnreachable       a server of your own (GONGHUI_MONGO_URL, GONGHUI_KAFKA_BOOTSTRAP) does not answer
└── ChildFailed             a process ended, or was not ready in time
"""

from pathlib import Path

OWN_SERVERS = "point GONGHUI_MONGO_URL and GONGHUI_KAFKA_BOOTSTRAP to servers of your own"


class CannotStart(Exception):
    """The stack did not start; nothing is left running. `str()` is one sentence for a person."""


class UnsupportedPlatform(CannotStart):
    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: install mongod and Java 17 or newer on PATH, or {OWN_SERVERS}.")


class LibraryMissing(CannotStart):
    def __init__(self, name: str, library: str) -> None:
        super().__init__(f"{name} needs {library}: install the system's package that has it, or {OWN_SERVERS}.")


class DownloadFailed(CannotStart):
    pass


class StateTaken(CannotStart):
    def __init__(self, state: Path, holder: str) -> None:
        super().__init__(f"{state} is held by {holder}: stop that first, or give another --state DIR.")


class StateUnusable(CannotStart):
    pass


class DiskFull(CannotStart):
    def __init__(self, where: Path, detail: str) -> None:
        super().__init__(f"The disk of {where} is full ({detail}): free some space and start again.")


class PortTaken(CannotStart):
    def __init__(self, name: str, port: int) -> None:
        super().__init__(f"Port {port} ({name}) is in use by another program: stop it, or give another --port-base.")


class ServerUnreachable(CannotStart):
    def __init__(self, setting: str, address: str) -> None:
        super().__init__(f"{setting} names {address}, and nothing answers there: check the address and the server.")


class ChildFailed(CannotStart):
    """A process ended or was not ready in time; `tail` holds the last lines of its log."""

    def __init__(self, name: str, what: str, log: Path, tail: str = "") -> None:
        self.tail = tail
        super().__init__(f"{name} {what}: see {log}.")
        if tail:
            self.add_note(tail)
