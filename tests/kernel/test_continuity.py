"""Two integers a partition: whatever happens to a topic on its way, nothing is applied twice, late or over a gap."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.continuity import Verdict, judge

HERE, ELSEWHERE = "/gonghui/toy/1", "/gonghui/toy/2"


@pytest.mark.parametrize(
    ("last", "position", "previous", "verdict"),
    [
        (None, 7, 5, Verdict.NEXT),  # first contact with a topic whose beginning is gone
        (0, 3, 0, Verdict.NEXT),
        (5, 7, 5, Verdict.NEXT),
        (5, 5, 3, Verdict.DUPLICATE),
        (5, 2, 1, Verdict.DUPLICATE),
        (5, 9, 7, Verdict.LOSS),
        (0, 3, 1, Verdict.LOSS),
        (5, 7, 4, Verdict.FORK),
        (5, 6, 0, Verdict.FORK),
    ],
)
def test_a_record_is_judged_by_its_position_and_the_one_before(
    last: int | None, position: int, previous: int, verdict: Verdict
) -> None:
    assert judge(last, HERE, position, previous, HERE) is verdict


def test_another_incarnation_of_the_log_is_accepted_by_nobody() -> None:
    assert judge(5, HERE, 6, 5, ELSEWHERE) is Verdict.FOREIGN
    assert judge(5, HERE, 3, 2, ELSEWHERE) is Verdict.FOREIGN
    assert judge(None, "", 6, 5, ELSEWHERE) is Verdict.NEXT, "who has applied nothing yet takes what there is"


@dataclass(frozen=True)
class Sent:
    position: int
    previous: int


@st.composite
def partitions(draw: st.DrawFn) -> list[Sent]:
    """The records of one partition: positions go up, with gaps where other partitions have theirs."""
    positions = sorted(draw(st.sets(st.integers(1, 200), min_size=1, max_size=30)))
    return [Sent(position, previous) for position, previous in zip(positions, [0, *positions], strict=False)]


def applied(arriving: list[Sent]) -> tuple[list[int], set[Verdict]]:
    last, done, verdicts = 0, [], set()
    for record in arriving:
        verdict = judge(last, HERE, record.position, record.previous, HERE)
        verdicts.add(verdict)
        if verdict is Verdict.NEXT:
            last = record.position
            done.append(last)
    return done, verdicts


@given(partitions(), st.data())
def test_repetitions_are_dropped_and_nothing_else(records: list[Sent], data: st.DataObject) -> None:
    arriving: list[Sent] = []
    for end in range(1, len(records) + 1):
        begin = data.draw(st.integers(0, end - 1))
        arriving += records[begin:end]  # a relay that began again from what it knew to be published
    done, verdicts = applied(records[:1] + arriving)
    assert done == [record.position for record in records]
    assert verdicts <= {Verdict.NEXT, Verdict.DUPLICATE}


@given(partitions(), st.data())
def test_whatever_comes_only_the_true_order_is_applied(records: list[Sent], data: st.DataObject) -> None:
    arriving = data.draw(st.lists(st.sampled_from(records), max_size=60))
    done, _ = applied(arriving)
    assert done == [record.position for record in records[: len(done)]]


@given(partitions(), st.data())
def test_what_is_missing_is_a_loss_until_it_is_sent_again(records: list[Sent], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(records) - 1))
    left = records[:gone] + records[gone + 1 :]
    done, verdicts = applied(left)
    assert done == [record.position for record in records[:gone]]
    assert (Verdict.LOSS in verdicts) == (gone < len(records) - 1)
    done, verdicts = applied(left + records)
    assert done == [record.position for record in records], "sent again from the beginning, all of it is there"
    assert Verdict.FORK not in verdicts


@given(partitions(), st.data())
def test_a_history_that_was_replaced_is_a_fork_where_it_goes_on(records: list[Sent], data: st.DataObject) -> None:
    """A log restored from a backup numbers on from an older position."""
    kept = data.draw(st.integers(0, len(records) - 1))
    older = records[kept - 1].position if kept else 0
    beyond = Sent(records[-1].position + data.draw(st.integers(1, 9)), older)
    _, verdicts = applied([*records, beyond])
    assert Verdict.FORK in verdicts
