"""Closed lists of words that stand in events and commands."""

from typing import Literal

OrgKind = Literal["group", "subsidiary", "basic", "joint_basic", "branch", "union_group"]
"""集团工会, 子公司工会, 基层工会, 联合基层工会, 分工会, 工会小组."""

LEVEL: dict[OrgKind, int] = {
    "group": 0,
    "subsidiary": 1,
    "basic": 2,
    "joint_basic": 2,
    "branch": 3,
    "union_group": 4,
}
"""A parent stands higher: its number is smaller."""

BELOW_ITS_LIKE: frozenset[OrgKind] = frozenset({"subsidiary"})
"""Kinds that also stand below one of their own: a group of groups has subsidiaries of subsidiaries 三级单位."""


def may_stand_below(kind: OrgKind, parent: OrgKind) -> bool:
    return LEVEL[parent] < LEVEL[kind] or (kind == parent and kind in BELOW_ITS_LIKE)


OrgProposalRejection = Literal["not_needed", "papers_missing", "wrong_details", "withdrawn"]
"""无需建会, 材料不齐, 信息有误, 撤回."""

HOLDS_MEMBERS: frozenset[OrgKind] = frozenset({"basic", "joint_basic"})
"""Membership sits in a basic union and nowhere else (INV-M3; Trade Union Law 工会法 art. 11)."""

WorkerType = Literal["regular", "dispatched", "migrant", "other"]
"""Employed by the unit 合同制, by an agency 劳务派遣, migrant worker 农民工, other 其他."""

SkillGrade = Literal[
    "apprentice",
    "junior",
    "intermediate",
    "senior",
    "technician",
    "senior_technician",
    "special_technician",
    "chief_technician",
]
"""学徒工, 初级工, 中级工, 高级工, 技师, 高级技师, 特级技师, 首席技师: the eight grades 新八级工 of vocational skill."""

MembershipStatus = Literal["active", "transferring", "retained", "ended"]

EndReason = Literal["resigned", "lapsed", "expelled", "deceased"]
"""退会, 自动退会, 开除会籍, 去世."""

ApplicationChannel = Literal["self", "cadre"]
"""The worker's own application 本人申请, entered by a cadre 经办人代录."""

ApplicationRejection = Literal["not_employed_here", "papers_missing", "not_on_wages", "duplicate"]
"""劳动关系不在本单位, 材料不齐, 不以工资收入为主要生活来源 (Trade Union Law 工会法 art. 3), 重复申请."""

AdmissionOutcome = Literal["joined", "unchanged", "elsewhere", "differs", "refused"]
"""Of a row of a batch: joined 已入会, a member as the row says 无变化, a member of another union 在其他工会, a member
with other eligibility 属性不同, refused 不予办理."""

TransferRefusal = Literal["not_employed_here", "papers_missing", "recalled"]
"""Labour relation is elsewhere 劳动关系不在本单位, papers missing 材料不齐, taken back by the requester 撤回."""

ActivityKind = Literal["STUDY", "SPORT", "CULTURE", "OUTING", "HEALTH", "TRAINING"]

AttendanceMode = Literal["qr", "list"]
"""By QR code 扫码, ticked on a list 名单登记."""

CancelledBy = Literal["member", "organiser", "membership_ended"]

ActivityCancelReason = Literal["too_few", "weather", "safety", "venue", "budget"]

AidType = Literal["living", "medical", "study", "job", "legal"]
"""生活救助, 医疗救助, 子女助学, 就业帮扶, 法律援助."""

AidRejection = Literal["not_eligible", "papers_missing", "duplicate", "withdrawn"]

PaymentFailure = Literal["account_closed", "account_unknown", "name_mismatch", "bank_refused", "timed_out"]

AidReversal = Literal["granted_in_error", "not_needed", "unpayable", "fraud"]

CostRefusal = Literal["no_such_account", "not_entitled", "money_short"]

ActivityCostRefusal = Literal["no_such_account", "not_entitled", "money_short", "no_budget", "over_budget"]
"""账户不存在, 无权列支, 余额不足, 未落实预算, 超出预算."""
