"""What was found: a table to read, `bench-peers.json` for machines, the README's table."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.measured import DISTURBING, per_million, rate, spread
from tests.bench.peers.bars import bars
from tests.bench.peers.charged import BODY
from tests.bench.peers.contest import Sizes, Standing
from tests.bench.peers.launch import versions

HEADINGS = (
    "",
    "events/s",
    "CPU s per million: it / mongod",
    "events per CPU s",
    "peak MiB",
    "lost",
    "twice",
    "written again",
    "back in time",
)


def found(
    standings: Iterable[Standing], sizes: Sizes, machine: Mapping[str, Any], servers: Mapping[str, str]
) -> dict[str, Any]:
    """Everything, as it goes into the file."""
    rows = {standing.peer.name: _row(standing) for standing in standings}
    return {
        "peers": rows,
        "bars": list(bars(rows)),
        "sizes": asdict(sizes),
        "body_bytes": BODY,
        "machine": dict(machine),
        "servers": dict(servers),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _row(standing: Standing) -> dict[str, Any]:
    peer = standing.peer
    row: dict[str, Any] = {
        "what": peer.what,
        "does": peer.does,
        "versions": versions(peer),
        "events": standing.events,
        "failed": standing.failed,
    }
    if standing.runs:
        median = standing.median
        cpu = per_million(median)
        row |= {
            "batch": standing.batch,
            "runs": len(standing.counted),
            "per_second": round(rate(median)),
            "spread": spread(standing.counted),
            "cpu_per_million": cpu,
            "per_cpu_second": round(1e6 / (cpu["peer"] + cpu["mongod"])),
            "peak_mib": round(max(run["peak_mib"] for run in standing.counted)),
            "disturbed": round(max(run["elsewhere"] for run in standing.counted), 2),
        }
    if standing.account:
        row["killed"] = asdict(standing.account)
    return row


def show(console: Console, everything: Mapping[str, Any]) -> None:
    table = Table(title="Ours, and what one would take instead: median, and after one SIGKILL at half", show_lines=True)
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if number else "left")
    for row in everything["peers"].values():
        table.add_row(*_cells(row))
    console.print(table)
    for bar in everything["bars"]:
        console.print("[green]met[/]   " if bar["met"] else "[red]missed[/]", bar["bar"])


def markdown(everything: Mapping[str, Any]) -> Iterator[str]:
    """The README's table, and under it what was measured where."""
    yield f"| {' | '.join(HEADINGS)} |"
    yield f"|---|{'---|' * (len(HEADINGS) - 1)}"
    for row in everything["peers"].values():
        yield f"| {' | '.join(_cells(row))} |"
    sizes, machine = everything["sizes"], everything["machine"]
    of = {f"{name} {version}" for row in everything["peers"].values() for name, version in row["versions"].items()}
    yield ""
    yield (
        f"{everything['date']}, {machine['cores']} cores, load {machine['load']} before, Python {machine['python']}, "
        f"{', '.join(f'{name} {version}' for name, version in everything['servers'].items())}; "
        f"{sizes['events']:,} events of {everything['body_bytes']} bytes, {sizes['cards']:,} keys, 6 partitions; "
        f"median of {sizes['repeat']}{_disturbed(everything)}. {', '.join(sorted(of))}."
    )


def _disturbed(everything: Mapping[str, Any]) -> str:
    """What others took of the machine in the worst of the runs that count."""
    worst = max((row.get("disturbed", 0.0) for row in everything["peers"].values()), default=0.0)
    return f"; others took up to {worst:.0%} of the machine meanwhile" if worst > DISTURBING else ""


def _cells(row: Mapping[str, Any]) -> list[str]:
    name = row["what"] + (f", batches of {row['batch']:,}" if row.get("batch") else "")
    name += "; upsert only" if row["does"] == "upsert" else ""
    name += f" ({row['events']:,} events)" if row["events"] < 10_000 else ""
    if row["failed"]:
        name += f": {row['failed']}"
    if "per_second" not in row:
        return [name, *([""] * (len(HEADINGS) - 1))]
    cpu, killed = row["cpu_per_million"], row.get("killed", {})
    return [
        name,
        f"{row['per_second']:,}",
        f"{cpu['peer']:,.0f} / {cpu['mongod']:,.0f}",
        f"{row['per_cpu_second']:,}",
        f"{row['peak_mib']:,}",
        *(_count(killed.get(what)) for what in ("lost", "twice", "rewritten", "back")),
    ]


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def write(file: Path, everything: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n")
