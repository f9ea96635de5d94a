"""The sheets of balances, hardship files and cases: their columns, by what people call them."""

import re
from collections.abc import Mapping

from deploy.roster import cells
from deploy.roster.cells import Cell
from deploy.roster.sheets import Column, Sheet
from deploy.takeover.yuan import fen
from shared.values.hardship import HardshipClass
from shared.values.voice import CaseCategory, Urgency

PURPOSES: Mapping[str, str] = {
    "综合": "general",
    "困难帮扶": "aid",
    "应急救助": "emergency",
    "慰问": "condolence",
    "竞赛奖励": "prize",
    "文体活动": "activity",
    "教育培训": "training",
}
SOURCES: Mapping[str, str] = {
    "会费": "dues",
    "拨缴经费": "contribution",
    "上级补助": "grant",
    "行政补助": "employer",
    "财政专项": "treasury",
    "捐赠": "donation",
    "其他": "other",
}
CLASSES: Mapping[str, HardshipClass] = {"深度困难": "DEEP", "相对困难": "RELATIVE", "意外致困": "ACCIDENT"}
CATEGORIES: Mapping[str, CaseCategory] = {
    "劳动报酬": "wages",
    "工时休假": "hours",
    "社会保险": "insurance",
    "劳动合同": "contract",
    "劳动安全卫生": "safety",
    "餐饮": "meals",
    "通勤": "commute",
    "住宿": "housing",
    "福利待遇": "benefits",
    "女职工权益": "women",
    "民主管理": "management",
    "工作作风": "conduct",
    "其他": "other",
}
URGENCIES: Mapping[str, Urgency] = {"紧急": "urgent", "一般": "general", "疑难": "difficult", "特别复杂": "complex"}
SEPARATORS = re.compile(r"[,;、]")


def amount(cell: Cell) -> int | None:
    """Fen of an amount in yuan. Raises NotAnAmount, FormulaCell."""
    return None if cells.text(cell) is None else fen(cell)


def ids(cell: Cell) -> tuple[str, ...]:
    """Several in one cell. Raises FormulaCell."""
    return tuple(one for one in SEPARATORS.split(cells.plain(cell) or "") if one)


ORG_ID = Column("org_id", "组织编码", ("organisation code", "organization code", "org code", "org id", "所属组织编码"))
ID_NUMBER = Column(
    "id_number", "证件号码", ("id number", "id no", "身份证号", "身份证号码"), cells.id_number, needed=False
)
MEMBER_ID = Column("member_id", "会员编号", ("member id", "member"), needed=False)

BALANCES = Sheet(
    "期初余额",
    "balances",
    (
        ORG_ID,
        Column("purpose", "账户用途", ("purpose", "用途"), cells.one_of(PURPOSES)),
        Column("source", "来源", ("source", "资金来源"), cells.one_of(SOURCES)),
        Column("opening_fen", "期初余额(元)", ("opening balance", "balance", "期初余额", "余额"), amount),
        Column("year", "年度", ("year",), cells.count, needed=False),
    ),
    ("balance", "opening balances", "账户余额", "资金账户"),
)
FILES = Sheet(
    "在档困难职工",
    "hardship files",
    (
        ORG_ID,
        ID_NUMBER,
        MEMBER_ID,
        Column("hardship_class", "类别", ("class", "hardship class", "困难类别"), cells.one_of(CLASSES)),
        Column("opened_on", "建档日期", ("opened on", "opened", "建档时间"), cells.day),
        Column("review_due_on", "复核日期", ("review due on", "review due", "下次复核日期"), cells.day),
    ),
    ("files", "hardship", "困难职工档案", "困难档案"),
)
CASES = Sheet(
    "在办诉求",
    "cases",
    (
        ORG_ID,
        Column("source_ref", "编号", ("number", "case number", "reference", "受理编号", "诉求编号")),
        Column("category", "类别", ("category", "诉求类别"), cells.one_of(CATEGORIES)),
        Column("urgency", "紧急程度", ("urgency", "class", "等级"), cells.one_of(URGENCIES)),
        Column("opened_on", "受理日期", ("opened on", "opened", "受理时间"), cells.day),
        Column("due_on", "答复期限", ("due on", "due", "答复时限"), cells.day),
        Column("handler_id", "经办人", ("handler", "handler id", "经办人账号"), needed=False),
        ID_NUMBER,
        MEMBER_ID,
        Column("about", "被反映人", ("about", "complained about", "被反映人账号"), ids, needed=False),
    ),
    ("case", "voice cases", "诉求", "诉求台账"),
)
