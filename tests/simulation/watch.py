"""What must hold at every step: of every write to a database, of every record that a topic gets."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from shared.kernel.ports import Commit, Partition, Record, Sequence_
from tests.simulation.broker import position_of
from tests.simulation.database import LOG


class Watch:
    def __init__(self, broken: Callable[[str], None]) -> None:
        self._broken = broken
        self.restored = False
        """A database was put back: commits may be gone, and its log is to be closed."""
        self.cut = False
        """A topic has lost records: losses are alarmed rightly."""
        self._last: dict[Partition, int] = defaultdict(int)
        self._content: dict[tuple[Partition, int], Any] = {}
        self._at: dict[tuple[str, int], Any] = {}
        self._sequence: dict[tuple[str, str], int] = defaultdict(int)
        self._times: dict[tuple[str, str, int], str] = {}
        """Of each stream, when the events before a version happened."""

    # -- topics -----------------------------------------------------------------------------------------------------

    def appended(self, partition: Partition, record: Record) -> None:
        """A repetition is the same to the byte; what is new follows what was last in its partition and its stream."""
        position = position_of(record)
        content = (record.key, record.value, record.headers)
        headers = dict(record.headers)
        where = f"position {position} in {partition[0]}:{partition[1]}"
        if (known := self._content.get((partition, position))) is not None:
            if known != content:
                self._broken(f"{where} was sent again with another content")
            return
        if position <= self._last[partition]:
            self._broken(f"{where} comes after position {self._last[partition]}")
        previous = int(headers["ce_previous"] or b"")
        if previous != self._last[partition]:
            self._broken(f"{where} says it follows {previous}, but {self._last[partition]} was there before")
        if self._at.setdefault((partition[0], position), headers["ce_id"]) != headers["ce_id"]:
            self._broken(f"{where} is another event in another partition")
        stream, sequence = (partition[0], (record.key or b"").decode()), int(headers["ce_sequence"] or b"")
        if sequence != self._sequence[stream] + 1:
            self._broken(f"{where} is event {sequence} of {stream[1]}, after {self._sequence[stream]}")
        self._sequence[stream] = sequence
        self._last[partition] = position
        self._content[partition, position] = content

    # -- databases --------------------------------------------------------------------------------------------------

    def wrote(self, database: str, collection: str, name: str, before: Any, after: Any) -> None:
        if collection == LOG:
            if before is None:
                self._in_time(database, after["commit"])
            self._stamped(name, before, after)
        elif collection == "checkpoints":
            if before is not None and (before["last_position"] or 0) > (after["last_position"] or 0):
                self._broken(f"checkpoint {name} of {database} goes back: {before} {after}")
        elif collection.endswith("_card"):
            self._grown(name, before["history"] if before else "", after["history"])
        elif collection == "quarantine":
            if after is not None and after["state"] == "open":
                self._broken(f"quarantine: {after['reason']}")
        elif collection == "sequence" and name == "sequence" and before is not None:
            self._moved_on(database, before, after)
        elif collection == "sequence" and name == "closed" and not self.restored:
            self._broken(f"the log of {database} was closed: {after['reason']}")

    def _in_time(self, database: str, commit: Commit) -> None:
        """Whatever the clocks of the replicas say, time does not go back within a stream."""
        self._times[database, commit.stream, commit.next_version] = commit.at
        if self._times.get((database, commit.stream, commit.version), "") > commit.at:
            self._broken(f"commit {commit.id} of {commit.stream} is older than the one before it: {commit.at}")

    def _moved_on(self, database: str, before: Sequence_, after: Sequence_) -> None:
        """Numbering goes on where it stood, under an epoch that is not older."""
        further = after.next == before.next or (after.next > before.next and after.pending_first == before.next)
        if after.epoch < before.epoch or not further:
            self._broken(f"the sequence of {database} was {before}, became {after}")

    def _stamped(self, name: str, before: Any, after: Any) -> None:
        """What is numbered is never numbered differently."""
        if before is None or before["commit"].first_position is None:
            return
        old, new = before["commit"], after["commit"]
        if (old.first_position, old.previous) != (new.first_position, new.previous):
            told = f"{old.first_position} after {old.previous}, {new.first_position} after {new.previous}"
            self._broken(f"commit {name} was numbered twice: {told}")

    def _grown(self, name: str, before: str, after: str) -> None:
        """Events of a stream are folded one after the other, each once."""
        numbers = [int(entry.partition(":")[0]) for entry in after.split()]
        if not after.startswith(before) or numbers != list(range(1, len(numbers) + 1)):
            self._broken(f"{name} was {before}, became {after}")

    def alarm(self, who: str, name: str, where: Any) -> None:
        """An alarm about what has not happened."""
        rightly = self.restored or (self.cut and name == "continuity_losses")
        if not rightly:
            self._broken(f"false alarm {name} by {who}: {where}")
