"""Continuity: two integers per partition tell loss, duplication, reordering and forks from what comes next.

Every record carries its position and the position of the record before it in the same topic-partition. A foreign
consumer needs no more than this file.
"""

from enum import Enum


class Verdict(Enum):
    NEXT = "next"
    DUPLICATE = "duplicate"
    LOSS = "loss"
    """Records between the last one applied and this one are gone: do not apply, do not move, raise the alarm, read on
    until a record continues where this consumer stands (they are sent again by `gonghui relay republish`)."""
    FORK = "fork"
    """The log's history is not the one this consumer has applied: stop and raise the alarm."""
    FOREIGN = "foreign"
    """A log incarnation that nobody has accepted: stop and raise the alarm."""


def judge(last: int | None, last_source: str, position: int, previous: int, source: str) -> Verdict:
    """What a record is to a consumer that has applied everything up to `last` (None: first contact)."""
    if last_source and source != last_source:
        return Verdict.FOREIGN
    if last is None or previous == last:
        return Verdict.NEXT
    if position <= last:
        return Verdict.DUPLICATE
    return Verdict.LOSS if previous > last else Verdict.FORK
