"""A group that does not exist: its organisations and members, the same for the same seed.

Every ID number is valid by form and checksum and borne by nobody: its first six digits are those of a province, and
real ones name a county. Mobile numbers begin with 154, which no operator has been given.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter
from stdnum.cn import ric

from deploy.roster.sheets import KINDS, MEMBERS, ORGANISATIONS, WORKER_TYPES, Sheet
from shared.values.words import OrgKind

GROUP = "G"
UNIONS = 0.81
"""Unions to a subsidiary, as in Chongqing Pharma 重药集团: 162 to 200."""
ALONE = 0.75
"""Of the unions, how many are the first of their subsidiary."""
MOST = 4
WRITTEN = date(2026, 1, 1)
"""Nothing in the roster is later than this day, so that the same seed gives the same file for ever."""

PROVINCES = {
    "110000": "北京",
    "120000": "天津",
    "310000": "上海",
    "320000": "江苏",
    "330000": "浙江",
    "340000": "安徽",
    "350000": "福建",
    "360000": "江西",
    "370000": "山东",
    "410000": "河南",
    "420000": "湖北",
    "430000": "湖南",
    "440000": "广东",
    "510000": "四川",
    "520000": "贵州",
    "610000": "陕西",
}
TRADES_OF_FIRMS = ("医药", "物流", "装备", "能源", "建设", "化工", "材料", "电子", "机械", "置业")
WORKPLACES = ("一厂", "二厂", "研究院", "销售部", "检修中心", "物流中心")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文辉玲红梅志宏春雪婷晨宇浩博思远佳欣雨泽"
TRADES = ("6-18-01-01", "6-18-02-04", "6-31-01-03", "6-12-02-01", "4-02-06-01", "6-30-05-01")
"""Of the national catalogue of occupations: turner, welder, electrician, pharmaceutical preparation, store, lorry."""
SKILL_GRADES = ("初级工", "中级工", "高级工", "技师", "高级技师")
TYPES_OF_WORKERS = ("合同制", "劳务派遣", "农民工", "其他")


@dataclass(frozen=True)
class SyntheticOrganisation:
    org_id: str
    name: str
    parent_id: str
    kind: OrgKind
    jurisdiction: str
    headcount: int
    dispatched: int
    frontline: int

    @property
    def called(self) -> str:
        return self.name


@dataclass(frozen=True)
class SyntheticMember:
    org_id: str
    employee_no: str
    name: str
    id_number: str
    phone: str
    joined_on: date
    worker_type: str
    frontline: bool
    trade_code: str
    skill_grade: str


@dataclass(frozen=True)
class SyntheticGroup:
    organisations: tuple[SyntheticOrganisation, ...]
    members: tuple[SyntheticMember, ...]

    @property
    def personal(self) -> frozenset[str]:
        """Everything about persons that may stand in the vault and nowhere else."""
        fields = ((one.name, one.id_number, one.phone, one.employee_no) for one in self.members)
        return frozenset(value for person in fields for value in person)


def synthetic_group(subsidiaries: int, members: int, seed: int, unions: int | None = None) -> SyntheticGroup:
    """`unions` hold members, 81 to each 100 subsidiaries unless said otherwise: some have several, some have none."""
    chance = Random(seed)
    units = list(_units(subsidiaries, unions or max(1, round(subsidiaries * UNIONS)), chance))
    homes = [unit for unit in units if unit[3] in ("basic", "joint_basic")]
    weights = [1 if kind == "joint_basic" else chance.randint(3, 9) for _, _, _, kind, _ in homes]
    spread = chance.choices(range(len(homes)), weights, k=max(0, members - len(homes)))
    places = sorted([*range(len(homes)), *spread][:members])
    taken: set[str] = set()
    people = tuple(_member(number, homes[place], chance, taken) for number, place in enumerate(places, start=1))
    return SyntheticGroup(tuple(_counted(units, people, chance)), people)


Unit = tuple[str, str, str, OrgKind, str]


def _units(subsidiaries: int, unions: int, chance: Random) -> Iterator[Unit]:
    yield GROUP, "示例集团工会", "", "group", "110000"
    shares = _shares(subsidiaries, unions, chance)
    for number, share in enumerate(shares, start=1):
        jurisdiction, province = chance.choice(list(PROVINCES.items()))
        firm = f"{province}{chance.choice(TRADES_OF_FIRMS)}公司"
        code = f"{GROUP}{number:03d}"
        yield code, f"{firm}工会", GROUP, "subsidiary", jurisdiction
        for place, workplace in enumerate(chance.sample(WORKPLACES, share), start=1):
            kind: OrgKind = "joint_basic" if place == 4 else "basic"
            yield f"{code}-{place}", f"{firm}{workplace}工会", code, kind, jurisdiction


def _shares(subsidiaries: int, unions: int, chance: Random) -> list[int]:
    """How many unions each has: one for most, up to four for some, none for the rest."""
    shares = [0] * subsidiaries
    order = chance.sample(range(subsidiaries), subsidiaries)
    first = order[: max(1, min(subsidiaries, round(unions * ALONE)))]
    for place in first:
        shares[place] = 1
    while sum(shares) < unions:
        open_to = [place for place in first if shares[place] < MOST] or order
        shares[chance.choice(open_to)] += 1
    return shares


def _counted(units: list[Unit], people: tuple[SyntheticMember, ...], chance: Random) -> Iterator[SyntheticOrganisation]:
    """Most who work somewhere are members there; where no union is, some work all the same."""
    members = Counter(one.org_id for one in people)
    dispatched = Counter(one.org_id for one in people if one.worker_type == "劳务派遣")
    frontline = Counter(one.org_id for one in people if one.frontline)
    with_union = {parent_id for _, _, parent_id, kind, _ in units if kind in ("basic", "joint_basic")}
    for org_id, name, parent_id, kind, jurisdiction in units:
        headcount = round(members[org_id] / chance.uniform(0.72, 1.0))
        if kind == "subsidiary" and org_id not in with_union:
            headcount = chance.randint(6, 40)
        counts = headcount, dispatched[org_id], frontline[org_id]
        yield SyntheticOrganisation(org_id, name, parent_id, kind, jurisdiction, *counts)


def _member(number: int, home: Unit, chance: Random, taken: set[str]) -> SyntheticMember:
    born = date(1966, 1, 1) + timedelta(days=chance.randrange(37 * 365))
    grown = born.replace(year=born.year + 18, day=min(born.day, 28))
    return SyntheticMember(
        org_id=home[0],
        employee_no=f"E{number:06d}",
        name=chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2)))),
        id_number=_id_number(born, chance, taken),
        phone=f"154{number:08d}",
        joined_on=grown + timedelta(days=chance.randrange(1, (WRITTEN - grown).days)),
        worker_type=chance.choices(TYPES_OF_WORKERS, (80, 12, 6, 2))[0],
        frontline=chance.random() < 0.6,
        trade_code=chance.choice(TRADES),
        skill_grade=chance.choice(SKILL_GRADES),
    )


def _id_number(born: date, chance: Random, taken: set[str]) -> str:
    while True:
        first = f"{chance.choice(list(PROVINCES))}{born:%Y%m%d}{chance.randrange(1, 1000):03d}"
        number = first + ric.calc_check_digit(first + "?")
        if number not in taken:
            taken.add(number)
            return number


def write_workbook(group: SyntheticGroup, file: Path) -> None:
    """The same group gives the same bytes."""
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": datetime.combine(WRITTEN, time())})
        headings = workbook.add_format({"bold": True, "bottom": 1})
        formats = {
            "text": workbook.add_format({"num_format": "@"}),
            "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for sheet, rows in ((ORGANISATIONS, group.organisations), (MEMBERS, group.members)):
            _write(workbook.add_worksheet(sheet.name), sheet, rows, headings, formats)


def _write(worksheet: Any, sheet: Sheet, rows: Any, headings: Any, formats: dict[str, Any]) -> None:
    worksheet.freeze_panes(1, 0)
    worksheet.set_column(0, len(sheet.columns) - 1, 20, formats["text"])
    worksheet.write_row(0, 0, [column.heading for column in sheet.columns], headings)
    for number, row in enumerate(rows, start=1):
        for place, column in enumerate(sheet.columns):
            match getattr(row, column.field):
                case bool(yes):
                    worksheet.write_string(number, place, "是" if yes else "否")
                case date() as day:
                    worksheet.write_datetime(number, place, day, formats["day"])
                case int(count):
                    worksheet.write_number(number, place, count)
                case word:
                    worksheet.write_string(number, place, _CHINESE.get(word, word))


_CHINESE: dict[str, str] = {english: chinese for words in (KINDS, WORKER_TYPES) for chinese, english in words.items()}
