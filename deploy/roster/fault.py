"""Why a row of a roster cannot stand: in which cell, and what to do, in English and Chinese."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self

from pydantic import ValidationError

from shared.kernel.invalid_request import InvalidRequest
from shared.kernel.refusal import Invalid, Refused


class LostDigits(Invalid):
    """Excel kept this as a number, and the last digits are lost; format the column as text and enter it again.
    该单元格被 Excel 存为数值，末位数字已丢失，请将该列设为文本格式后重新填写。"""


class FormulaCell(Invalid):
    """This cell holds a formula or begins with "="; enter the value itself.
    该单元格为公式或以“=”开头，请直接填写内容。"""


class NoSuchDay(Invalid):
    """This is not a day such as 2024-03-01 or 2024.3.1; correct it.
    日期有误，请按 2024-03-01 或 2024年3月1日 的形式填写。"""


class MonthInDoubt(Invalid):
    """The month cannot be told: 2024.1 may have been typed as 2024.10; write 2024-10, or the whole day.
    无法判断月份：2024.1 可能原为 2024.10，请写作 2024-10、2024年10月或具体日期。"""


class HiddenCharacters(Invalid):
    """There are characters in this name that nobody sees; type it anew instead of copying it.
    名称中含有不可见的控制字符，请重新手工录入，不要复制粘贴。"""


class OneCellOnly(Invalid):
    """Only one cell of this row is filled; complete the row, or remove it if it is a title.
    该行仅填写了一个单元格，请补充完整；如为标题行，请删除。"""


class CodeTwice(Invalid):
    """This organisation stands in row {first} already; keep one of the two rows.
    该组织编码在第 {first} 行已出现，请保留其中一行。"""


class PersonTwice(Invalid):
    """This person stands in row {first} already; keep one of the two rows.
    该人员在第 {first} 行已出现，请保留其中一行。"""


class ParentUnknown(Invalid):
    """The organisation {parent_id} above it is neither in this file nor among those that you administer; add it,
    correct the code, or let an administrator of the whole group import it.
    上级组织 {parent_id} 不在本文件中，也不在您管理的已建立组织之列，请补充、更正编码，或由集团工会管理员导入。"""


class AboveItself(Invalid):
    """It stands below itself, by way of {parent_id}; correct one of the codes above it.
    该组织经由 {parent_id} 成为自己的下级，请更正上级编码。"""


class ParentRefused(Invalid):
    """The organisation {parent_id} above it could not be taken from this file; correct that row first.
    上级组织 {parent_id} 所在行有误，请先更正该行。"""


class OrganisationRefused(Invalid):
    """The organisation {org_id} could not be taken from this file; correct its row first, then import this one again.
    组织 {org_id} 所在行有误，未能导入，请先更正该行，再重新导入本行。"""


class OrganisationUnknown(Invalid):
    """The organisation {org_id} is neither in this file nor among those that you administer; add it, correct the code,
    or let an administrator of the whole group import it.
    组织 {org_id} 不在本文件中，也不在您管理的已建立组织之列，请补充、更正编码，或由集团工会管理员导入。"""


class GroupNotFounded(Invalid):
    """A group is founded by `gonghui init`, not by a roster; the code here must be that of the group.
    集团工会由 `gonghui init` 建立，不能由名册建立；此处编码须为该集团的编码。"""


@dataclass(frozen=True)
class Fault:
    """`code`, `en` and `zh` say what is wrong; nothing here ever shows what stood in the cell of a person."""

    sheet: str
    row: int
    """As Excel counts."""
    column: str
    """Its heading; empty where the whole row is meant."""
    code: str
    en: str
    zh: str

    @classmethod
    def of(cls, sheet: str, row: int, column: str, refusal: Refused) -> Self:
        return cls(sheet, row, column, refusal.code, refusal.sentence("en"), refusal.sentence("zh"))

    @classmethod
    def all_of(cls, sheet: str, row: int, headings: dict[str, str], wrong: ValidationError) -> Iterator[Self]:
        """One for each field of a command that is not right. `headings`: the column of each field."""
        refusal = InvalidRequest(wrong)
        english, chinese = refusal.problem("en")["errors"], refusal.problem("zh")["errors"]
        for en, zh in zip(english, chinese, strict=True):
            column = headings.get(en["field"].partition(".")[0], en["field"])
            yield cls(sheet, row, column, refusal.code, en["detail"], zh["detail"])

    def __str__(self) -> str:
        place = f"{self.sheet}, row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.en} {self.zh}"

    def document(self) -> dict[str, Any]:
        return asdict(self)
