"""How a case stands:  GET /cases  ·  GET /cases/{case_id}

For whoever is complained about it does not exist (INV-W13). The actor `anonymous` reads a case whose worker is not
known, if it has its id: that is the receipt.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, assert_never

from services.welfare.service import service
from services.welfare.voice.case import CaseEvent
from services.welfare.voice.case_about import about_of, people_of
from shared.events.welfare.voice import (
    CaseAnswered,
    CaseAssigned,
    CaseClosed,
    CaseGuarded,
    CaseOpened,
    CaseOverdue,
    CaseRated,
    CaseReopened,
    CaseTransferred,
)
from shared.kernel.work import Work
from shared.values.ids import ActorId, Id, OrgId
from shared.values.paging import After, PageSize
from shared.values.roles import Role
from shared.values.voice import ANONYMOUS, CaseCategory, CaseClosing, CaseOutcome, CaseStatus, Urgency


@dataclass(frozen=True)
class CaseCard:
    id: str
    org_id: str
    member_id: str
    """`anonymous` if the person is not known."""
    category: CaseCategory
    urgency: Urgency
    guarded: bool
    opened_on: date
    due_on: date
    escalates_on: date | None
    status: CaseStatus = "opened"
    round: int = 1
    handler_id: str | None = None
    overdue_level: int = 0
    outcome_code: CaseOutcome | None = None
    on_time: bool | None = None
    answered_on: date | None = None
    unrated_from: date | None = None
    stars: int | None = None
    basis: CaseClosing | None = None
    closed_on: date | None = None
    source_ref: str | None = None


@service.view(
    CaseCard,
    key="case_id",
    by_subject=True,
    indexes=["org_id", "member_id", "handler_id", "escalates_on", "unrated_from"],
)
def case_card(card: CaseCard | None, event: CaseEvent) -> CaseCard:
    if isinstance(event, CaseOpened):
        return _opened(event)
    if card is None:
        raise ValueError(f"{type(event).__name__} of a case that was never opened")
    match event:
        case CaseGuarded():
            return _guarded(card, event)
        case CaseAssigned():
            return replace(card, status="assigned", handler_id=event.handler_id)
        case CaseTransferred():
            return replace(_waiting(card), org_id=event.to_org)
        case CaseAnswered():
            return _answered(card, event)
        case CaseRated():
            return replace(card, status="in_review", stars=event.stars, unrated_from=None)
        case CaseReopened():
            again = replace(card, status="reopened", round=2, handler_id=None, overdue_level=0)
            return replace(again, due_on=event.due_on, escalates_on=event.escalates_on)
        case CaseClosed():
            return replace(card, status="closed", basis=event.basis, closed_on=event.on, unrated_from=None)
        case CaseOverdue():
            return replace(card, overdue_level=event.level, escalates_on=event.escalates_on)
        case _:
            assert_never(event)


def _waiting(card: CaseCard) -> CaseCard:
    """For somebody to have it."""
    return replace(card, status="opened" if card.round == 1 else "reopened", handler_id=None)


def _guarded(card: CaseCard, event: CaseGuarded) -> CaseCard:
    return replace(_waiting(card) if event.taken_away else card, guarded=True)


def _opened(event: CaseOpened) -> CaseCard:
    return CaseCard(
        id=event.case_id,
        org_id=event.org_id,
        member_id=event.member_id or ANONYMOUS,
        category=event.category,
        urgency=event.urgency,
        guarded=event.guarded,
        opened_on=event.opened_on,
        due_on=event.due_on,
        escalates_on=event.escalates_on,
        source_ref=event.source_ref,
    )


def _answered(card: CaseCard, event: CaseAnswered) -> CaseCard:
    answered = replace(card, status="answered", outcome_code=event.outcome_code, on_time=event.on_time)
    return replace(answered, answered_on=event.on, unrated_from=event.unrated_from, escalates_on=None)


@service.get("/cases/{case_id}", role=Role.UNION | Role.SELF, org=CaseCard, sensitive=True)
async def get(case_id: Id, work: Work) -> CaseCard | None:
    card = await work.view(CaseCard, case_id)
    if card is not None and card.guarded:
        await about_of(case_id, work)
    return card


@service.get("/cases", role=Role.UNION, org=CaseCard, sensitive=True)
async def get_all(
    work: Work,
    org_id: OrgId | None = None,
    status: CaseStatus | None = None,
    handler_id: ActorId | None = None,
    limit: PageSize = 100,
    after: After | None = None,
) -> list[CaseCard]:
    asked = {"org_id": org_id, "status": status, "handler_id": handler_id}
    where = {name: value for name, value in asked.items() if value}
    cards: list[CaseCard] = []
    async for card in _seen(work, where, limit, after):
        cards.append(card)
        if len(cards) == limit:
            break
    return cards


async def _seen(work: Work, where: Mapping[str, Any], limit: int, after: str | None) -> AsyncIterator[CaseCard]:
    """Page after page, for one that is short because of what is hidden would look like the last."""
    while page := await work.find(CaseCard, where, limit=limit, after=after):
        for card in page:
            if not (card.guarded and work.actor.id in (await people_of(card.id, work)).people):
                yield card
        after = page[-1].id
