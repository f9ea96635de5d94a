"""An empty form of a roster: both sheets with their headings, and one that says in both languages how to fill them."""

from pathlib import Path
from typing import Any

import xlsxwriter

from deploy.roster.sheets import KINDS, MEMBERS, ORGANISATIONS, SHEETS, SKILL_GRADES, WORKER_TYPES, YES_NO, Sheet

CHOICES = {
    "kind": tuple(KINDS),
    "worker_type": tuple(WORKER_TYPES),
    "skill_grade": tuple(SKILL_GRADES),
    (MEMBERS.name, "frontline"): tuple(YES_NO),
}
ROWS = 10_000
"""For which a list of the possible words is offered."""

NOTES = (
    (
        "填写说明",
        "How to fill this in",
    ),
    (
        "列的顺序可以改变，列名上方可以有标题行；多余的列不予读取。",
        "Columns may stand in any order, titles may stand above the headings; other columns are passed over.",
    ),
    (
        "标*的列必填；英文列名同样有效。",
        "Columns with a star are needed; English headings are good as well.",
    ),
    (
        "组织：上级须在本表中，或已经建立；集团由 gonghui init 建立，可以列出也可以不列。子公司之下可以再设子公司。",
        "Organisations: the parent stands in this sheet or is established; the group is founded by "
        "gonghui init and may be listed or not. A subsidiary may stand below a subsidiary.",
    ),
    (
        "新建组织须由第二名管理员确认（--confirmed-by）。",
        "New organisations are confirmed by a second administrator (--confirmed-by).",
    ),
    (
        "属地为六位行政区划代码，例如 110000。",
        "Jurisdiction is the code of an administrative division of six digits, such as 110000.",
    ),
    (
        "职工数、派遣数、一线数为本单位当月人数；派遣、一线包含在职工数内。",
        "Headcounts are those of this month; dispatched and front-line workers are part of the whole.",
    ),
    (
        "会员只能属于基层工会或联合基层工会。",
        "Members belong to a basic or joint basic union only.",
    ),
    (
        "证件号码必须是文本：Excel 数值只保留15位，末位丢失的号码不予接收。",
        "The ID number must be text: a number in Excel keeps 15 digits only, and what has lost its last "
        "digits is refused.",
    ),
    (
        "日期可写为 2024-03-01、2024.3.1、2024年3月1日或 Excel 日期；"
        "只写到月的须写作 2024-03 或 2024年3月，按当月1日计。",
        "A date is 2024-03-01, 2024.3.1, 2024年3月1日 or a date of Excel; a month without a day "
        "is 2024-03 or 2024年3月 and means the first of it.",
    ),
    (
        "入会日期不得晚于今天，且按证件号码须已满16周岁。",
        "Nobody joins after today, or before being 16 by the ID number.",
    ),
    (
        "不要使用公式，内容不要以“=”开头。",
        "No formulas, and nothing that begins with =.",
    ),
    (
        "同一人只能出现一次；已在其他工会的人员按会籍接转办理，由第二名管理员接收。",
        "A person stands here once; whoever is a member of another union is transferred, accepted by the "
        "second administrator.",
    ),
    (
        "已有会员的姓名、证件号码、手机号和工号不会被本表更改。",
        "Names, ID numbers, phones and employee numbers of those who are members already are not changed by this file.",
    ),
    (
        "有误的行写入“文件名.rejected.xlsx”，更正后可再次导入；原因列不影响导入。",
        "Rows that are wrong go to FILE.rejected.xlsx; correct them there and import it. The columns "
        "with the reasons are passed over.",
    ),
)


def write_template(file: Path) -> None:
    with xlsxwriter.Workbook(str(file)) as workbook:
        for sheet in SHEETS:
            _form(workbook, workbook.add_worksheet(sheet.name), sheet)
        _notes(workbook, workbook.add_worksheet("说明 Notes"))


def _form(workbook: Any, worksheet: Any, sheet: Sheet) -> None:
    text = workbook.add_format({"num_format": "@"})
    bold = workbook.add_format({"bold": True, "bottom": 1})
    worksheet.freeze_panes(1, 0)
    worksheet.set_column(0, len(sheet.columns) - 1, 20, text)
    for place, column in enumerate(sheet.columns):
        worksheet.write_string(0, place, f"{column.heading}{'*' if column.needed else ''}", bold)
        choices = CHOICES.get((sheet.name, column.field)) or CHOICES.get(column.field)
        if choices and not (sheet is ORGANISATIONS and column.field == "frontline"):
            worksheet.data_validation(1, place, ROWS, place, {"validate": "list", "source": list(choices)})


def _notes(workbook: Any, worksheet: Any) -> None:
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    worksheet.set_column(0, 1, 70, wrap)
    for line, (chinese, english) in enumerate(NOTES):
        worksheet.write_string(line, 0, chinese)
        worksheet.write_string(line, 1, english)
    for line, column in enumerate((column for sheet in SHEETS for column in sheet.columns), start=len(NOTES) + 1):
        worksheet.write_string(line, 0, column.heading)
        worksheet.write_string(line, 1, ", ".join(column.names))
