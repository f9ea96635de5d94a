"""Whether personal data stand where they must not: numbers by form and checksum, and whatever is known literally."""

import re
import unicodedata
from collections.abc import Collection, Iterator

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from shared.kernel.ports import Record

PSEUDONYMS = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24}|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"
    r"(?![0-9a-f])"
)
"""UUIDs, log incarnations, trace parents: random, and digits may follow each other in them by chance."""
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
NUMBERS = re.compile(r"\d+[Xx]?")
MOBILE = re.compile(r"1[3-9]\d{9}")
WORDS = re.compile(r"[0-9A-Za-z_-]+")
CHINESE = re.compile(r"[\u3400-\u9fff·]+")


class Scanner:
    def __init__(self, literals: Collection[str] = ()) -> None:
        """`literals`: names and numbers that must not be found."""
        self._words = frozenset(literals)
        self._names = [name for name in self._words if CHINESE.fullmatch(name)]

    def record(self, record: Record) -> Iterator[str]:
        """Where in it what kind of personal data stands; never the data."""
        parts = [("key", record.key), ("value", record.value), *record.headers]
        for name, content in parts:
            for kind in self.text((content or b"").decode(errors="replace")):
                yield f"{record.topic}[{record.partition}] at {record.offset}, {name}: {kind}"

    def text(self, text: str) -> Iterator[str]:
        """Kinds of personal data in a text."""
        plain = unicodedata.normalize("NFKC", ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
        if self._words.intersection(WORDS.findall(plain)):
            yield "a number of the roster"
        if any(name in run for run in CHINESE.findall(plain) for name in self._names):
            yield "a name of the roster"
        for number in NUMBERS.findall(PSEUDONYMS.sub("", plain)):
            yield from _kinds(number)


def _kinds(number: str) -> Iterator[str]:
    digits = number.rstrip("Xx")
    if len(number) == 18 and mod_11_2.is_valid(number.upper()):
        yield "an ID number"
    elif MOBILE.fullmatch(digits):
        yield "a mobile number"
    elif 16 <= len(digits) <= 19 and luhn.is_valid(digits):
        yield "a bank card"
