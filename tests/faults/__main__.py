"""python -m tests.faults --seed N --rounds N [--minutes N]      exit code 0 only if all that must hold does"""

import argparse
import asyncio
import logging
import shutil
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

from rich.console import Console

from tests.faults.campaign import Outcome, Plan, campaign, show
from tests.faults.faults import FAULTS
from tests.faults.world import NotRecovered


def main() -> int:
    plan = asked()
    console, began = Console(highlight=False, soft_wrap=True, markup=False), time.monotonic()
    folder = Path(mkdtemp(prefix="gonghui-faults-"))

    def say(line: str) -> None:
        console.print(f"{time.monotonic() - began:7.1f} s  {line}")

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of a broker that is away on purpose
    say(f"seed {plan.seed}, in {folder}")
    try:
        outcome = asyncio.run(campaign(plan, folder, say))
    except NotRecovered as error:
        say(f"WRONG   not recovered {error}; what there is to look at is left in {folder}")
        return 1
    show(outcome, plan, console)
    return ended(outcome, folder, console)


def ended(outcome: Outcome, folder: Path, console: Console) -> int:
    if not outcome.holds:
        console.print(f"not all checks hold; what there is to look at is left in {folder}")
        return 1
    shutil.rmtree(folder)
    console.print("all checks hold")
    return 0


def asked() -> Plan:
    parser = argparse.ArgumentParser(prog="tests.faults", description="Break real processes, and count.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="every kind of fault once in each (default 1)")
    parser.add_argument("--minutes", type=float, help="instead of rounds: no new fault after so long")
    parser.add_argument("--only", help=f"kinds, separated by commas: {', '.join(FAULTS)}")
    given = parser.parse_args()
    kinds = given.only.split(",") if given.only else list(FAULTS)
    if unknown := set(kinds) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return Plan(given.seed, given.rounds, given.minutes, kinds)


if __name__ == "__main__":
    sys.exit(main())
