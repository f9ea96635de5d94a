"""`gonghui status`: one screen about processes, lag, outbox, quarantine and leader; `--json` for programs."""

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console, Group
from rich.table import Table

from deploy.cli.app import app
from deploy.cli.state import DEFAULT_STATE, State, addresses_of
from deploy.cli.status_report import report


@app.command
def status(
    *,
    state: State = DEFAULT_STATE,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="For programs: one JSON object.")] = False,
) -> int:
    """Show how the stack is: processes, lag of every runner, outbox, quarantine, leader of each relay.

    Exit code 0 if every process is ready, 1 if not or if nothing is up.

        gonghui status
        gonghui status --json | jq -r .services.members.url
    """
    found = asyncio.run(report(addresses_of(state)))
    if as_json:
        print(json.dumps(found))
    else:
        Console(highlight=False).print(screen(found))
    return 0 if all(process["ready"] for process in found["processes"]) else 1


def screen(found: dict[str, Any]) -> Group:
    return Group(
        f"MongoDB {found['mongo']}   Kafka {found['kafka']}",
        processes_table(found),
        runners_table(found),
        relays(found),
    )


def processes_table(found: dict[str, Any]) -> Table:
    table = table_of("process", "pid", "port", "up for", "restarts", "ready")
    for process in found["processes"]:
        ready = "[green]yes[/green]" if process["ready"] else "[red]no[/red]"
        silent = "" if process.get("answers", True) else " [red](not answering)[/red]"
        since = datetime.now(UTC) - datetime.fromisoformat(process["since"])
        cells = (process["pid"], process["port"], str(since).partition(".")[0], process["restarts"])
        table.add_row(process["name"], *map(str, cells), ready + silent)
    return table


def runners_table(found: dict[str, Any]) -> Table:
    """A line for each runner and topic: records behind in all partitions, seconds behind in the slowest."""
    table = table_of("service", "runner", "topic", "partitions", "lag records", "lag s", "state")
    grouped = defaultdict(list)
    for one in found["runners"]:
        grouped[one["service"], one["runner"], one["topic"]].append(one)
    for key, partitions in sorted(grouped.items()):
        records = sum(one.get("lag_records") or 0 for one in partitions)
        seconds = max(one.get("lag_seconds") or 0.0 for one in partitions)
        states = {one.get("state", "following") for one in partitions} - {"following"}
        service, runner, topic = key
        cells = (topic.removeprefix("gonghui."), str(len(partitions)), str(records), f"{seconds:.1f}")
        state = f"[red]{', '.join(sorted(states))}[/red]" if states else "[green]following[/green]"
        table.add_row(service, runner, *cells, state)
    return table


def relays(found: dict[str, Any]) -> Table:
    table = table_of("service", "relay leader", "unpublished", "oldest s", "quarantined", "parked")
    for service in found["services"]:
        outbox, quarantine = found["outbox"].get(service, {}), found["quarantine"].get(service, {})
        numbers = (
            outbox.get("unpublished"),
            outbox.get("oldest_age_seconds"),
            *map(quarantine.get, ("open", "parked")),
        )
        table.add_row(service, found["leader"].get(service) or "[red]none[/red]", *map(shown, numbers))
    return table


def table_of(*columns: str) -> Table:
    numeric = {
        "pid",
        "port",
        "restarts",
        "partitions",
        "lag records",
        "lag s",
        "unpublished",
        "oldest s",
        "quarantined",
        "parked",
    }
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left")
    return table


def shown(number: float | None) -> str:
    return "?" if number is None else f"{number:.1f}" if isinstance(number, float) else str(number)
