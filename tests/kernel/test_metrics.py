"""The table of metrics is complete, and tells what to do."""

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared
from shared.kernel.metrics import TABLE, Metric, Metrics, watch_event_loop

BOUNDED = {"service", "command", "query", "outcome", "topic", "partition", "runner", "reaction", "purpose"}


@pytest.mark.parametrize("metric", TABLE, ids=[metric.name for metric in TABLE])
def test_every_metric_says_what_it_means_and_what_to_do(metric: Metric[object]) -> None:  # type: ignore[type-var]
    assert re.fullmatch(r"gonghui_[a-z_]+", metric.name)
    assert len(metric.meaning) > 15
    assert metric.meaning.endswith(".")
    assert len(metric.action) > 15
    assert metric.action.endswith(".")


def test_labels_come_from_closed_sets() -> None:
    assert {label for metric in TABLE for label in metric.labels} <= BOUNDED


def test_every_row_of_the_table_is_exposed() -> None:
    exposed = Metrics().exposition().decode()
    for metric in TABLE:
        assert f"# HELP {metric.name}" in exposed


def test_two_sets_in_one_process_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.relay_numbered.inc(3)
    one.runner_lag_records.labels("views", "gonghui.members", "0").set(7)
    assert "gonghui_relay_numbered_total 3.0" in one.exposition().decode()
    assert "gonghui_relay_numbered_total 0.0" in other.exposition().decode()


async def test_a_loop_that_is_held_up_is_measured() -> None:
    metrics = Metrics()
    watching = asyncio.create_task(watch_event_loop(metrics, every=0))
    await asyncio.sleep(0)
    held_until = asyncio.get_running_loop().time() + 0.05
    while asyncio.get_running_loop().time() < held_until:
        pass
    await asyncio.sleep(0)
    lag = metrics.registry.get_sample_value("gonghui_event_loop_lag_seconds")
    watching.cancel()
    assert lag is not None
    assert lag >= 0.04


def uses() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a metric in the kernel: its name in the table, and the first call on it."""
    names = {metric.attribute for metric in TABLE}
    for file in Path(shared.__path__[0], "kernel").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            metric = call.func.value
            if isinstance(metric, ast.Attribute) and metric.attr in names and "metrics" in ast.unparse(metric.value):
                yield metric.attr, call


def test_every_metric_is_used_with_its_labels() -> None:
    labels = {metric.attribute: metric.labels for metric in TABLE}
    for name, call in uses():
        assert isinstance(call.func, ast.Attribute)
        if call.func.attr != "labels":
            assert not labels[name], f"{name} needs its labels"
        elif not call.keywords and not any(isinstance(one, ast.Starred) for one in call.args):
            assert len(call.args) == len(labels[name]), name


def test_no_metric_stands_in_the_table_that_nobody_sets() -> None:
    handed_over = {"command_conflicts_retried"}
    assert {metric.attribute for metric in TABLE} - {name for name, _ in uses()} == handed_over
