"""Each part of the bench at a tiny size: that it works and adds up, never how fast it is."""

from pathlib import Path

import pytest

from tests.bench.figures import TABLE, Figure
from tests.bench.quickly import quickly


@pytest.mark.stack
async def test_every_part_works_and_every_figure_is_written(tmp_path: Path) -> None:
    found, told = await quickly("tests.bench", output=tmp_path / "bench.json", within=180)
    assert all(found[name] > 0 for name in TABLE), found
    assert found["crashed"] == {}
    assert all(f"{name} " in told for name in TABLE)


def test_a_bar_that_is_missed_says_by_how_much() -> None:
    assert Figure("projector_ratio", 1.8, 18.0, 10.0).missed_by == ""
    assert Figure("projector_ratio", 0.9, 9.0, 10.0).missed_by == "50%"
    assert Figure("rss_mib", 250.0, 250.0).missed_by == "25%"
