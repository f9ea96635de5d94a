"""Closed lists of words about voice cases 诉求, and what counts as satisfied."""

from typing import Annotated, Literal

from pydantic import Field

from shared.values.ids import ActorId

CaseCategory = Literal[
    "wages",
    "hours",
    "insurance",
    "contract",
    "safety",
    "meals",
    "commute",
    "housing",
    "benefits",
    "women",
    "management",
    "conduct",
    "other",
]
"""劳动报酬, 工时休假, 社会保险, 劳动合同, 劳动安全卫生, 餐饮, 通勤, 住宿, 福利待遇, 女职工权益, 民主管理,
工作作风, 其他."""

Urgency = Literal["urgent", "general", "difficult", "complex"]
"""紧急, 一般, 疑难, 特别复杂: the class that sets the time for an answer."""

CaseOutcome = Literal["resolved", "partly_resolved", "explained", "not_confirmed", "referred", "out_of_scope"]
"""已解决, 部分解决, 已解释说明, 经查不属实, 已移送有关部门, 不属受理范围."""

CaseClosing = Literal["satisfied", "unrated", "reviewed"]
"""Rated satisfied 评价满意, not rated in time 逾期未评价, looked into once more after a second bad rating 复核办结."""

CaseStatus = Literal["new", "opened", "assigned", "answered", "reopened", "in_review", "closed"]

CaseTerm = Literal["urgent", "general", "difficult", "complex", "rating"]
"""What a number of working days is set for: an answer by class, and the member's rating 评价期."""

Workdays = Annotated[int, Field(strict=True, ge=1, le=250)]

Stars = Annotated[int, Field(strict=True, ge=1, le=5)]

SATISFIED_FROM = 3
"""Stars from which a rating is satisfied: 基本满意 or better (our rule)."""

Round = Annotated[int, Field(strict=True, ge=1, le=2)]
"""1 until the case is reopened, which happens once (INV-W13), then 2."""

OverdueLevel = Annotated[int, Field(strict=True, ge=1, le=3)]

About = Annotated[tuple[ActorId, ...], Field(max_length=8)]
"""The people complained about, by every id they go by: as an actor and as a member."""

ANONYMOUS = "anonymous"
"""The actor, and in views the member, of a case whose worker is not known to anybody."""
