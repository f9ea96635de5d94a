"""The figures, in one table: what each is measured against and where its bar lies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Bar:
    side: Literal["≥", "≤"]
    at: float | None
    """None where nobody has set one."""
    ours: str
    ceiling: str
    """What stands beside ours in the same run."""
    unit: str


TABLE: Mapping[str, Bar] = {
    "projector_ratio": Bar(
        "≥", 1.8, "exactly-once projector", "careless loop: aiokafka getmany, one unordered bulk_write", "events/s"
    ),
    "projector_confluent_ratio": Bar(
        "≥", 1.25, "exactly-once projector", "careless loop: confluent-kafka, PyMongo", "events/s"
    ),
    "five_views_cost": Bar("≤", 2.5, "five views of one service, a time of", "one view, a time of", "events/s"),
    "tally_ratio": Bar("≥", 3.0, "a tally of 200 organisations", "one view of 20,000 documents", "events/s"),
    "relay_ratio": Bar("≥", 0.3, "relay, un-numbered log to broker ack", "bare idempotent producer", "events/s"),
    "relay_numbered_ratio": Bar("≥", 0.6, "relay, numbered log to broker ack", "bare idempotent producer", "events/s"),
    "command_ratio": Bar(
        "≥", 0.5, "a seat taken over HTTP: token, decision, log", "bare FastAPI route: token, one insert", "commands/s"
    ),
    "latency_ratio": Bar(
        "≤", 6.0, "201 to visible in another service, p99", "produce, consume, one majority write, p99", "ms"
    ),
    "rss_mib": Bar("≤", 200.0, "memory of the largest service process", "", "MiB"),
    "import_ratio": Bar("≥", None, "roster through the API, a vault for each person", "bare insert_many", "rows/s"),
    "import_growth": Bar("≤", 1.2, "memory of the import in the end", "after a tenth of the rows", "MiB"),
    "idle_cpu_percent": Bar("≤", 5.0, "CPU of all service processes, idle", "", "% of a core"),
}


@dataclass(frozen=True)
class Figure:
    name: str
    """Of `TABLE`, and in `bench.json`."""
    value: float
    ours: float
    ceiling: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bar(self) -> Bar:
        return TABLE[self.name]

    @property
    def met(self) -> bool:
        if self.bar.at is None:
            return True
        return self.value >= self.bar.at if self.bar.side == "≥" else self.value <= self.bar.at

    @property
    def missed_by(self) -> str:
        """How far it is from its bar, in per cent of the bar; empty where the bar is met."""
        return "" if self.met or self.bar.at is None else f"{abs(self.value / self.bar.at - 1):.0%}"
