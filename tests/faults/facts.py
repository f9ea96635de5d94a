"""What the topics tell of the run: every event once, by the command that it came from."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.ports import Record


@dataclass(frozen=True)
class Fact:
    id: str
    type: str
    """The class name."""
    version: int
    owner: str
    position: int
    subject: str
    actor: str
    correlation: str
    causation: str
    body: dict[str, Any]


@dataclass
class Facts:
    all: list[Fact] = field(default_factory=list)
    direct: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    """What a request made happen at once, by its correlation id."""
    caused: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    """What reactions made of an event, by its id."""

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Facts":
        facts = cls()
        seen: set[tuple[str, int]] = set()
        for record in records:
            fact = _fact(record)
            if (fact.owner, fact.position) in seen:
                continue
            seen.add((fact.owner, fact.position))
            facts.all.append(fact)
            if fact.causation:
                facts.caused[fact.causation].append(fact)
            else:
                facts.direct[fact.correlation].append(fact)
        return facts

    def types(self, correlation: str) -> Counter[str]:
        return Counter(fact.type for fact in self.direct.get(correlation, ()))


def _fact(record: Record) -> Fact:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    return Fact(
        id=headers["ce_id"],
        type=headers["ce_type"].rpartition(".")[2],
        version=int(headers["ce_dataschema"].rpartition(":")[2]),
        owner=headers["ce_source"].split("/")[2],
        position=int(headers["ce_position"]),
        subject=headers["ce_subject"],
        actor=headers["ce_actor"],
        correlation=headers["ce_correlationid"],
        causation=headers["ce_causationid"],
        body=json.loads(record.value or b"{}"),
    )
