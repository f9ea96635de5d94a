"""Yuan 元 of a cell as whole fen 分: exactly, or not at all."""

import re
import unicodedata
from decimal import Decimal

from shared.kernel.refusal import Invalid

AMOUNT = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d{1,2})?")
LOOSE = re.compile(r"\s|^[¥￥]|元$")
EXCEL = 15
"""Significant digits of a number in Excel: what stands beyond them in a float is no part of it."""
MOST = 10**12
"""Yuan; more is a slip."""


class NotAnAmount(Invalid):
    """This is not an amount in yuan with at most two decimals, zero or more; enter it like 12345.60.
    该金额应为不小于零、最多两位小数的元，请按 12345.60 的格式填写。"""


def fen(cell: object) -> int:
    """Whole fen of an amount in yuan, as a number or as text. Raises NotAnAmount."""
    written = _written(cell)
    if not AMOUNT.fullmatch(written) or (amount := Decimal(written.replace(",", ""))) > MOST:
        raise NotAnAmount()
    return int(amount * 100)


def _written(cell: object) -> str:
    """As one would write it by hand."""
    if isinstance(cell, float):
        return _plain(Decimal(f"{cell:.{EXCEL}g}"))
    return LOOSE.sub("", unicodedata.normalize("NFKC", str(cell)))


def _plain(number: Decimal) -> str:
    """Without exponent, and without zeros that say nothing."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
