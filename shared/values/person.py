"""What is known about a person and stays in the vault; and how it is kept out of everything else."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

LONG_RUN = re.compile(r"\d{6}|\d{3,}[ -]?\d{4,}")
LONG_NUMBER = re.compile(r"(?<!\d)\d{11,19}[Xx]?")


def says_nothing_about_a_person(text: str) -> str:
    """The text itself, unless a mobile, an ID number or a bank card stands in it: ValueError."""
    for number in LONG_NUMBER.findall(text):
        if MOBILE.match(number) or ric.is_valid(number) or (len(number) >= 16 and luhn.is_valid(number)):
            raise ValueError(
                "This looks like the phone, ID or card number of a person; give another code.\n"
                "疑似个人手机号、证件号或银行卡号，请更换。"
            )
    return text


def has_no_long_number(text: str) -> str:
    """The text itself, unless more digits follow each other than an organisation's name has: ValueError."""
    if LONG_RUN.search(text):
        raise ValueError("A name has no number of this length; leave it out.\n名称中不能有这么长的数字，请删去。")
    return text


def _resident(number: str) -> str:
    try:
        return str(ric.validate(number))
    except ValidationError:
        raise ValueError(
            "This is not a valid ID number of 18 places; compare it with the card.\n"
            "证件号码有误（应为18位），请与证件核对。"
        ) from None


def _half_width(text: object) -> object:
    """Digits and letters as ASCII has them; the spaces that people put between groups of digits go."""
    if not isinstance(text, str):
        return text
    return "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text if not c.isspace())


MOBILE = re.compile(r"^1[3-9]\d{9}$")

IdNumber = Annotated[str, BeforeValidator(_half_width), AfterValidator(_resident)]
"""Number of the resident identity card 居民身份证号 (GB 11643): 18 places, birth date and checksum are right."""


def born(number: IdNumber) -> date:
    """The date of birth that stands in it."""
    return ric.get_birth_date(number)


Mobile = Annotated[str, BeforeValidator(_half_width), StringConstraints(pattern=MOBILE.pattern)]
"""Mainland mobile number, eleven digits."""

PersonName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=50,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069<>=@\d]+$",
    ),
]
"""Neither digits nor what means something to a program; and nothing that nobody sees, such as a turn of direction."""

EmployeeNo = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
"""The person's number at the employer 工号."""
