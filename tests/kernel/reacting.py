"""The toy with reactions: whoever buys a ticket is given one at a till of gifts. Also as a process to be killed:

python -m tests.kernel.reacting '{"service": …, "owner": …}' says `open` before each commit and `done` after it.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from shared.kernel.ports import Clock, Commit, LogStore, Move, Write
from shared.kernel.reactor import Reactor
from shared.kernel.runner import KafkaConsumer, Runner
from shared.kernel.service import Service
from shared.kernel.work import Work
from tests.kernel.laboratory import Laboratory, Replica
from tests.kernel.projecting import Hook, saying
from tests.kernel.toy import TicketSold, Till, open_till, toy

GIFTS = 1_000_000


def gift(till: Till, event: TicketSold) -> Any:
    """A gift for each ticket; that it can be told twice is the point."""
    if not till.tickets:
        yield from open_till(till, GIFTS)
    yield TicketSold(till_id=till.id, buyer=f"{event.till_id}#{event.number}", number=till.sold + 1)


def gifts(name: str) -> Service:
    service = toy(name)

    @service.reaction
    async def give(event: TicketSold, work: Work) -> None:
        await work.change(Till, f"gifts-{event.buyer}", lambda till: gift(till, event))

    return service


async def given(replica: Replica, buyer: str = "ann") -> list[str]:
    """The tickets for which a buyer got a gift, in order."""
    commits = await replica.store.tail(f"Till:gifts-{buyer}", 0)
    bodies = [json.loads(wire.body) for commit in commits for wire in commit.events]
    return [body["buyer"] for body in bodies if "buyer" in body]


class HookedLog:
    """`LogStore` with something that happens before and after each append."""

    def __init__(self, inner: LogStore, *, before: Hook | None = None, after: Hook | None = None) -> None:
        self._inner = inner
        self.before, self.after = before, after
        self.appended = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, commits: Sequence[Commit], writes: Sequence[Write] = (), moves: Sequence[Move] = ()) -> None:
        if self.before is not None:
            await self.before()
        await self._inner.append(commits, writes, moves)
        self.appended += 1
        if self.after is not None:
            await self.after()


def react(
    replica: Replica,
    *,
    clock: Clock | None = None,
    group: str = "reactions",
    before: Hook | None = None,
    after: Hook | None = None,
    **more: Any,
) -> tuple[Runner, Reactor]:
    """Run the reactions of a replica's service, with a clock or hooks of one's own."""
    replica.commands.log.store = HookedLog(replica.store, before=before, after=after)
    reactor = Reactor(
        reactions=replica.service.reactions.values(),
        commands=replica.commands,
        clock=clock or replica.clock,
        runner="reactions",
        store=replica.view_store,
        consumer=KafkaConsumer(),
        owner=replica.owner,
        metrics=replica.metrics,
    )
    return replica.follow(reactor, group, **more), reactor


async def main(asked: dict[str, Any]) -> None:
    lab = Laboratory(asked["mongo"], asked["kafka"])
    replica = Replica(lab, 0, gifts(asked["service"]))
    replica.owner = replica.driver.process = asked["owner"]
    await replica.open()
    pause = asked["pause"]
    react(replica, group=asked["owner"], before=saying("open", pause), after=saying("done", pause))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
