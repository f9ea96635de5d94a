"""Every refusal of every part speaks English and Chinese, and fits its kind."""

import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

import services
import shared
from shared.kernel.problem import preferred
from shared.kernel.refusal import Conflict, Language, Refused, sentences

KINDS = {400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 431, 500, 503}


def every_refusal() -> Iterator[type[Refused]]:
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting = [Refused]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith(("shared.", "services.")):
            yield kind


def test_every_refusal_has_a_sentence_in_each_language_and_a_status_of_its_kind() -> None:
    for refusal in every_refusal():
        assert refusal.__doc__, refusal
        english, chinese = sentences(refusal)
        assert english, refusal
        assert chinese, refusal
        assert english.endswith((".", "}")), refusal
        assert chinese.endswith(("。", "}")), refusal
        assert refusal.status in KINDS, refusal
        assert blanks(english) == blanks(chinese), refusal


def test_no_detail_takes_the_place_of_what_the_standard_names() -> None:
    class NotOpen(Conflict):
        """It is {status}.
        其状态为 {status}。"""

    told = NotOpen(status="ended", detail="?", code=1, title="?").problem("en")
    assert (told["status"], told["detail"], told["state"]) == (409, "It is ended.", "ended")
    assert told["code"] == told["title"] == "NotOpen"


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_codes_are_unique_in_their_service() -> None:
    seen: dict[tuple[str, str], type[Refused]] = {}
    for refusal in every_refusal():
        where = ".".join(refusal.__module__.split(".")[:2])
        assert seen.setdefault((where, refusal.__name__), refusal) is refusal


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.5", "en"),
        ("zh;q=0.2, en;q=0.7", "en"),
        ("EN;q=0.1, ZH-hans;q=0.2", "zh"),
        ("fr, de", "en"),
        ("*", "en"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        (";;,,=", "en"),
    ],
)
def test_the_caller_chooses_the_language(header: str, language: Language) -> None:
    assert preferred(header.encode()) == language
