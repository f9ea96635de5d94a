"""The K tables: what the group's officers would look at, by subsidiary, from the services' own KPI queries."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from rich.table import Table

from deploy.demo.checks import year
from deploy.demo.stage import ADMIN, Stage, subsidiary_of
from deploy.roster.synthetic import GROUP


async def tables(stage: Stage) -> list[Table]:
    rates = await stage.api.pages(ADMIN, "members", "/kpi/membership-rate")
    came = await stage.see("activities", "/kpi/participation", period=await year(stage))
    aid = await stage.api.pages(ADMIN, "welfare", "/kpi/aid-execution")
    return [
        _table(stage, "K2 membership rate 入会率", rates, ("active", "headcount"), ("active", "headcount"), _count),
        _table(
            stage, "K5 participation 活动覆盖面", came, ("participants", "active"), ("participants", "active"), _count
        ),
        _table(
            stage,
            "K13 aid execution 帮扶资金执行率",
            [{**row, "reached": row["paid"] - row["clawed_back"]} for row in aid],
            ("reached", "allocated"),
            ("allocated", "granted", "reached"),
            _yuan,
        ),
    ]


def _count(number: int) -> str:
    return f"{number:,}"


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"


def _table(
    stage: Stage,
    title: str,
    rows: Iterable[dict[str, Any]],
    share: tuple[str, str],
    columns: Iterable[str],
    shown: Callable[[int], str],
) -> Table:
    """`share`: numerator and denominator of the rate."""
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        counted = {name: row[name] for name in {*columns, *share}}
        sums.setdefault(subsidiary_of(row["org_id"]), Counter()).update(counted)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", show_footer=True)
    total = sum(sums.values(), Counter[str]())
    table.add_column("union", footer="all", max_width=44, no_wrap=True)
    for name in columns:
        table.add_column("paid" if name == "reached" else name, shown(total[name]), justify="right")
    table.add_column("rate", _rate(total, share), justify="right")
    for org_id in sorted(sums):
        if any(sums[org_id].values()):
            name = f"{org_id} {stage.names.get(org_id, '')}" if org_id != GROUP else f"{GROUP} group"
            table.add_row(name, *(shown(sums[org_id][column]) for column in columns), _rate(sums[org_id], share))
    return table


def _rate(counts: Counter[str], share: tuple[str, str]) -> str:
    numerator, denominator = (counts[name] for name in share)
    return f"{numerator / denominator:.1%}" if denominator else "–"
