"""The two sheets of a roster: their columns, by what people call them, and how each cell is read."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.roster import cells
from deploy.roster.cells import Cell, Read, is_blank
from shared.values.words import OrgKind, SkillGrade, WorkerType

KINDS: Mapping[str, OrgKind] = {
    "集团": "group",
    "子公司": "subsidiary",
    "基层": "basic",
    "联合基层": "joint_basic",
    "分工会": "branch",
    "工会小组": "union_group",
}
WORKER_TYPES: Mapping[str, WorkerType] = {
    "合同制": "regular",
    "劳务派遣": "dispatched",
    "农民工": "migrant",
    "其他": "other",
}
SKILL_GRADES: Mapping[str, SkillGrade] = {
    "学徒工": "apprentice",
    "初级工": "junior",
    "中级工": "intermediate",
    "高级工": "senior",
    "技师": "technician",
    "高级技师": "senior_technician",
    "特级技师": "special_technician",
    "首席技师": "chief_technician",
}
YES_NO: Mapping[str, bool] = {"是": True, "否": False}

ALSO_KINDS = {
    "集团工会": "group",
    "集团公司": "group",
    "子公司工会": "subsidiary",
    "二级单位": "subsidiary",
    "二级单位工会": "subsidiary",
    "基层工会": "basic",
    "联合基层工会": "joint_basic",
    "车间工会": "branch",
    "班组": "union_group",
}
ALSO_WORKER_TYPES = {
    "合同工": "regular",
    "合同制职工": "regular",
    "正式": "regular",
    "正式工": "regular",
    "派遣": "dispatched",
    "派遣工": "dispatched",
    "劳务派遣工": "dispatched",
}
ALSO_SKILL_GRADES = {
    "五级": "junior",
    "四级": "intermediate",
    "三级": "senior",
    "二级": "technician",
    "一级": "senior_technician",
}
ALSO_YES_NO = {"yes": True, "y": True, "1": True, "√": True, "✓": True, "no": False, "n": False, "0": False, "×": False}

TITLE_ROWS = 30
"""Rows in which the headings are looked for."""


class NoHeadings(Exception):
    """No row names the columns that are needed; `missing` are those of the row that comes nearest."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("、".join(missing))
        self.missing = missing


@dataclass(frozen=True)
class Column:
    field: str
    heading: str
    names: tuple[str, ...]
    read: Read = cells.plain
    needed: bool = True


@dataclass(frozen=True)
class Sheet:
    name: str
    english: str
    columns: tuple[Column, ...]
    also: tuple[str, ...] = ()
    """What people call the sheet besides."""
    by_field: dict[str, Column] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.by_field.update({column.field: column for column in self.columns})

    def headings(self) -> dict[str, str]:
        return {column.field: column.heading for column in self.columns}

    def is_called(self, name: str) -> bool:
        return folded(name) in {folded(one) for one in (self.name, self.english, *self.also)}

    def columns_in(self, row: Iterable[Cell]) -> dict[int, Column]:
        """Which column stands in which place, if this row names them. Raises NoHeadings."""
        known = {folded(name): column for column in self.columns for name in (column.heading, *column.names)}
        found: dict[int, Column] = {}
        for place, cell in enumerate(row):
            column = known.get(folded(cell)) if isinstance(cell, str) else None
            if column and column not in found.values():
                found[place] = column
        if missing := [column.heading for column in self.columns if column.needed and column not in found.values()]:
            raise NoHeadings(missing)
        return found


def folded(heading: str) -> str:
    """Without what makes no difference: width, case, spaces, stars and colons, a note in brackets."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return re.sub(r"[\s*:_\-./]|\(.*?\)", "", plain)


def only_one(row: Iterable[Cell]) -> bool:
    return sum(not is_blank(cell) for cell in row) == 1


ORGANISATIONS = Sheet(
    "组织",
    "organisations",
    (
        Column("org_id", "组织编码", ("organisation code", "organization code", "org code", "org id", "code", "编码")),
        Column(
            "called", "组织名称", ("organisation name", "organization name", "name", "名称"), cells.name, needed=False
        ),
        Column("parent_id", "上级编码", ("parent code", "parent id", "parent", "上级组织编码")),
        Column("kind", "类型", ("kind", "type", "组织类型"), cells.one_of({**KINDS, **ALSO_KINDS})),
        Column("jurisdiction", "属地", ("jurisdiction", "region", "region code", "属地代码", "行政区划代码")),
        Column("headcount", "职工数", ("headcount", "workers", "职工人数", "职工总数"), cells.count, needed=False),
        Column("dispatched", "派遣数", ("dispatched", "派遣人数", "劳务派遣数"), cells.count, needed=False),
        Column("frontline", "一线数", ("front line", "front-line workers", "一线人数"), cells.count, needed=False),
    ),
    ("organizations", "organisation", "organization", "组织名册", "工会组织"),
)
MEMBERS = Sheet(
    "会员",
    "members",
    (
        Column("org_id", "组织编码", ("organisation code", "organization code", "org code", "org id", "所属组织编码")),
        Column("employee_no", "工号", ("employee number", "employee no", "staff number", "职工编号"), needed=False),
        Column("name", "姓名", ("name", "full name"), cells.name),
        Column(
            "id_number",
            "证件号码",
            ("id number", "id no", "identity number", "身份证号", "身份证号码"),
            cells.id_number,
        ),
        Column(
            "phone",
            "手机号",
            ("mobile", "phone", "mobile number", "手机", "手机号码", "联系电话"),
            cells.phone,
            needed=False,
        ),
        Column(
            "joined_on",
            "入会日期",
            ("joined on", "joining date", "date of joining", "入会时间"),
            cells.day,
            needed=False,
        ),
        Column(
            "worker_type",
            "用工类型",
            ("worker type", "employment type", "用工形式"),
            cells.one_of({**WORKER_TYPES, **ALSO_WORKER_TYPES}),
        ),
        Column(
            "frontline",
            "一线",
            ("front line", "frontline", "是否一线", "一线职工"),
            cells.one_of({**YES_NO, **ALSO_YES_NO}),
        ),
        Column("trade_code", "工种", ("trade", "trade code", "occupation", "工种代码"), needed=False),
        Column(
            "skill_grade",
            "技能等级",
            ("skill grade", "skill level", "技能级别"),
            cells.one_of({**SKILL_GRADES, **ALSO_SKILL_GRADES}),
            needed=False,
        ),
    ),
    ("member", "会员名册", "会员信息"),
)
SHEETS = (ORGANISATIONS, MEMBERS)
HEADINGS = frozenset(
    folded(name) for sheet in SHEETS for column in sheet.columns for name in (column.heading, *column.names)
)


def columns_named(row: Iterable[Cell]) -> int:
    return sum(isinstance(cell, str) and folded(cell) in HEADINGS for cell in row)
