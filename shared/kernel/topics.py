"""Every topic of the group, in one table. A stream never spans two, and the partition count of one never changes."""

from collections.abc import Iterable
from dataclasses import dataclass

PARTITIONS = 6
"""Of a topic of the embedded stack; production sets GONGHUI_PARTITIONS (24) before the topics are made."""

RETAINED = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    # An event is at most 256 KiB (the log refuses more); headers and batch overhead come on top.
    "max.message.bytes": str(1024 * 1024),
    # Records carry the time of the commit, and a producer's clock may be wrong by minutes.
    "message.timestamp.after.max.ms": str(24 * 60 * 60 * 1000),
}
"""Configuration of every topic: kept for ever, since positions and rebuilds count on the beginning being there."""


@dataclass(frozen=True)
class Topic:
    name: str
    owner: str
    """The service that alone writes to it."""
    meaning: str
    confidential: bool = False
    """Under an access list of its own."""
    single: bool = False
    """One partition whatever the setting: its records are in one order."""


TOPICS = (
    Topic("gonghui.members", "members", "Organisations, memberships, transfers, roles, erasures."),
    Topic("gonghui.activities", "activities", "Activities, enrolments, competitions, honours, studios, ideas."),
    Topic("gonghui.activities.sealed", "activities", "Score sheets of the judges, by round.", confidential=True),
    Topic("gonghui.welfare", "welfare", "Fund accounts, policies, hardship files, aid, condolences, voice."),
    Topic("gonghui.welfare.confidential", "welfare", "Mediation and anonymous intake.", confidential=True),
    Topic("gonghui.audit", "welfare", "Signed daily heads of the money ledgers.", single=True),
)

_SINGLE = frozenset(topic.name for topic in TOPICS if topic.single)


def partition_count(topic: str, setting: int = PARTITIONS) -> int:
    """Partitions of a topic where the others have `setting`."""
    return 1 if topic in _SINGLE else setting


def partitions_of(topics: Iterable[str], setting: int = PARTITIONS) -> list[tuple[str, int]]:
    """Every partition of these topics."""
    return [(topic, number) for topic in topics for number in range(partition_count(topic, setting))]
