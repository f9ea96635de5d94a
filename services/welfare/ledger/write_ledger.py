"""Write the ledgers from the log of welfare, in the order of its positions, without a gap and without a repetition.

One process writes at a time, under a lease; entries, heads and the checkpoint are one transaction, and the checkpoint
is moved by compare-and-set: a writer that was thought dead and wakes up writes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from services.welfare.ledger.chain import Entry, Head, Link, extended
from shared.kernel.ports import Checkpoint, Commit, Move, RelayStore, ViewStore

ENTRIES, HEADS = "ledger_entries", "ledger_heads"
"""Collections of the ledger; nothing else writes to them."""
CHECKPOINT = "ledger:positions"
BATCH = 500
"""Commits of one transaction."""


class LedgerWriter:
    def __init__(self, relay: RelayStore, store: ViewStore, owner: str) -> None:
        self._relay, self._store, self._owner = relay, store, owner
        self._checkpoint: Checkpoint | None = None

    async def prepare(self) -> None:
        await self._store.ensure_view(ENTRIES, ["org_id"])
        await self._store.ensure_view(HEADS, ())

    def forget(self) -> None:
        """After any fault: what is true is in the database."""
        self._checkpoint = None

    async def write(self) -> bool:
        """One batch; whether anything was written. Only what the broker has is taken, so the ledger never knows more
        than the topic. Raises StoreFault; then `forget` and begin again."""
        here = self._checkpoint or (await self._store.claim([CHECKPOINT], self._owner))[CHECKPOINT]
        self._checkpoint = here
        published = (await self._relay.sequence()).published
        if published <= here.next_offset:
            return False
        commits = following(await self._relay.numbered(here.next_offset, BATCH), here.next_offset, published)
        if not commits:
            return False
        last = _last_position(commits[-1])
        move = Move(CHECKPOINT, here.epoch, here.next_offset, last, last, here.last_source)
        await self._append(entries_of(commits), move)
        self._checkpoint = Checkpoint(CHECKPOINT, last, last, here.last_source, here.epoch)
        return True

    async def _append(self, entries: Iterable[Entry], move: Move) -> None:
        by_org: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_org[entry.org_id].append(entry)
        async with self._store.transaction() as transaction:
            if by_org:
                found = await transaction.load(HEADS, sorted(by_org))
                heads, links = list[Head](), list[Link]()
                for org_id, new in by_org.items():
                    before = Head.read(found[org_id]) if org_id in found else Head.begin(org_id)
                    head, more = extended(before, new)
                    heads.append(head)
                    links += more
                await transaction.save(ENTRIES, [link.document() for link in links])
                await transaction.save(HEADS, [head.document() for head in heads])
            await transaction.move([move])


def following(commits: Sequence[Commit], after: int, published: int) -> list[Commit]:
    """Those that come next without a gap and are published whole. Stamps of a batch become visible in any order."""
    taken: list[Commit] = []
    for commit in commits:
        if commit.first_position != after + 1 or _last_position(commit) > published:
            break
        taken.append(commit)
        after = _last_position(commit)
    return taken


def entries_of(commits: Iterable[Commit]) -> Iterator[Entry]:
    for commit in commits:
        for number, wire in enumerate(commit.events):
            entry = Entry.of(wire.headers, (commit.first_position or 0) + number, wire.body)
            if entry is not None:
                yield entry


def _last_position(commit: Commit) -> int:
    return (commit.first_position or 0) + len(commit.events) - 1
