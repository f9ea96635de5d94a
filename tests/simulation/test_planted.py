"""That the net catches: bugs planted one at a time, each found within the budget of seeds."""

import pytest

from tests.simulation.campaign import search
from tests.simulation.planted import PLANTS, Plant

pytestmark = pytest.mark.stack  # no servers, but too long for a check

SEEDS = 10_000
"""What five minutes give in CI."""
SECONDS = 300.0


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.what)
def test_the_simulation_finds(plant: Plant) -> None:
    seed, what = search(plant, SEEDS, SECONDS, plant.near)
    assert seed is not None, f"{plant.what} was not found"
    assert what
