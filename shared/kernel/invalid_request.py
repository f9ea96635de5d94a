"""What is wrong with the words of a request, field by field, in plain sentences. Never shows what was sent."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.kernel.refusal import Invalid, Language
from shared.values.competition import EntryCode, Season
from shared.values.hardship import EvidenceHash
from shared.values.ids import ActorId, Code, Id, Jurisdiction, Month, OrgId, OrgName, Reference
from shared.values.person import EmployeeNo, Mobile, PersonName

WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("This is required.", "此项必填。"),
    "extra_forbidden": ("There is no such field.", "没有此字段。"),
    "json_invalid": ("The content is not valid JSON.", "内容不是有效的 JSON。"),
    "model_type": ("A JSON object is expected.", "应为 JSON 对象。"),
    "model_attributes_type": ("A JSON object is expected.", "应为 JSON 对象。"),
    "dict_type": ("A JSON object is expected.", "应为 JSON 对象。"),
    "list_type": ("A list is expected.", "应为列表。"),
    "tuple_type": ("A list is expected.", "应为列表。"),
    "string_type": ("Text is expected.", "应为文本。"),
    "string_too_short": ("Use {min_length} or more characters.", "至少需要 {min_length} 个字符。"),
    "string_too_long": ("Use {max_length} characters or fewer.", "最多 {max_length} 个字符。"),
    "int_type": ("A whole number is expected.", "应为整数。"),
    "int_parsing": ("A whole number is expected.", "应为整数。"),
    "int_from_float": ("A whole number is expected.", "应为整数。"),
    "int_parsing_size": ("This number is too large.", "数字过大。"),
    "float_type": ("A number is expected.", "应为数字。"),
    "float_parsing": ("A number is expected.", "应为数字。"),
    "decimal_type": ("A number is expected.", "应为数字。"),
    "decimal_parsing": ("A number is expected.", "应为数字。"),
    "bool_type": ("Yes or no (true or false) is expected.", "应为是或否（true 或 false）。"),
    "bool_parsing": ("Yes or no (true or false) is expected.", "应为是或否（true 或 false）。"),
    "greater_than": ("It must be more than {gt}.", "必须大于 {gt}。"),
    "greater_than_equal": ("It must be at least {ge}.", "不得小于 {ge}。"),
    "less_than": ("It must be less than {lt}.", "必须小于 {lt}。"),
    "less_than_equal": ("It must be at most {le}.", "不得大于 {le}。"),
    "multiple_of": ("It must be a multiple of {multiple_of}.", "必须是 {multiple_of} 的倍数。"),
    "too_short": ("Give {min_length} or more entries.", "至少需要 {min_length} 项。"),
    "too_long": ("Give {max_length} entries or fewer.", "最多 {max_length} 项。"),
    "literal_error": ("It must be one of: {expected}.", "必须为以下之一：{expected}。"),
    "enum": ("It must be one of: {expected}.", "必须为以下之一：{expected}。"),
    "union_tag_invalid": ("It must be one of: {expected_tags}.", "必须为以下之一：{expected_tags}。"),
    "date_type": ("A date such as 2026-05-01 is expected.", "应为日期，例如 2026-05-01。"),
    "date_parsing": ("A date such as 2026-05-01 is expected.", "应为日期，例如 2026-05-01。"),
    "date_from_datetime_parsing": ("A date such as 2026-05-01 is expected.", "应为日期，例如 2026-05-01。"),
    "date_from_datetime_inexact": ("A date without a time is expected.", "应为不含时间的日期。"),
    "datetime_type": ("A date and time are expected.", "应为日期和时间。"),
    "datetime_parsing": ("A date and time are expected.", "应为日期和时间。"),
    "datetime_from_date_parsing": ("A date and time are expected.", "应为日期和时间。"),
    "timezone_aware": ("The time needs its zone, such as +08:00.", "时间需注明时区，例如 +08:00。"),
}
FORMS: tuple[tuple[Any, str, str], ...] = (
    (
        Id,
        "An id such as 019ab0c1-2d3e-7f40-8a5b-6c7d8e9f0a1b is expected.",
        "应为形如 019ab0c1-2d3e-7f40-8a5b-6c7d8e9f0a1b 的标识。",
    ),
    (
        OrgId,
        "An organisation's code is 1 to 64 letters, digits, - or _, a letter or digit first, such as G01-2.",
        "组织编码为1至64位字母、数字、- 或 _，以字母或数字开头，例如 G01-2。",
    ),
    (
        OrgName,
        "An organisation's name is 2 or more Chinese characters, letters or digits; besides only ( ) · & . 、 and -.",
        "组织名称须为2个以上的汉字、字母或数字，可含括号、·、&、.、顿号和 -，不能有其他符号。",
    ),
    (
        ActorId,
        "An actor's id is 1 to 128 letters, digits, _ : . or -, a letter or digit first, such as li.gonghui.",
        "操作人标识为1至128位字母、数字或 _ : . -，以字母或数字开头，例如 li.gonghui。",
    ),
    (
        Code,
        "A code is 1 to 32 letters, digits, _ . or -, a letter or digit first, such as 6-18-01-01.",
        "代码为1至32位字母、数字或 _ . -，以字母或数字开头，例如 6-18-01-01。",
    ),
    (
        Reference,
        "A reference is 1 to 48 letters, digits, _ . / or -, a letter or digit first, such as 2026/11-007.",
        "凭证或文件编号为1至48位字母、数字或 _ . / -，以字母或数字开头，例如 2026/11-007。",
    ),
    (
        Jurisdiction,
        "The code of an administrative division has six digits, such as 110000.",
        "行政区划代码为六位数字，例如 110000。",
    ),
    (Month, "A month such as 2026-05 is expected.", "应为月份，例如 2026-05。"),
    (Season, "A year such as 2026 is expected.", "应为年份，例如 2026。"),
    (
        EntryCode,
        "The code of an entry is an E and four digits, such as E0042.",
        "作品编号为 E 加四位数字，例如 E0042。",
    ),
    (
        EvidenceHash,
        "The SHA-256 of a document is expected: 64 digits and small letters from a to f.",
        "应为文件的 SHA-256 值：64位数字或小写字母 a 至 f。",
    ),
    (Mobile, "A mobile number has eleven digits, such as 13800000000.", "手机号为11位数字，例如 13800000000。"),
    (
        PersonName,
        "A person's name has no digits, none of < > = @ and nothing invisible; type it as on the card.",
        "姓名不能含数字、< > = @ 或不可见字符，请按证件填写。",
    ),
    (
        EmployeeNo,
        "An employee number is 1 to 32 letters, digits, - or _, a letter or digit first, such as E000123.",
        "工号为1至32位字母、数字、- 或 _，以字母或数字开头，例如 E000123。",
    ),
)
"""Each form that text may have, by the type that sets it."""
OTHER = ("This value is not accepted.", "此值不被接受。")
MOST, LONGEST = 200, 64
"""Fields that are named, and letters of a name: what says all that is wrong with a megabyte would be several."""


class InvalidRequest(Invalid):
    """Some of what was sent is not right; each field is named with what is wrong.
    部分内容有误，请按各字段的说明更正。"""

    def __init__(self, wrong: ValidationError) -> None:
        super().__init__()
        self._wrong = wrong.errors(include_url=False, include_input=False)[:MOST]

    def problem(self, language: Language) -> dict[str, Any]:
        errors = [{"field": _field(error), "detail": _sentence(error, language)} for error in self._wrong]
        return super().problem(language) | {"errors": errors}


def _field(error: ErrorDetails) -> str:
    return ".".join(str(part)[:LONGEST] for part in error["loc"])


def _sentence(error: ErrorDetails, language: Language) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return _own_words(str(context["error"]), language)
    if error["type"] == "string_pattern_mismatch":
        return OF_PATTERN.get(context["pattern"], OTHER)[language == "zh"]
    words = WORDS.get(error["type"], OTHER)[language == "zh"]
    return words.format_map({**context, **_choices(context, language)})


def _pattern(form: Any) -> str:
    return next(str(one.pattern) for one in form.__metadata__ if getattr(one, "pattern", None))


OF_PATTERN = {_pattern(form): (english, chinese) for form, english, chinese in FORMS}
OF_PATTERN[r"^20\d{2}(-(0[1-9]|1[0-2]))?$"] = (
    "A year or a month such as 2026 or 2026-05 is expected.",
    "应为年份或月份，例如 2026 或 2026-05。",
)


def _own_words(message: str, language: Language) -> str:
    """What a validator of ours raised: a ValueError with an English and a Chinese line."""
    english, _, chinese = message.partition("\n")
    return chinese.strip() or english if language == "zh" else english


def _choices(context: Mapping[str, Any], language: Language) -> dict[str, str]:
    """`'a', 'b' or 'c'` as a plain list."""
    comma = "、" if language == "zh" else ", "
    return {
        name: comma.join(str(context[name]).replace(" or ", ", ").replace("'", "").split(", "))
        for name in ("expected", "expected_tags")
        if name in context
    }
