"""An empty workbook for balances, hardship files and cases: one serves all three imports, each takes its own sheet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from deploy.roster.sheets import Sheet
from deploy.takeover.sheets import BALANCES, CASES, CATEGORIES, CLASSES, FILES, PURPOSES, SOURCES, URGENCIES

CHOICES: Mapping[tuple[str, str], Mapping[str, str]] = {
    (BALANCES.name, "purpose"): PURPOSES,
    (BALANCES.name, "source"): SOURCES,
    (FILES.name, "hardship_class"): CLASSES,
    (CASES.name, "category"): CATEGORIES,
    (CASES.name, "urgency"): URGENCIES,
}
ROWS = 10_000
"""For which a list of the possible words is offered."""
NOTES = (
    ("填写说明", "How to fill this in"),
    (
        "标*的列必填；列的顺序可以改变，英文列名同样有效，多余的列不予读取。",
        "Columns with a star are needed; they may stand in any order, English headings are good as well, other columns "
        "are passed over.",
    ),
    (
        "账户用途、来源：可选下拉词语，也可填写自定编码（字母、数字、_ . -）。",
        "Purpose and source: a word of the list, or a code of your own (letters, digits, _ . -).",
    ),
    (
        "期初余额以元填写，最多两位小数，例如 12345.60；每个账户只登记一次，更正须由两人办理。",
        "Balances are in yuan with at most two decimals, such as 12345.60; an account begins once, and two people "
        "correct it.",
    ),
    (
        "人员以证件号码（文本格式）或会员编号填写其一；证件号码仅用于查找，不留存。",
        "A person stands there by the ID number (as text) or by the member id; the number is only used to find the "
        "member and is not kept.",
    ),
    (
        "经办人、被反映人填写其登录账号；被反映人可有多个，以“、”分隔，其不得经办或查看该诉求。",
        "Handlers and those complained about stand there by their actor ids; several are separated by commas. Whoever "
        "is complained about neither handles nor sees the case.",
    ),
    ("日期可写为 2024-03-01、2024.3.1 或 2024年3月1日。", "A date is 2024-03-01, 2024.3.1 or 2024年3月1日."),
    ("不要使用公式，内容不要以“=”开头。", "No formulas, and nothing that begins with =."),
)


def write_form(file: Path) -> None:
    with xlsxwriter.Workbook(str(file)) as workbook:
        for sheet in (BALANCES, FILES, CASES):
            _form(workbook, workbook.add_worksheet(sheet.name), sheet)
        _notes(workbook, workbook.add_worksheet("说明 Notes"))


def _form(workbook: Any, worksheet: Any, sheet: Sheet) -> None:
    text, bold = workbook.add_format({"num_format": "@"}), workbook.add_format({"bold": True, "bottom": 1})
    worksheet.freeze_panes(1, 0)
    worksheet.set_column(0, len(sheet.columns) - 1, 20, text)
    for place, column in enumerate(sheet.columns):
        worksheet.write_string(0, place, f"{column.heading}{'*' if column.needed else ''}", bold)
        if choices := CHOICES.get((sheet.name, column.field)):
            words = {"validate": "list", "source": list(choices), "error_type": "warning"}
            worksheet.data_validation(1, place, ROWS, place, words)


def _notes(workbook: Any, worksheet: Any) -> None:
    worksheet.set_column(0, 1, 70, workbook.add_format({"text_wrap": True, "valign": "top"}))
    for line, words in enumerate(NOTES):
        worksheet.write_row(line, 0, words)
