"""The figures of growth, and where their bars lie."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench import figures
from tests.bench.figures import Bar

PREFIX, WHOLE = "a tenth of the events", "all of them"
TABLE: Mapping[str, Bar] = {
    "rebuild_one_exponent": Bar("≤", 1.1, f"one view, {WHOLE}", f"{PREFIX} (ratio: exponent of time)", "s"),
    "rebuild_all_exponent": Bar("≤", 1.1, f"all views of members, {WHOLE}", f"{PREFIX} (ratio: exponent of time)", "s"),
    "rebuild_all_memory": Bar("≤", 1.25, f"memory of the runner, {WHOLE}", PREFIX, "MiB"),
    "topic_bytes": Bar("≤", None, "disk of an event in its topic, one replica", "", "B"),
    "member_bytes": Bar("≤", None, "disk of a member in the views of members, indexes included", "", "B"),
    "stream_warm_p50": Bar("≤", 2.0, "command on a long stream, remembered, p50", "on a fresh one", "ms"),
    "stream_warm_p99": Bar("≤", 2.0, "command on a long stream, remembered, p99", "on a fresh one", "ms"),
    "stream_restarted_p50": Bar("≤", 2.0, "first command after a restart, long stream, p50", "fresh stream", "ms"),
    "stream_killed_p50": Bar("≤", 2.0, "first command after SIGKILL, long stream, p50", "fresh stream", "ms"),
    "subtree_first_p95": Bar("≤", 3.0, "first page of a large subtree, p95", "bare find on an index made for it", "ms"),
    "subtree_p95": Bar("≤", 3.0, "page of a large subtree, p95", "bare find on an index made for it", "ms"),
    "subtree_end_p95": Bar("≤", 3.0, "its last page, p95", "bare find on an index made for it", "ms"),
    "small_subtree_p95": Bar("≤", 3.0, "page of a small subtree, p95", "bare find on an index made for it", "ms"),
    "union_p95": Bar("≤", None, "page of one union over HTTP, p95", "bare find", "ms"),
    "start_api": Bar("≤", 1.5, "start of an API until ready, long log", "empty log", "s"),
    "start_runners": Bar("≤", 1.5, "start of relay and runners until ready, long log", "empty log", "s"),
    "log_bytes": Bar("≤", None, "disk of an event in the log, indexes included", "its document uncompressed", "B"),
}


@dataclass(frozen=True)
class Figure(figures.Figure):
    """`name` is one of this `TABLE`."""

    @property
    def bar(self) -> Bar:
        return TABLE[self.name]
