"""A fund account with a past: opened, filled, then money set aside and paid, one grant after the other."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

from services.welfare.fund.fund_account import FundAccount
from services.welfare.service import service
from shared.events.welfare.fund import FundAccountOpened, FundAllocated, FundCaptured, FundReserved
from shared.kernel.aggregate import stream_of
from shared.kernel.cloudevents import encode
from shared.kernel.event import Event
from shared.kernel.ports import Commit
from tests.bench.scale.growing_town import GROUP, OFFICER

FILLED = 10**12
"""Fen."""


def fund_history(account_id: str, events: int, source: str) -> Iterator[Commit]:
    """Un-numbered, one event each."""
    for version, event in enumerate(_events(account_id, events), 1):
        commit_id, at = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        wire = encode(
            event,
            event_id=str(uuid.uuid4()),
            topic=service.topic,
            source=source,
            subject=account_id,
            at=at,
            sequence=version,
            commit_id=commit_id,
            org_path=f"/{GROUP}/",
            actor=OFFICER,
            correlation=commit_id,
            causation="",
            trace=None,
        )
        yield Commit(commit_id, stream_of(FundAccount, account_id), version, (wire,), at, OFFICER, commit_id)


def _events(account_id: str, events: int) -> Iterator[Event]:
    own = {"account_id": account_id, "org_id": GROUP}
    yield FundAccountOpened.model_validate({**own, "purpose": "aid", "source": "dues"})
    yield FundAllocated.model_validate({**own, "amount_fen": FILLED, "on": date(2024, 1, 5), "source_ref": "bank-1"})
    for number in range(events - 2):
        ref = str(uuid.UUID(int=number // 2))
        paid = {**own, "ref": ref, "amount_fen": 1_000}
        if number % 2:
            yield FundCaptured.model_validate({**paid, "was_reserved": True})
        else:
            yield FundReserved.model_validate(paid)
