"""A fund account 资金账户: credits, what is set aside for whom, what has left. Never below zero (INV-W1).

Every movement is keyed by what it is for: the same reservation, capture, release or return twice is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self, assert_never

from shared.events.welfare.fund import (
    FundAccountOpened,
    FundAllocated,
    FundCaptured,
    FundCorrected,
    FundCorrectionProposed,
    FundCorrectionRejected,
    FundReleased,
    FundReserved,
    FundReturned,
)
from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.frozen_map import EMPTY, FrozenMap


class NoSuchAccount(Conflict):
    """There is no such fund account; open it first, or check its number.
    该资金账户不存在，请先开立账户或核对账户编号。"""


class MoneyShort(Conflict):
    """The account has {available} fen left, and {wanted} are wanted; ask for less, or have it topped up.
    账户可用余额为 {available} 分，需要 {wanted} 分，请减少金额或先拨入资金。"""


class OtherAmount(Conflict):
    """Under this reference stands an amount of {amount} fen already; use another reference for another amount.
    该凭据已登记金额 {amount} 分，金额不同请使用其他凭据。"""


class NotSetAside(Conflict):
    """No money was set aside for this; have it granted first.
    该事项没有占用额度，请先办理批准。"""


class GivenBack(Conflict):
    """The money for this was given back already; make a new request.
    该事项的资金已释放或退回，请重新申请。"""


class Entry(NamedTuple):
    state: Literal["reserved", "captured", "released", "returned"]
    amount: int
    taken: int = 0
    """Of what was set aside: what has been captured in parts, each part an entry of its own."""

    @property
    def left(self) -> int:
        return self.amount - self.taken


@dataclass(frozen=True)
class FundAccount(Aggregate):
    status: Literal["new", "open"] = "new"
    credits: int = 0
    reserved: int = 0
    captured: int = 0
    allocations: FrozenMap[str, int] = EMPTY
    """Amount by reference of the document that it came with."""
    entries: FrozenMap[str, Entry] = EMPTY
    """What became of the money for each purpose: an aid request, an activity, a competition and each of its prizes."""
    corrections: FrozenMap[str, FundCorrectionProposed | FundCorrected | FundCorrectionRejected] = EMPTY
    """How each correction stands."""

    @property
    def available(self) -> int:
        return self.credits - self.reserved - self.captured

    def evolve(
        self,
        event: FundAccountOpened
        | FundAllocated
        | FundReserved
        | FundCaptured
        | FundReleased
        | FundReturned
        | FundCorrectionProposed
        | FundCorrected
        | FundCorrectionRejected,
    ) -> Self:
        match event:
            case FundAccountOpened():
                return replace(self, status="open", org_id=event.org_id)
            case FundAllocated():
                allocations = self.allocations.having(event.source_ref, event.amount_fen)
                return replace(self, credits=self.credits + event.amount_fen, allocations=allocations)
            case FundReserved():
                return self._having(event.ref, Entry("reserved", event.amount_fen), reserved=event.amount_fen)
            case FundCaptured():
                return self._captured(event)
            case FundReleased():
                released = self.entries[event.ref]._replace(state="released")
                return self._having(event.ref, released, reserved=-event.amount_fen)
            case FundReturned():
                returned = self.entries[event.ref]._replace(state="returned")
                return self._having(event.ref, returned, captured=-event.amount_fen)
            case FundCorrectionProposed() | FundCorrectionRejected():
                return replace(self, corrections=self.corrections.having(event.correction_id, event))
            case FundCorrected():
                more = event.amount_fen if event.sense == "more" else -event.amount_fen
                corrections = self.corrections.having(event.correction_id, event)
                return replace(self, credits=self.credits + more, corrections=corrections)
            case _:
                assert_never(event)

    def _having(self, ref: str, entry: Entry, *, reserved: int = 0, captured: int = 0) -> Self:
        entries = self.entries.having(ref, entry)
        return replace(self, reserved=self.reserved + reserved, captured=self.captured + captured, entries=entries)

    def _captured(self, event: FundCaptured) -> Self:
        amount = event.amount_fen
        reserved = -amount if event.was_reserved else 0
        after = self._having(event.ref, Entry("captured", amount), reserved=reserved, captured=amount)
        if event.reservation is None:
            return after
        whole = self.entries[event.reservation]
        return after._having(event.reservation, whole._replace(taken=whole.taken + amount))

    def must_have(self, amount_fen: int) -> None:
        if self.status != "open":
            raise NoSuchAccount()
        if amount_fen > self.available:
            raise MoneyShort(available=self.available, wanted=amount_fen)


def reserve(fund: FundAccount, ref: str, amount_fen: int) -> Iterator[FundReserved]:
    """Set money aside, so that nobody else can have it."""
    if not _stands(fund, ref, amount_fen):
        fund.must_have(amount_fen)
        yield FundReserved(account_id=fund.id, org_id=fund.org_id, ref=ref, amount_fen=amount_fen)


def spend(fund: FundAccount, ref: str, amount_fen: int) -> Iterator[FundCaptured]:
    """Take money that was not set aside before."""
    if not _stands(fund, ref, amount_fen):
        fund.must_have(amount_fen)
        yield FundCaptured(account_id=fund.id, org_id=fund.org_id, ref=ref, amount_fen=amount_fen, was_reserved=False)


def capture(fund: FundAccount, ref: str) -> Iterator[FundCaptured]:
    """What was set aside has been paid."""
    entry = _set_aside(fund, ref)
    if entry.state == "reserved":
        yield FundCaptured(account_id=fund.id, org_id=fund.org_id, ref=ref, amount_fen=entry.left, was_reserved=True)


def capture_part(fund: FundAccount, ref: str, reservation: str, amount_fen: int) -> Iterator[FundCaptured]:
    """A part of what was set aside for `reservation` has been paid, for a purpose of its own."""
    if _stands(fund, ref, amount_fen):
        return
    whole = _set_aside(fund, reservation)
    if whole.state != "reserved":
        raise NotSetAside()
    if amount_fen > whole.left:
        raise MoneyShort(available=whole.left, wanted=amount_fen)
    yield FundCaptured(
        account_id=fund.id,
        org_id=fund.org_id,
        ref=ref,
        amount_fen=amount_fen,
        was_reserved=True,
        reservation=reservation,
    )


def _set_aside(fund: FundAccount, ref: str) -> Entry:
    """What is or was set aside, unless it was given back."""
    entry = fund.entries.get(ref)
    if entry is None:
        raise NotSetAside()
    if entry.state in ("released", "returned"):
        raise GivenBack()
    return entry


def give_back(fund: FundAccount, ref: str) -> Iterator[FundReleased | FundReturned]:
    """What is left of what was set aside is free again; what had been paid has come back."""
    entry = fund.entries.get(ref)
    if entry is None:
        raise NotSetAside()
    match entry.state:
        case "reserved" if entry.left == 0:
            return
        case "reserved":
            yield FundReleased(account_id=fund.id, org_id=fund.org_id, ref=ref, amount_fen=entry.left)
        case "captured":
            yield FundReturned(account_id=fund.id, org_id=fund.org_id, ref=ref, amount_fen=entry.amount)
        case "released" | "returned":
            return
        case _:
            assert_never(entry.state)


def _stands(fund: FundAccount, ref: str, amount_fen: int) -> bool:
    """Whether this very amount was set aside or taken for this purpose already."""
    entry = fund.entries.get(ref)
    if entry is None:
        return False
    if entry.amount != amount_fen:
        raise OtherAmount(amount=entry.amount)
    if entry.state in ("released", "returned"):
        raise GivenBack()
    return True
