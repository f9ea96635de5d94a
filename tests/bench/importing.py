"""A roster of a whole group comes in: rows a second beside a bare `insert_many`, in memory that does not grow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.roster.synthetic import SyntheticGroup, synthetic_group, write_workbook
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measured import disturbed, rate
from tests.bench.member_history import home_of
from tests.bench.town import FOUNDER, Town


async def run(bench: Bench, town: Town) -> list[Figure]:
    """Through the API, as the command line does it; every row is a person with a vault of its own."""
    file = bench.stack.state / "roster.xlsx"
    _write(file, bench.sizes.rows)
    where = {"state": str(bench.stack.state), "addresses": bench.stack.addresses(), "file": str(file)}
    pids = {**bench.pids, **bench.service_pids}
    ours = await bench.run("bringing_in", actor=FOUNDER.id, rows=bench.sizes.rows, pids=pids, **where)
    bench.say(
        f"  {rate(ours):,.0f} rows/s, {ours['mib']['tenth']:.0f} MiB then {ours['mib']['end']:.0f}{disturbed(ours)}"
    )
    bare = await bench.run("bare_rows", mongo_url=bench.stack.mongo_url, file=str(file), pids=bench.pids)
    bench.say(f"  bare insert_many {rate(bare):,.0f} rows/s{disturbed(bare)}")
    mib: dict[str, float] = ours["mib"]
    return [
        Figure("import_ratio", rate(ours) / rate(bare), rate(ours), rate(bare), _cpu(ours, bare)),
        Figure(
            "import_growth", mib["end"] / mib["tenth"], mib["end"], mib["tenth"], details={"rows": bench.sizes.rows}
        ),
    ]


def _write(file: Path, rows: int) -> None:
    people = synthetic_group(1, rows, seed=9).members
    at_home = tuple(replace(one, org_id=home_of(number)) for number, one in enumerate(people))
    write_workbook(SyntheticGroup((), at_home), file)


def _cpu(ours: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{side}_cpu_per_million": {name: round(used / run["events"] * 1e6, 1) for name, used in run["cpu"].items()}
        for side, run in (("ours", ours), ("ceiling", bare))
    }
