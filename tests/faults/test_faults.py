"""A short campaign: ten faults, and afterwards each accepted command has its one effect, everywhere."""

import io
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from tests.faults.campaign import Plan, campaign, show
from tests.faults.faults import Times

pytestmark = pytest.mark.stack

SEED = 20
KINDS = (
    "service killed",
    "leader stopped",
    "broker killed",
    "database killed",
    "database full",
    "link cut",
    "link drip",
    "log full",
    "rolling restart",
    "topic cut",
)
SHORT = Times(stopped=11.0, lasting=3.0, calm=0.5, back=False)


async def test_after_ten_faults_nothing_is_lost_and_nothing_has_happened_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, logger="aiokafka")  # of a broker that is away on purpose
    plan, lines = Plan(SEED, kinds=KINDS, times=SHORT), list[str]()
    with TemporaryDirectory(prefix="gonghui-") as folder:
        outcome = await campaign(plan, Path(folder), lines.append)
    table = io.StringIO()
    show(outcome, plan, Console(file=table, width=160))
    assert outcome.holds, "\n".join([*lines, table.getvalue()])
    assert outcome.faults.total() == len(KINDS)
    assert outcome.known["accepted"] > 100, "a run in which hardly anything was commanded tells nothing"
