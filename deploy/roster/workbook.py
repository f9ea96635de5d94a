"""The roster workbook: a sheet of organisations and a sheet of members, columns found by their headings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, WorksheetNotFound

from deploy.roster.fault import CodeTwice, Fault, LostDigits, PersonTwice
from services.members.membership.join_member import JoinMember
from services.members.organisation.establish_organisation import EstablishOrganisation
from services.members.organisation.report_headcount import ReportHeadcount
from shared.kernel.refusal import Refused
from shared.values.words import OrgKind, WorkerType

Row = TypeVar("Row", "OrganisationRow", "MemberRow")
Cells = Mapping[str, Any]

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
YES_NO = {"是": True, "否": False}


class CannotRead(Exception):
    """The file is no roster workbook; `str()` says why in English and Chinese."""


@dataclass(frozen=True)
class Column:
    field: str
    heading: str
    english: str
    needed: bool = True

    def names(self) -> tuple[str, str]:
        return self.heading, self.english


@dataclass(frozen=True)
class Sheet:
    name: str
    english: str
    columns: tuple[Column, ...]

    def headings(self) -> dict[str, str]:
        return {column.field: column.heading for column in self.columns}


ORGANISATIONS = Sheet(
    "组织",
    "organisations",
    (
        Column("org_id", "组织编码", "organisation code"),
        Column("name", "组织名称", "name", needed=False),
        Column("parent_id", "上级编码", "parent code"),
        Column("kind", "类型", "kind"),
        Column("jurisdiction", "属地", "jurisdiction"),
        Column("headcount", "职工数", "headcount", needed=False),
        Column("dispatched", "派遣数", "dispatched", needed=False),
        Column("frontline", "一线数", "front line", needed=False),
    ),
)
MEMBERS = Sheet(
    "会员",
    "members",
    (
        Column("org_id", "组织编码", "organisation code"),
        Column("employee_no", "工号", "employee number", needed=False),
        Column("name", "姓名", "name"),
        Column("id_number", "证件号码", "id number"),
        Column("phone", "手机号", "mobile", needed=False),
        Column("joined_on", "入会日期", "joined on", needed=False),
        Column("worker_type", "用工类型", "worker type"),
        Column("frontline", "一线", "front line"),
        Column("trade_code", "工种", "trade", needed=False),
        Column("skill_level", "技能等级", "skill level", needed=False),
    ),
)


@dataclass(frozen=True)
class OrganisationRow:
    row: int
    """As Excel counts."""
    org_id: str
    name: str
    kind: OrgKind
    parent_id: str | None
    establish: EstablishOrganisation | None
    """None for the group, which `gonghui init` founds."""
    headcount: ReportHeadcount | None
    """Its month is the one for which the roster was read."""


@dataclass(frozen=True)
class MemberRow:
    row: int
    org_id: str
    join: JoinMember


@dataclass(frozen=True)
class Roster:
    digest: str
    """The same for the same bytes, and for no others."""
    organisations: tuple[OrganisationRow, ...]
    members: tuple[MemberRow, ...]
    faults: tuple[Fault, ...]
    """Rows that are not among the ones above, and why."""


def read(file: Path, month: str) -> Roster:
    """Every row that is right by itself, and what is wrong with the others. `month` is that of the headcounts."""
    try:
        digest = blake2b(file.read_bytes(), digest_size=16).hexdigest()
        workbook = CalamineWorkbook.from_path(file)
        organisations = list(_rows(_sheet(workbook, ORGANISATIONS), ORGANISATIONS))
        members = list(_rows(_sheet(workbook, MEMBERS), MEMBERS))
    except OSError as error:
        raise CannotRead(f"{file} cannot be opened ({error.strerror}). 无法打开该文件。") from error
    except CalamineError as error:
        raise CannotRead(
            f"{file} is not an Excel workbook that can be read. 该文件不是可读取的 Excel 工作簿。"
        ) from error
    faults: list[Fault] = []
    standing = list(_sound(ORGANISATIONS, organisations, lambda row, cells: _organisation(row, cells, month), faults))
    joining = list(_sound(MEMBERS, members, _member, faults))
    return Roster(
        digest,
        tuple(_once(ORGANISATIONS, "org_id", standing, lambda row: row.org_id, CodeTwice, faults)),
        tuple(_once(MEMBERS, "id_number", joining, lambda row: row.join.id_number, PersonTwice, faults)),
        tuple(sorted(faults, key=lambda fault: (fault.sheet != ORGANISATIONS.name, fault.row))),
    )


def _sheet(workbook: CalamineWorkbook, sheet: Sheet) -> CalamineSheet:
    by_name = {name.strip().casefold(): name for name in workbook.sheet_names}
    for name in (sheet.name, sheet.english):
        if name in by_name:
            try:
                return workbook.get_sheet_by_name(by_name[name])
            except WorksheetNotFound:
                break
    raise CannotRead(f"There is no sheet {sheet.name} or {sheet.english}; add it. 缺少工作表“{sheet.name}”，请补充。")


def _rows(found: CalamineSheet, sheet: Sheet) -> Iterator[tuple[int, Cells]]:
    """Number and cells, by field, of every row below the headings that is not empty."""
    places: dict[int, str] | None = None
    for number, cells in enumerate(found.iter_rows(), start=1):
        if all(cell == "" for cell in cells):
            continue
        if places is None:
            places = _places(cells, sheet)
        else:
            yield number, {name: _value(cells[place]) for place, name in places.items()}


def _places(headings: Sequence[Any], sheet: Sheet) -> dict[int, str]:
    """Which field stands in which place."""
    wanted = {name: column.field for column in sheet.columns for name in column.names()}
    known = [wanted.get(str(heading).strip().casefold()) for heading in headings]
    if missing := [column.heading for column in sheet.columns if column.needed and column.field not in known]:
        names = "、".join(missing)
        raise CannotRead(
            f"Sheet {sheet.name} has no column {names}; its first row names the columns. "
            f"工作表“{sheet.name}”缺少列“{names}”，首行须为列名。"
        )
    return {place: name for place, name in enumerate(known) if name}


def _value(cell: Any) -> Any:
    """None for an empty cell; whole numbers as text, since codes and phones are typed as numbers."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.date() if isinstance(cell, datetime) else cell


