"""What is wrong with the words of a request, field by field, in plain sentences. Never shows what was sent."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.kernel.refusal import Invalid, Language

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
    "string_pattern_mismatch": ("This does not have the right form.", "格式不正确。"),
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
OTHER = ("This value is not accepted.", "此值不被接受。")


class InvalidRequest(Invalid):
    """Some of what was sent is not right; each field is named with what is wrong.
    部分内容有误，请按各字段的说明更正。"""

    def __init__(self, wrong: ValidationError) -> None:
        super().__init__()
        self._wrong = wrong.errors(include_url=False, include_input=False)

    def problem(self, language: Language) -> dict[str, Any]:
        errors = [{"field": _field(error), "detail": _sentence(error, language)} for error in self._wrong]
        return super().problem(language) | {"errors": errors}


def _field(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"])


def _sentence(error: ErrorDetails, language: Language) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return _own_words(str(context["error"]), language)
    words = WORDS.get(error["type"], OTHER)[language == "zh"]
    return words.format_map({**context, **_choices(context, language)})


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
