"""The driver's own file: a line before each command (what is meant) and one after it (what was answered).

Written to the end only, and read back by the checks: what a run did is what this file says.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Known = Literal["accepted", "refused", "ambiguous"]


@dataclass(frozen=True)
class Intent:
    n: int
    kind: str
    actor: str
    service: str
    path: str
    body: Mapping[str, Any]
    about: Mapping[str, Any]
    """What it concerns, for the checks: the member, the activity, the amount."""

    @property
    def correlation(self) -> str:
        return correlation(self.n)


def correlation(n: int) -> str:
    return f"driver-{n:08d}"


@dataclass(frozen=True)
class Reply:
    """`ambiguous`: no answer, or one that leaves it open; it may have happened or not."""

    n: int
    known: Known
    status: int = 0
    code: str = ""
    subject: str = ""
    events: tuple[str, ...] = ()
    """Ids of the events that the answer names."""
    tries: int = 1


@dataclass
class Command:
    intent: Intent
    reply: Reply

    @property
    def n(self) -> int:
        return self.intent.n


@dataclass
class Book:
    file: Path
    written: int = 0
    known: dict[Known, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lines = self.file.open("a", buffering=1)

    def close(self) -> None:
        self._lines.close()

    def intend(
        self, kind: str, actor: str, service: str, path: str, body: Mapping[str, Any], about: Mapping[str, Any]
    ) -> Intent:
        self.written += 1
        intent = Intent(self.written, kind, actor, service, path, body, about)
        self._lines.write(json.dumps({"intent": asdict(intent)}) + "\n")
        return intent

    def reply(self, reply: Reply) -> None:
        self._lines.write(json.dumps({"reply": asdict(reply)}) + "\n")
        self.known[reply.known] = self.known.get(reply.known, 0) + 1
        if reply.code:
            self.codes[reply.code] = self.codes.get(reply.code, 0) + 1


def commands(file: Path) -> Iterator[Command]:
    """As the file tells them; one without a reply is ambiguous."""
    intents: dict[int, Intent] = {}
    replies: dict[int, Reply] = {}
    for line in file.read_text().splitlines():
        told = json.loads(line)
        if "intent" in told:
            intents[told["intent"]["n"]] = Intent(**told["intent"])
        else:
            reply = told["reply"]
            replies[reply["n"]] = Reply(**{**reply, "events": tuple(reply["events"])})
    for n, intent in intents.items():
        yield Command(intent, replies.get(n, Reply(n, "ambiguous")))
