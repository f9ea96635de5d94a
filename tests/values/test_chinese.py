"""A Chinese sentence says no English code."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest

from shared.kernel.aggregate import Aggregate
from shared.kernel.refusal import Conflict
from shared.values.chinese import CHINESE
from shared.values.policy import PolicyKind
from shared.values.roles import RoleName
from shared.values.words import EndReason, OrgKind

SERVICES = [import_module(f"services.{name}") for name in ("members", "activities", "welfare")]


def words_of(hint: Any) -> Iterator[str]:
    for part in get_args(hint):
        if isinstance(part, str):
            yield part
        else:
            yield from words_of(part)


def states() -> Iterator[str]:
    kinds = [kind for kind in Aggregate.__subclasses__() if kind.__module__.startswith("services.")]
    for kind in kinds:
        hints = get_type_hints(kind)
        for name in ("status", "budget"):
            yield from words_of(hints.get(name))


@pytest.mark.parametrize("words", [OrgKind, EndReason, PolicyKind, RoleName])
def test_every_word_of_a_closed_list_has_a_chinese_one(words: Any) -> None:
    assert set(words_of(words)) <= CHINESE.keys()


def test_every_state_has_a_chinese_word() -> None:
    assert SERVICES
    assert set(states()) <= CHINESE.keys()


class NotNow(Conflict):
    """It is {status} in {org_id}; wait.
    {org_id} 中当前{status}，请等候。"""


def test_codes_are_said_in_chinese_and_names_stay_as_they_are() -> None:
    refusal = NotNow(status="reviewed", org_id="branch")
    assert refusal.sentence("zh") == "branch 中当前已初审，请等候。"
    assert refusal.sentence("en") == "It is reviewed in branch; wait."