def _sound(
    sheet: Sheet, rows: Sequence[tuple[int, Cells]], made: Callable[[int, Cells], Row], faults: list[Fault]
) -> Iterator[Row]:
    for number, cells in rows:
        try:
            yield made(number, cells)
        except ValidationError as wrong:
            faults.extend(Fault.all_of(sheet.name, number, sheet.headings(), wrong))
        except LostDigits as lost:
            faults.append(Fault.of(sheet.name, number, sheet.headings()["id_number"], lost))


def _organisation(row: int, cells: Cells, month: str) -> OrganisationRow:
    kind = KINDS.get(cells["kind"], cells["kind"])
    counts = {name: cells.get(name) for name in ("headcount", "dispatched", "frontline") if cells.get(name) is not None}
    placed = {name: cells[name] for name in ("org_id", "parent_id", "jurisdiction")}
    if kind == "group":
        # checked as what stands below it would be; a group has no parent, and is not established from here
        checked = EstablishOrganisation.model_validate({**placed, "parent_id": cells["org_id"], "kind": "subsidiary"})
        establish = None
    else:
        checked = establish = EstablishOrganisation.model_validate({**placed, "kind": kind})
    return OrganisationRow(
        row,
        checked.org_id,
        str(cells.get("name") or ""),
        kind,
        establish.parent_id if establish else None,
        establish,
        ReportHeadcount.model_validate({"period": month, **counts}) if counts else None,
    )


def _member(row: int, cells: Cells) -> MemberRow:
    if isinstance(cells["id_number"], int | float):
        raise LostDigits()
    worker_type, frontline = cells["worker_type"], cells["frontline"]
    fields = {name: value for name, value in cells.items() if value is not None and name != "skill_level"}
    if worker_type in WORKER_TYPES:
        fields["worker_type"] = WORKER_TYPES[worker_type]
    if frontline in YES_NO:
        fields["frontline"] = YES_NO[frontline]
    join = JoinMember.model_validate(fields)
    return MemberRow(row, join.org_id, join)


def _once(
    sheet: Sheet,
    name: str,
    rows: Sequence[Row],
    key: Callable[[Row], str],
    refusal: type[Refused],
    faults: list[Fault],
) -> Iterator[Row]:
    """The first row of each key; the later ones are faults."""
    first: dict[str, int] = {}
    for one in rows:
        earlier = first.setdefault(key(one), one.row)
        if earlier == one.row:
            yield one
        else:
            faults.append(Fault.of(sheet.name, one.row, sheet.headings()[name], refusal(first=earlier)))
