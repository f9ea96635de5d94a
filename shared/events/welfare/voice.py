"""Voice cases 诉求: taken, assigned, transferred, answered, rated, reopened once, closed. Never what was said.

Who is complained about stands on the confidential topic alone, so that no reader of the others learns it (INV-W13).
"""

from datetime import date
from typing import ClassVar

from pydantic import PositiveInt

from shared.kernel.event import DataClass, Event
from shared.values.ids import ActorId, Id, MemberId, OrgId, Reference
from shared.values.voice import (
    About,
    CaseCategory,
    CaseClosing,
    CaseOutcome,
    CaseTerm,
    OverdueLevel,
    Round,
    Stars,
    Urgency,
    Workdays,
)


class CaseOpened(Event):
    """A worker's concern was taken on, to be answered by a day.
    诉求受理：受理了职工的诉求，并确定答复期限。"""

    data_class: ClassVar[DataClass] = "C2"

    case_id: Id
    org_id: OrgId
    category: CaseCategory
    urgency: Urgency
    opened_on: date
    due_on: date
    escalates_on: date
    """The first working day after `due_on`."""
    guarded: bool
    """Somebody is complained about, and must neither handle nor see the case."""
    member_id: MemberId | None = None
    """Whose concern it is; None: the person is not known."""
    source_ref: Reference | None = None
    """Its number in the system that it ran in before."""


class CaseAboutSomebody(Event):
    """The people that a case complains about, who neither handle nor see it.
    被反映人登记：登记诉求涉及的被反映人，其不得经办或查看该诉求。"""

    data_class: ClassVar[DataClass] = "C2"
    topic: ClassVar[str] = "gonghui.welfare.confidential"

    case_id: Id
    org_id: OrgId
    about: About


class CaseGuarded(Event):
    """It showed later that a case complains about somebody; if that was the one who had it, it is to be assigned anew.
    诉求回避：办理中发现诉求涉及被反映人；如其为经办人，须另行分派。"""

    case_id: Id
    org_id: OrgId
    taken_away: bool
    """From its handler."""
    on: date


class CaseAssigned(Event):
    """A case was given to somebody to handle.
    诉求分派：诉求已分派给经办人。"""

    data_class: ClassVar[DataClass] = "C2"

    case_id: Id
    handler_org: OrgId
    handler_id: ActorId
    round: Round
    due_on: date
    on: date


class CaseTransferred(Event):
    """A case was handed on to another organisation; its time runs on.
    诉求转办：诉求转由其他工会组织办理，期限不变。"""

    case_id: Id
    from_org: OrgId
    to_org: OrgId
    round: Round
    opened_on: date
    due_on: date
    on: date


class CaseAnswered(Event):
    """A case was answered to the worker.
    诉求答复：已向职工答复。"""

    data_class: ClassVar[DataClass] = "C2"

    case_id: Id
    org_id: OrgId
    handler_id: ActorId
    outcome_code: CaseOutcome
    on_time: bool
    round: Round
    opened_on: date
    on: date
    unrated_from: date
    """The day from which it is closed if it has not been rated."""


class CaseRated(Event):
    """The worker rated the answer to a case.
    诉求评价：职工对答复作出评价。"""

    data_class: ClassVar[DataClass] = "C2"

    case_id: Id
    org_id: OrgId
    member_id: MemberId
    stars: Stars
    satisfied: bool
    round: Round
    opened_on: date
    on: date


class CaseReopened(Event):
    """An answer did not satisfy, so the case is handled once more, by somebody else.
    诉求重办：职工不满意，诉求另行安排他人重办一次。"""

    data_class: ClassVar[DataClass] = "C2"

    case_id: Id
    org_id: OrgId
    former_handler_id: ActorId
    opened_on: date
    due_on: date
    escalates_on: date
    on: date


class CaseClosed(Event):
    """A case that had been answered was closed.
    诉求办结：已答复的诉求办结。"""

    case_id: Id
    org_id: OrgId
    basis: CaseClosing
    outcome_code: CaseOutcome
    opened_on: date
    on: date


class CaseOverdue(Event):
    """A case was not answered by its day, and the next level up is told.
    诉求超期：诉求逾期未答复，逐级提醒上级工会。"""

    case_id: Id
    org_id: OrgId
    level: OverdueLevel
    to_org: OrgId
    """Who is told: its own organisation, the one above, the group."""
    days: PositiveInt
    """Working days since it was due."""
    due_on: date
    opened_on: date
    on: date
    escalates_on: date | None = None
    """When the level above this one is told."""


class CaseTermSet(Event):
    """An organisation set how many working days a class of cases, or their rating, may take.
    诉求时限设定：设定各类诉求的答复期限或评价期限（工作日）。"""

    org_id: OrgId
    term: CaseTerm
    working_days: Workdays
    valid_from: date
