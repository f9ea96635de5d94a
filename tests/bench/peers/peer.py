"""Who takes part: ours, and what a user would take instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Does = Literal["fold", "upsert"]


@dataclass(frozen=True)
class Peer:
    name: str
    what: str
    """One line of the table."""
    program: str
    """Of `tests.bench.peers.programs`."""
    home: Literal["own", "peers", "java"]
    """Runs in this project's environment, in that of `.venv-peers`, or on the JVM."""
    does: Does = "fold"
    """fold: counts and adds up the meals of a card. upsert: writes the event over the one before it."""
    batches: tuple[int, ...] = (0,)
    """Sizes among which its best is looked for; 0 is its own. Of Quix Streams 5,000 is better than its five seconds."""
    slow: bool = False
    """Gets fewer events, or it would take an hour."""
    packages: tuple[str, ...] = ()
    """Whose versions are told."""
    collection: str = "cards"
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folds(self) -> bool:
        return self.does == "fold"


SIZES = (1_000, 2_000, 5_000)
OURS = Peer(
    "ours",
    "ours: projector, exactly once",
    "ours",
    "own",
    packages=("faststream", "aiokafka", "motor"),
    collection="v1_card",
)
PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        OURS,
        Peer(
            "careless-confluent",
            "careless loop, confluent-kafka + PyMongo",
            "careless_confluent",
            "own",
            batches=SIZES,
            packages=("confluent-kafka", "pymongo"),
        ),
        Peer(
            "careless-aiokafka",
            "careless loop, aiokafka + Motor",
            "careless_aiokafka",
            "own",
            batches=SIZES,
            packages=("aiokafka", "motor"),
        ),
        Peer(
            "quix-fold",
            "Quix Streams, fold in its state + MongoDB sink",
            "with_quix",
            "peers",
            batches=(5_000,),
            packages=("quixstreams", "confluent-kafka"),
            options={"fold": True},
        ),
        Peer(
            "quix-sink",
            "Quix Streams, MongoDB sink",
            "with_quix",
            "peers",
            does="upsert",
            batches=(5_000,),
            packages=("quixstreams", "confluent-kafka"),
            options={"fold": False},
        ),
        Peer(
            "connect",
            "Kafka Connect + MongoDB sink",
            "connect",
            "java",
            does="upsert",
        ),
        Peer(
            "faust",
            "faust-streaming, `take(1000)`",
            "with_faust",
            "peers",
            batches=(1_000,),
            packages=("faust-streaming", "aiokafka", "pymongo"),
        ),
        Peer(
            "faststream",
            "FastStream, one handler, one update, ack each",
            "with_faststream",
            "own",
            slow=True,
            packages=("faststream", "aiokafka", "motor"),
        ),
    )
}
