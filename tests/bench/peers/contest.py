"""All who take part, in turns: each its timed runs, then one in which it is killed at half."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from rich.markup import escape

from tests.bench.bench import Bench
from tests.bench.measured import rate, told
from tests.bench.peers.account import Account
from tests.bench.peers.charged import Meals
from tests.bench.peers.peer import Peer
from tests.bench.peers.race import Race
from tests.bench.prefill import databases, fill_topic, new_topic


@dataclass(frozen=True)
class Sizes:
    events: int = 300_000
    cards: int = 20_000
    """Keys among which they are spread."""
    slow_events: int = 1_500
    """For a peer that handles them one by one, of as many fewer cards."""
    repeat: int = 3
    """Timed runs of each; the median counts."""

    def quick(self) -> Self:
        """Enough to see that everything works, and no figure worth a look."""
        return replace(self, events=20_000, cards=2_000, slow_events=200, repeat=1)

    @property
    def slow(self) -> Self:
        return replace(self, events=self.slow_events, cards=max(1, self.cards * self.slow_events // self.events))


@dataclass
class Standing:
    """What one peer has shown so far."""

    peer: Peer
    events: int
    runs: list[Mapping[str, Any]] = field(default_factory=list)
    account: Account | None = None
    failed: str = ""
    """Why it shows no more."""

    @property
    def batch(self) -> int:
        """The best of its sizes, once each has been tried."""
        return int(max(self.runs, key=rate)["batch"]) if self.runs else self.peer.batches[0]

    @property
    def counted(self) -> list[Mapping[str, Any]]:
        return sorted((run for run in self.runs if run["batch"] == self.batch), key=rate)

    @property
    def median(self) -> Mapping[str, Any]:
        return self.counted[len(self.counted) // 2]


class Contest:
    def __init__(self, bench: Bench, sizes: Sizes, peers: Sequence[Peer]) -> None:
        self._bench, self._sizes = bench, sizes
        self.standings = {peer.name: Standing(peer, sizes.slow_events if peer.slow else sizes.events) for peer in peers}
        self._meals: dict[bool, tuple[Meals, str]] = {}
        """Of slow ones and of others, with their topics."""
        self._races = 0

    async def run(self) -> None:
        for slow in sorted({standing.peer.slow for standing in self.standings.values()}):
            self._meals[slow] = await self._filled(self._sizes.slow if slow else self._sizes)
        with databases(self._bench.stack.mongo_url) as prefix:
            for turn in range(self._sizes.repeat):
                for standing in self.standings.values():
                    sizes = standing.peer.batches if turn == 0 else (standing.batch,)
                    for batch in sizes:
                        await self._attempt(standing, prefix, batch, f"{turn + 1}/{self._sizes.repeat}")
            for standing in self.standings.values():
                await self._attempt(standing, prefix, standing.batch, "kill")

    async def _filled(self, sizes: Sizes) -> tuple[Meals, str]:
        self._bench.say(f"filling a topic with {sizes.events:,} events of {sizes.cards:,} cards")
        meals = Meals(sizes.events, sizes.cards)
        topic = await new_topic(self._bench.stack.kafka_bootstrap)
        await fill_topic(self._bench.stack.kafka_bootstrap, meals.commits(topic))
        return meals, topic

    async def _attempt(self, standing: Standing, prefix: str, batch: int, which: str) -> None:
        """One run; a peer that fails is out, the others go on."""
        if standing.failed:
            return
        peer, self._races = standing.peer, self._races + 1
        name = f"{peer.name}, batches of {batch:,}" if batch else peer.name
        try:
            meals, topic = self._meals[peer.slow]
            race = Race(self._bench, peer, meals, topic, f"{prefix}_{self._races}")
            try:
                if which == "kill":
                    standing.account = await race.killed(batch)
                    self._bench.say(f"  {name}, killed and started again: {_told(standing.account)}")
                else:
                    standing.runs.append(await race.timed(batch))
                    self._bench.say(f"  {which} {name}: {told(standing.runs[-1])}")
            finally:
                race.close()
        except Exception as error:
            standing.failed = f"{type(error).__name__}: {error}".partition("\n")[0]
            self._bench.say(f"  [red]{name} is out[/]")
            self._bench.say(escape(traceback.format_exc()))


def _told(account: Account) -> str:
    twice = "" if account.twice is None else f"{account.twice:,} twice, "
    return (
        f"{account.lost:,} lost, {twice}{account.rewritten:,} written again, {account.back:,} back in time "
        f"(killed at {account.killed_at:,})"
    )
