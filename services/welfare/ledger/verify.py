"""Whether the ledgers are what was written: against themselves, against the topic, and against the anchored seals.

Whoever can write to the database can compute a chain anew. What cannot be made anew is the copy in Kafka and the
signature of a head: so a change, a removal, a reorder and a cut tail are found, and the entry is named (INV-W9).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.welfare.ledger.chain import Entry, Head, Link, linked
from services.welfare.ledger.ledger_chain import sealed_content
from shared.events.welfare.ledger import LedgerSealed

What = Literal[
    "changed",
    "removed",
    "added",
    "reordered",
    "tail_cut",
    "chain_broken",
    "head_differs",
    "seal_differs",
    "seal_forged",
]


@dataclass(frozen=True)
class Finding:
    org_id: str
    what: What
    seq: int
    """The entry, counted from 1; of what was removed: where it had stood."""
    position: int = 0
    """In the log of welfare; 0 where that is not known."""
    event_id: str = ""


@dataclass
class Told:
    """What there is to compare, of one organisation."""

    documents: Sequence[Mapping[str, Any]] = ()
    """Entries as the database has them, in the order of their places."""
    head: Head | None = None
    topic: Sequence[Entry] = ()
    """Entries as the topic has them, in the order of their positions, as far as the ledger claims to be written."""
    seals: Sequence[LedgerSealed] = ()
    """As they are anchored, oldest first."""


@dataclass(frozen=True)
class Verified:
    findings: tuple[Finding, ...] = ()
    entries: int = 0
    sealed: int = 0
    """Of them, those under a seal."""


Check = Callable[[str, bytes, str], bool]
"""Whether the key of that id signed this content so."""


def verify(org_id: str, told: Told, check: Check) -> Verified:
    links = _Links(org_id)
    for place, document in enumerate(told.documents, start=1):
        links.read(place, document)
    findings = [
        *links.findings,
        *_against_topic(links.links, told.topic),
        *_against_head(org_id, links, told.head),
        *_against_seals(org_id, links, told.seals, check),
    ]
    sealed = max((seal.to_seq for seal in told.seals), default=0)
    return Verified(tuple(_first_of_each(findings)), len(told.documents), min(sealed, len(told.documents)))


@dataclass
class _Links:
    """The chain as it stands, computed anew from its beginning."""

    org_id: str
    links: list[Link] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)
    """What the hash of each entry must be, by its place."""
    findings: list[Finding] = field(default_factory=list)
    _head: Head | None = None

    def read(self, place: int, document: Mapping[str, Any]) -> None:
        try:
            link = Link.read(document)
        except (KeyError, TypeError):
            self.findings.append(Finding(self.org_id, "changed", place))
            return
        head = self.last
        _, computed = linked(head, link.entry)
        self.hashes[link.seq] = computed.hash
        if link.seq != head.seq + 1:
            self.findings.append(Finding(self.org_id, "removed", head.seq + 1))
        elif computed.hash != link.hash:
            self.findings.append(_of("chain_broken", link.entry, link.seq))
        self._head = Head(self.org_id, link.seq, link.entry.position, link.hash)
        self.links.append(link)

    @property
    def last(self) -> Head:
        return self._head or Head.begin(self.org_id)


def _against_topic(links: Sequence[Link], topic: Sequence[Entry]) -> Iterator[Finding]:
    """What the database holds must be the topic's, in the same order."""
    known = {entry.event_id: (place, entry) for place, entry in enumerate(topic, start=1)}
    here, last = set[str](), 0
    for link in links:
        place, entry = known.get(link.entry.event_id, (0, None))
        if entry is None or entry.event_id in here:
            yield _of("added", link.entry, link.seq)
            continue
        here.add(entry.event_id)
        if entry != link.entry:
            yield _of("changed", entry, link.seq)
        elif place < last:
            yield _of("reordered", entry, link.seq)
        last = max(last, place)
    for place, entry in known.values():
        if entry.event_id not in here:
            yield _of("removed" if place < last else "tail_cut", entry, place)


def _against_head(org_id: str, links: _Links, head: Head | None) -> Iterator[Finding]:
    last = links.last
    stands = head or Head.begin(org_id)
    if stands.seq > last.seq:
        yield Finding(org_id, "tail_cut", last.seq + 1)
    elif stands != last:
        yield Finding(org_id, "head_differs", last.seq, last.position)


def _against_seals(org_id: str, links: _Links, seals: Sequence[LedgerSealed], check: Check) -> Iterator[Finding]:
    expected = 1
    for seal in seals:
        head = Head(org_id, seal.to_seq, seal.to_position, seal.head_hash)
        content = sealed_content(head, seal.from_seq, seal.on)
        if not check(seal.key_id, content, seal.signature) or seal.from_seq != expected:
            yield Finding(org_id, "seal_forged", seal.to_seq, seal.to_position)
        elif seal.to_seq > links.last.seq:
            yield Finding(org_id, "tail_cut", links.last.seq + 1)
        elif links.hashes.get(seal.to_seq) != seal.head_hash:
            yield Finding(org_id, "seal_differs", seal.to_seq, seal.to_position)
        expected = seal.to_seq + 1


PRECISE: tuple[What, ...] = ("changed", "removed", "added", "reordered", "tail_cut")
"""What says more than that a hash is another one."""


def _first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    """One finding an entry, the most telling one, in the order of the entries."""
    by_place: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_place[finding.seq].append(finding)
    return [min(found, key=_plainness) for _, found in sorted(by_place.items())]


def _plainness(finding: Finding) -> tuple[bool, bool]:
    return finding.what not in PRECISE, not finding.event_id


def _of(what: What, entry: Entry, seq: int) -> Finding:
    return Finding(entry.org_id, what, seq, entry.position, entry.event_id)
