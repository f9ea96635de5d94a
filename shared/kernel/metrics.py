"""Every metric of a process in one table: what it means and what to do about it.

`Metrics()` is one process's set, with a registry of its own; `metrics.commands.labels(...)` is the Prometheus metric.
Labels come from closed sets (commands, runners, topics, partitions, purposes), never from persons or requests.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Generic, Self, TypeVar, cast, overload

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
QUICK = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Half a millisecond to a minute."""
COUNTS = (1.0, 10.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)


class Metric(Generic[M]):
    """One row of the table."""

    def __init__(
        self, kind: type[M], labels: str, meaning: str, action: str, buckets: Sequence[float] | None = None
    ) -> None:
        self.kind, self.labels, self.meaning, self.action = kind, tuple(labels.split()), meaning, action
        self.buckets = buckets
        self.attribute = self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name
        self.name = f"gonghui_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> M: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        return self if instance is None else instance.__dict__[self.attribute]

    def made(self, registry: CollectorRegistry) -> M:
        shape = {"buckets": self.buckets} if self.buckets else {}
        make = cast("Any", self.kind)
        return cast("M", make(self.name, self.meaning, self.labels, registry=registry, **shape))


class Metrics:
    """The table. Counters are exposed with `_total` behind their names."""

    commands = Metric(
        Counter,
        "service command outcome",
        "Commands answered; outcome: accepted, unchanged, replayed, refused, forbidden, shed, unavailable or failed.",
        "`failed` is a defect: find the correlation id in the log. `unavailable` rising: see conflicts and MongoDB. "
        "`shed` rising: one actor asks too fast, or it takes more API processes.",
    )
    command_seconds = Metric(
        Histogram,
        "service command",
        "Time from the request to the answer of a command, waiting for views (Prefer: wait) not counted.",
        "p99 above 0.5 s: compare MongoDB's write latency and the conflicts retried; a hot stream shows there first.",
        QUICK,
    )
    command_conflicts_retried = Metric(
        Counter,
        "",
        "Units of work decided anew because another writer was first.",
        "A steady share above 10 % of the commands means one hot stream: look which activity or account it is.",
    )
    queries = Metric(
        Counter,
        "service query outcome",
        "Queries answered; outcome: answered, refused, forbidden, shed, unavailable, failed.",
        "`failed` is a defect: find the correlation id in the log.",
    )
    directory_age_seconds = Metric(
        Gauge,
        "",
        "Time since this process's directory last stood at the end of every partition.",
        "Above 60 acts on money and personal data are refused: look at the lag of the views and at the broker.",
    )
    relay_leader = Metric(
        Gauge,
        "",
        "1 in the process that numbers and publishes, 0 in the others.",
        "The sum over a service's processes must be 1; 0 for more than 15 s: look at the relay's log and the lease.",
    )
    relay_numbered = Metric(
        Counter,
        "",
        "Events given their position.",
        "Stands still while commands are accepted: look at relay_leader, relay_fork and relay_held_back_streams.",
    )
    relay_published = Metric(
        Counter,
        "",
        "Events acknowledged by the broker.",
        "Stands still while relay_numbered moves: the broker does not acknowledge; look at its log and its disk.",
    )
    relay_fork = Metric(
        Gauge,
        "",
        "1 while the log and the topic disagree about a position: the log takes no commands.",
        "Runbook `fork`: a database was restored or two logs wrote one topic. Do not restart; resync.",
    )
    relay_held_back_streams = Metric(
        Gauge,
        "",
        "Streams whose next commit does not follow their last numbered one; they wait, all others go on.",
        "Above 0 for a minute: a commit is missing or its timestamp is ahead; runbook `held back`.",
    )
    outbox_unpublished = Metric(
        Gauge,
        "",
        "Commits that the broker has not acknowledged yet.",
        "Growing: the relay is slower than the commands, or stopped; look at relay_leader.",
    )
    outbox_oldest_age_seconds = Metric(
        Gauge,
        "",
        "Age of the oldest commit that the broker has not acknowledged.",
        "Above 30: nobody outside hears what happens here; look at relay_leader, then at the broker.",
    )
    runner_next_offset = Metric(
        Gauge,
        "runner topic partition",
        "Offset that this runner applies next, as its checkpoint says.",
        "Stands still below the high watermark: see quarantine, fuse and continuity of that partition.",
    )
    runner_high_watermark = Metric(
        Gauge,
        "runner topic partition",
        "End of the partition as the broker last said.",
        "Lower than the next offset: the topic was truncated or made anew; see continuity losses and forks.",
    )
    runner_lag_records = Metric(
        Gauge,
        "runner topic partition",
        "Records between the checkpoint and the end of the partition.",
        "Growing while records flow: the runner is too slow or paused; compare batch_seconds.",
    )
    runner_lag_seconds = Metric(
        Gauge,
        "runner topic partition",
        "Age of the next record that is not applied yet; 0 at the end.",
        "Above 30: readers see the past; look at the runner's log, then at MongoDB.",
    )
    event_visible_seconds = Metric(
        Histogram,
        "runner",
        "From the time of an event to its being applied by this runner.",
        "p99 above 5 s without lag: look at the relay (outbox age) of the service that the events come from.",
        QUICK,
    )
    batch_seconds = Metric(
        Histogram,
        "runner",
        "Time to load, fold and commit one batch.",
        "Rising at equal batch sizes: MongoDB is slow or documents have grown.",
        QUICK,
    )
    batch_events = Metric(
        Histogram,
        "runner",
        "Records in a committed batch.",
        "Always at the maximum: the runner is behind. Always 1 under load: the fetch does not batch.",
        COUNTS,
    )
    batches_failed = Metric(
        Counter,
        "runner",
        "Batches given up and read again from the checkpoint.",
        "More than a few an hour: the runner's log names the cause.",
    )
    duplicates_dropped = Metric(
        Counter,
        "runner topic",
        "Records dropped because their position had been applied.",
        "Some after a crash are normal. A steady stream means that a relay keeps re-sending.",
    )
    continuity_losses = Metric(
        Counter,
        "runner topic partition",
        "Records that name a predecessor which never arrived: something is lost.",
        "Any: runbook `loss`. The partition waits; `gonghui relay republish --from POSITION` mends it.",
    )
    continuity_forks = Metric(
        Counter,
        "runner topic partition",
        "Records that contradict the history already applied.",
        "Any: runbook `fork`. The partition stands still until an operator settles it.",
    )
    fenced = Metric(
        Counter,
        "runner",
        "Batches given up because another process owns the partition.",
        "Some at a rebalance are normal. Steady: two processes fight over one partition.",
    )
    rebalances = Metric(
        Counter,
        "runner",
        "Times the partitions of a runner were assigned anew.",
        "More than a few an hour: processes restart, or batches outlast the poll interval.",
    )
    quarantine_open = Metric(
        Gauge,
        "runner",
        "Records set aside because they cannot be read or a view raised.",
        "Any: `gonghui quarantine` shows why. Mend the cause, then retry or discard.",
    )
    quarantine_parked = Metric(
        Gauge,
        "runner",
        "Records that wait behind a quarantined one of the same stream.",
        "Falls to 0 by itself once the quarantined record is retried or discarded.",
    )
    fuse_blown = Metric(
        Gauge,
        "runner",
        "1 when so much was poison that the runner stopped itself.",
        "Do not raise the limit: a release or a neighbour is wrong. Mend it, restart the runner.",
    )
    unknown_types = Metric(
        Counter,
        "runner topic",
        "Records of a type that this build does not know, skipped.",
        "Normal while a neighbour is deployed first. Lasting: this service is older than its neighbours.",
    )
    reactions_not_yet = Metric(
        Gauge,
        "reaction",
        "Streams whose reaction waits for something that has not arrived here.",
        "Above 0 for five minutes: look at the lag of the views; the subject may never have been announced.",
    )
    reactions_refused = Metric(
        Counter,
        "reaction",
        "Reactions that a rule refused; the refusal was published as an event.",
        "Business, not operations: the owner of the cause hears of it.",
    )
    vault_reads = Metric(
        Counter,
        "purpose",
        "Personal data read in plain text, by purpose; each has its access record.",
        "A sudden rise at night or for one purpose: the data-protection officer reads the access records.",
    )
    event_loop_lag_seconds = Metric(
        Gauge,
        "",
        "How late the event loop ran a timer, last time it was measured.",
        "Above 0.1 for long: something blocks the process; split its roles or lower the batch size.",
    )

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        for metric in TABLE:
            self.__dict__[metric.attribute] = metric.made(self.registry)

    def exposition(self) -> bytes:
        """What `/metrics` answers."""
        return generate_latest(self.registry)


TABLE: tuple[Metric[Any], ...] = tuple(entry for entry in vars(Metrics).values() if isinstance(entry, Metric))


async def watch_event_loop(metrics: Metrics, every: float = 0.5) -> None:
    """Measure for ever how late the event loop is."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + every
        await asyncio.sleep(every)
        metrics.event_loop_lag_seconds.set(max(0.0, loop.time() - due))
