from dataclasses import dataclass, field
from datetime import date

from services.welfare.voice.case import Case
from services.welfare.voice.case_about import CaseAbout
from shared.events.welfare.voice import (
    CaseAboutSomebody,
    CaseAnswered,
    CaseAssigned,
    CaseClosed,
    CaseOpened,
    CaseOverdue,
    CaseRated,
    CaseReopened,
    CaseTransferred,
)
from shared.kernel.event import Event
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role
from tests.story import ANN, SUBJECT, TODAY, Desk, FakeDirectory, member

DUE, LATE = date(2026, 12, 1), date(2026, 12, 2)
"""TODAY is a Tuesday: five working days later, and the one after."""
UNRATED = date(2026, 12, 2)
"""The day after five working days of an answer given TODAY."""

OPENED = CaseOpened(
    case_id=SUBJECT,
    org_id="G0101",
    category="meals",
    urgency="general",
    opened_on=TODAY,
    due_on=DUE,
    escalates_on=LATE,
    guarded=False,
    member_id=ANN,
)
UNKNOWN = OPENED.model_copy(update={"member_id": None})
GUARDED = OPENED.model_copy(update={"guarded": True})
ABOUT_CHAIR = CaseAboutSomebody(case_id=SUBJECT, org_id="G0101", about=("chair",))
ASSIGNED = CaseAssigned(case_id=SUBJECT, handler_org="G0101", handler_id="cadre", round=1, due_on=DUE, on=TODAY)
TRANSFERRED = CaseTransferred(
    case_id=SUBJECT, from_org="G0101", to_org="G01", round=1, opened_on=TODAY, due_on=DUE, on=TODAY
)
ANSWERED = CaseAnswered(
    case_id=SUBJECT,
    org_id="G0101",
    handler_id="cadre",
    outcome_code="explained",
    on_time=True,
    round=1,
    opened_on=TODAY,
    on=TODAY,
    unrated_from=UNRATED,
)
RATED_WELL = CaseRated(
    case_id=SUBJECT, org_id="G0101", member_id=ANN, stars=4, satisfied=True, round=1, opened_on=TODAY, on=TODAY
)
RATED_BADLY = RATED_WELL.model_copy(update={"stars": 1, "satisfied": False})
CLOSED = CaseClosed(
    case_id=SUBJECT, org_id="G0101", basis="satisfied", outcome_code="explained", opened_on=TODAY, on=TODAY
)
REOPENED = CaseReopened(
    case_id=SUBJECT,
    org_id="G0101",
    former_handler_id="cadre",
    opened_on=TODAY,
    due_on=DUE,
    escalates_on=LATE,
    on=TODAY,
)
OVERDUE = CaseOverdue(
    case_id=SUBJECT,
    org_id="G0101",
    level=1,
    to_org="G0101",
    days=1,
    due_on=DUE,
    opened_on=TODAY,
    on=LATE,
    escalates_on=date(2026, 12, 4),
)

SECOND = {"round": 2}
ASSIGNED_AGAIN = ASSIGNED.model_copy(update=SECOND | {"handler_id": "other-cadre"})
ANSWERED_AGAIN = ANSWERED.model_copy(update=SECOND | {"handler_id": "other-cadre"})
RATED_BADLY_AGAIN = RATED_BADLY.model_copy(update=SECOND)

TAKEN = (OPENED, ASSIGNED)
ONCE = (*TAKEN, ANSWERED)
TWICE = (*ONCE, RATED_BADLY, REOPENED, ASSIGNED_AGAIN, ANSWERED_AGAIN)
IN_REVIEW = (*TWICE, RATED_BADLY_AGAIN)


@dataclass
class Offices(FakeDirectory):
    """With who works for the union where."""

    offices: dict[str, OrgPath] = field(
        default_factory=lambda: {"cadre": "/G/G01/G0101/", "other-cadre": "/G/G01/", "far-cadre": "/G/G02/"}
    )

    def may(self, actor_id: str, role: Role, path: OrgPath, today: date) -> bool:
        return bool(role & Role.CADRE) and actor_id in self.offices and contains(self.offices[actor_id], path)


def desk(*, today: date = TODAY) -> Desk:
    return Desk(Offices({ANN: member("G0101")}), today=today)


async def knowing(*events: Event, about: bool = False, today: date = TODAY) -> Desk:
    """A desk with one case, which may be about the chair."""
    known = desk(today=today)
    await known.knows(Case, *events)
    if about:
        await known.knows(CaseAbout, ABOUT_CHAIR)
    return known
