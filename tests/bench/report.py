"""What was found, as a table to read and as `bench.json` for machines."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.bench import Sizes
from tests.bench.figures import Figure


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2), "python": platform.python_version()}


def show(console: Console, figures: Iterable[Figure], crashed: Mapping[str, str]) -> None:
    table = Table(title="Speed, beside what stands next to it in the same run", show_lines=True)
    for heading in ("figure", "ours", "ceiling", "ratio", "bar", "", "CPU seconds a million: ours, ceiling"):
        table.add_column(heading)
    for figure in figures:
        bar = figure.bar
        table.add_row(
            figure.name,
            _with_unit(figure.ours, bar.ours, bar.unit),
            "" if figure.ceiling is None else _with_unit(figure.ceiling, bar.ceiling, bar.unit),
            "" if figure.ceiling is None else f"{figure.value:.2f}",
            "" if bar.at is None else f"{bar.side} {bar.at:g}",
            "[green]met[/]" if figure.met else f"[red]missed by {figure.missed_by}[/]",
            _cpu(figure.details),
        )
    console.print(table)
    for part, why in crashed.items():
        console.print(f"{part} crashed: {why}", style="bold red", markup=False)


def _with_unit(value: float, what: str, unit: str) -> str:
    return f"{value:,.0f} {unit}\n[dim]{what}[/]" if value >= 100 else f"{value:,.1f} {unit}\n[dim]{what}[/]"


def _cpu(details: Mapping[str, Any]) -> str:
    told = [details.get(f"{side}_cpu_per_million", {}) for side in ("ours", "ceiling")]
    return "\n".join(", ".join(f"{name} {used:g}" for name, used in side.items()) for side in told if side)


def write(
    file: Path, figures: Sequence[Figure], crashed: Mapping[str, str], sizes: Sizes, before: Mapping[str, Any]
) -> None:
    """Figures under their own names first; then what they are made of."""
    found: dict[str, Any] = {figure.name: round(figure.value, 4) for figure in figures}
    found["bars"] = {f.name: {"side": f.bar.side, "at": f.bar.at, "met": f.met} for f in figures}
    found["details"] = {
        f.name: {"ours": round(f.ours, 2), "ceiling": f.ceiling and round(f.ceiling, 2), **f.details} for f in figures
    }
    found |= {"crashed": dict(crashed), "sizes": asdict(sizes), "machine": dict(before)}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
