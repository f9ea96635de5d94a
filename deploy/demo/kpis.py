"""The KPI tables: what the group's officers would look at, by subsidiary, from the services' own KPI queries."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from deploy.demo.checks import year
from deploy.demo.stage import ADMIN, Stage, subsidiary_of
from deploy.roster.synthetic import GROUP

Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Kpi:
    """A rate with its numerator and denominator by subsidiary."""

    number: str
    name: str
    of: str
    parts: Mapping[str, tuple[int, int]]
    shown: Callable[[int], str] = "{:,}".format

    def __str__(self) -> str:
        return f"{self.number:<4}{self.name} = {self.of}"

    def cell(self, subsidiary: str) -> str:
        return self._rate(*self.parts.get(subsidiary, (0, 0)))

    @property
    def total(self) -> str:
        return self._rate(*(sum(part) for part in zip((0, 0), *self.parts.values(), strict=True)))

    def _rate(self, numerator: int, denominator: int) -> str:
        if not denominator:
            return "–"
        return f"{self.shown(numerator)}/{self.shown(denominator)} {numerator / denominator:4.0%}"


async def kpis(stage: Stage) -> list[Kpi]:
    in_year = await year(stage)
    rates = await stage.api.pages(ADMIN, "members", "/kpi/membership-rate")
    came = await stage.see("activities", "/kpi/participation", period=in_year)
    entered = await stage.see("activities", "/kpi/competition-coverage", season=in_year)
    aid = await stage.api.pages(ADMIN, "welfare", "/kpi/aid-execution")
    cases = await stage.api.pages(ADMIN, "welfare", "/kpi/cases")
    unions = [row for row in entered if row["org_id"] in stage.ledger.active]
    return [
        Kpi("K2", "membership rate 入会率", "active / headcount", _parts(rates, "active", "headcount")),
        Kpi("K5", "participation 活动覆盖面", "members who came / active", _parts(came, "participants", "active")),
        Kpi("K6", "competition coverage 竞赛覆盖率", "entrants / active", _parts(unions, "entrants", "active")),
        Kpi(
            "K13",
            "aid execution 帮扶资金执行率",
            "reached members / allocated, in yuan",
            _parts([{**row, "reached": row["paid"] - row["clawed_back"]} for row in aid], "reached", "allocated"),
            lambda fen: f"{fen // 100:,}",
        ),
        Kpi("K18", "voice cases on time 诉求按时率", "on time / answered", _parts(cases, "on_time", "answered")),
    ]


def _parts(rows: Rows, numerator: str, denominator: str) -> dict[str, tuple[int, int]]:
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        counted = {name: row[name] for name in (numerator, denominator)}
        sums.setdefault(subsidiary_of(row["org_id"]), Counter()).update(counted)
    return {org_id: (counts[numerator], counts[denominator]) for org_id, counts in sums.items() if any(counts.values())}


def table(stage: Stage, shown: list[Kpi]) -> Table:
    """A row for each subsidiary."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_footer=True)
    table.add_column("union", footer="all", max_width=28, no_wrap=True)
    for kpi in shown:
        table.add_column(kpi.number, kpi.total, justify="right", no_wrap=True)
    for org_id in sorted({org_id for kpi in shown for org_id in kpi.parts}):
        name = f"{org_id} {stage.names.get(org_id, '')}" if org_id != GROUP else f"{GROUP} group"
        table.add_row(name, *(kpi.cell(org_id) for kpi in shown))
    return table
