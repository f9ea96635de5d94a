"""What ours must show beside the others, and whether it does."""

from collections.abc import Iterator, Mapping
from typing import Any


def bars(rows: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each as {bar, met}; of nothing where ours did not run."""
    ours = rows.get("ours", {})
    for figure, unit in (("per_second", "events/s"), ("per_cpu_second", "events per CPU second, mongod's included")):
        for name, row in rows.items():
            if name != "ours" and row.get(figure) and ours.get(figure):
                ratio = ours[figure] / row[figure]
                yield {"bar": f"{unit}: ours is {ratio:.2f} × {name}", "met": ratio > 1}
    if killed := ours.get("killed"):
        in_the_middle = 0 < killed["killed_at"] < ours["events"]
        clean = not any(killed[name] for name in ("lost", "twice", "rewritten", "back"))
        told = f"ours after a SIGKILL at {killed['killed_at']:,} of {ours['events']:,} events: 0 lost, 0 twice, 0 back"
        yield {"bar": f"{told}, nothing written again", "met": clean and in_the_middle}
