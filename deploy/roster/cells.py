"""What people type into cells, as one form each: full-width digits, spaces, dates in many ways, numbers kept as floats.

What was lost is refused, never guessed. Where a day of joining is only known by its month, the first of it is meant.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from deploy.roster.fault import FormulaCell, HiddenCharacters, LostDigits, MonthInDoubt, NoSuchDay

Cell = Any
"""As a reader gives it: None, text, number, truth value, date, or a Formula."""
Read = Callable[[Cell], Any]

BLANK = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x1f]+")
"""Also what nobody sees: it comes along when a number is copied from a phone."""
HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters that are no space, and those that turn the direction of writing: a name that is not what it looks
like."""
IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
SCIENTIFIC = re.compile(r"\d(?:\.\d*)?[eE]\+?\d{1,2}")
DAY = re.compile(r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))(?:T?00:00(?::00)?)?")
MONTH = re.compile(r"(\d{4})(?:年(\d{1,2})月|-(\d{2}))")
PERHAPS_MONTH = re.compile(r"\d{4}[-./年]\d{1,2}")
"""A cell of 2024.10 is the number 2024.1 to a spreadsheet: which month was meant is lost."""
SERIALS = range(10_000, 80_000)
"""Days of Excel's calendar from 1927 to 2119."""
EPOCH = datetime(1899, 12, 30)


class Formula:
    """A cell that is computed: what it shows is not what was entered."""


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not BLANK.sub("", cell))


def text(cell: Cell) -> str | None:
    """None for an empty cell; whole numbers as they look, since codes are typed as numbers. Raises FormulaCell."""
    if isinstance(cell, Formula) or (isinstance(cell, str) and cell.lstrip().startswith(("=", "＝"))):
        raise FormulaCell()
    if is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return BLANK.sub(" ", str(cell)).strip()


def plain(cell: Cell) -> str | None:
    """Digits and letters as ASCII has them, without spaces. Raises FormulaCell."""
    written = text(cell) or ""
    return unicodedata.normalize("NFKC", BLANK.sub("", unicodedata.normalize("NFKC", written))).lstrip("'’`") or None


def name(cell: Cell) -> str | None:
    """Without the spaces that make names of two characters as wide as those of three. Raises FormulaCell,
    HiddenCharacters."""
    written = text(cell)
    if written and HIDDEN.search(str(cell)):
        raise HiddenCharacters()
    return IN_CHINESE.sub("", written) if written else None


def id_number(cell: Cell) -> str | None:
    """Eighteen places are more than a number in a spreadsheet has. Raises LostDigits, FormulaCell."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise LostDigits()
    written = plain(cell)
    if written and SCIENTIFIC.fullmatch(written):
        raise LostDigits()
    return written


def phone(cell: Cell) -> str | None:
    """Eleven digits fit into a number, if it was not shortened when it was written as text. Raises LostDigits."""
    written = plain(cell)
    if written and SCIENTIFIC.fullmatch(written):
        written = _whole(written)
    return re.sub(r"^(\+|00)86-?", "", written) if written else None


def _whole(written: str) -> str:
    number = Decimal(written)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0:
        raise LostDigits()
    return f"{number:f}".partition(".")[0]


def day(cell: Cell) -> date | None:
    """Raises NoSuchDay, MonthInDoubt, FormulaCell."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = plain(cell)
    if written is None:
        return None
    if written.isdecimal() and len(written) == 5 and int(written) in SERIALS:
        return (EPOCH + timedelta(days=int(written))).date()
    try:
        return date(*_year_month_day(written))
    except ValueError:
        raise NoSuchDay() from None


def _year_month_day(written: str) -> tuple[int, int, int]:
    if month := MONTH.fullmatch(written):
        year, in_chinese, with_two_digits = month.groups()
        return int(year), int(in_chinese or with_two_digits), 1
    if PERHAPS_MONTH.fullmatch(written):
        raise MonthInDoubt()
    if not (found := DAY.fullmatch(written)):
        raise NoSuchDay()
    year, month_of, day_of, short_month, short_day = found.groups()
    return int(year), int(month_of or short_month), int(day_of or short_day)


def count(cell: Cell) -> Any:
    """A whole number; anything else as it is, for the command to refuse. Raises FormulaCell."""
    written = plain(cell)
    try:
        number = Decimal(written.replace(",", "")) if written else None
    except InvalidOperation:
        return written
    if number is None or not number.is_finite() or number.adjusted() > 9:
        return written
    return int(number) if number == number.to_integral_value() else written


def one_of(words: Mapping[str, Any]) -> Read:
    """The value of a word, however it is written; a word that is not among them as it is."""
    known = {_folded(word): value for word, value in words.items()}
    known |= {_folded(str(value)): value for value in words.values()}

    def read(cell: Cell) -> Any:
        written = plain(cell)
        return known.get(_folded(written), written) if written else None

    return read


def _folded(word: str) -> str:
    return re.sub(r"[\s_()-]", "", unicodedata.normalize("NFKC", word)).casefold()
