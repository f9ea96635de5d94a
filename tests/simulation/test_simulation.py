"""The net: as many seeds as the time allows, each a story of its own that can be played again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.campaign import Campaign
from tests.simulation.world import play

pytestmark = pytest.mark.stack  # no servers, but too long for a check

SECONDS = float(os.environ.get("GONGHUI_SIMULATION_SECONDS", "20"))
"""For how long; CI gives it five minutes, with GONGHUI_SIMULATION_PROCESSES=2."""
PROCESSES = int(os.environ.get("GONGHUI_SIMULATION_PROCESSES", "1"))
FIRST = int(os.environ.get("GONGHUI_SIMULATION_FROM", "0"))
ROOT = Path(__file__).parents[2]

DIGEST = """
import hashlib
from tests.simulation.world import play
story = "\\n".join(line for seed in (3, 14, 15, 92) for line in play(seed, tracing=True).trace)
print(len(story), hashlib.sha256(story.encode()).hexdigest())
"""


def test_nothing_breaks_whatever_happens(capsys: pytest.CaptureFixture[str]) -> None:
    campaign = Campaign(FIRST, seconds=SECONDS, processes=PROCESSES)
    campaign.run()
    with capsys.disabled():
        print(f"\nsimulation: {campaign.summary()}")
    assert campaign.failed is None, campaign.account()


def test_a_seed_is_the_same_story_every_time() -> None:
    first, again = play(7, tracing=True), play(7, tracing=True)
    assert first.trace == again.trace
    assert len(first.trace) > 100


def test_a_story_does_not_hang_on_hashes() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(told) == 1, told
