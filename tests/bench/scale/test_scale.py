"""Growth at a tiny size: that every part works and adds up, never how far it goes."""

from itertools import groupby
from pathlib import Path

import pytest

from shared.kernel.topics import PARTITIONS
from tests.bench.quickly import quickly
from tests.bench.scale.figures import TABLE
from tests.bench.scale.growing_town import EVENTS_A_MEMBER, Growing, Town
from tests.bench.scale.rebuild import exponent

TOWN = Town(subsidiaries=3, large=40, large_unions=4)


@pytest.mark.stack
async def test_every_part_works_and_every_figure_is_written(tmp_path: Path) -> None:
    found, _ = await quickly("tests.bench.scale", output=tmp_path / "bench-scale.json", within=220)
    assert found["crashed"] == {}
    assert found.keys() >= TABLE.keys(), found
    assert all(found[name] > 0 for name in TABLE if not name.endswith("_exponent")), found


def test_two_who_share_the_work_make_the_town_that_one_makes() -> None:
    last, even, odd = TOWN.founding + 60 * EVENTS_A_MEMBER, range(0, PARTITIONS, 2), range(1, PARTITIONS, 2)
    one, *both = (Growing(TOWN, "topic", "source") for _ in range(3))
    whole = list(one.commits(1, last, range(PARTITIONS)))
    shares = [list(growing.commits(1, last, even if growing is both[0] else odd)) for growing in both]
    told = [
        sorted((c.first_position, c.previous, c.stream, c.version, c.events[0].body) for c in commits)
        for commits in (whole, [commit for share in shares for commit in share])
    ]
    assert told[0] == told[1]
    assert one.tails == both[0].tails == both[1].tails
    assert [position for position, *_ in told[0]] == list(range(1, last + 1))


def test_streams_are_gapless_and_whatever_is_passed_by_counts_too() -> None:
    last = TOWN.founding + 200 * EVENTS_A_MEMBER
    commits = list(Growing(TOWN, "topic", "source").commits(1, last, range(PARTITIONS)))
    by_stream = groupby(sorted(commits, key=lambda c: (c.stream, c.version)), lambda c: c.stream)
    assert all(
        [c.version for c in run] == list(range(1, 1 + len(run))) for _, found in by_stream for run in [list(found)]
    )
    assert (
        len([c for c in commits if c.events[0].headers["ce_type"].endswith("MemberJoined")])
        == TOWN.members(last)
        == 200
    )
    later = list(Growing(TOWN, "topic", "source").commits(last - 50, last, range(PARTITIONS)))
    assert [(c.first_position, c.previous, c.version) for c in later] == [
        (c.first_position, c.previous, c.version) for c in commits[-51:]
    ]


def test_an_exponent_says_how_time_grows() -> None:
    assert exponent([{"events": n, "seconds": n * 2.0} for n in (10, 100, 1_000)]) == pytest.approx(1)
    assert exponent([{"events": n, "seconds": n**2.0} for n in (10, 100, 1_000)]) == pytest.approx(2)
