"""What is wrong with a field is said so that one knows what to write."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.kernel.invalid_request import FORMS, OF_PATTERN, OTHER, InvalidRequest, _pattern


def _errors(wrong: ValidationError, language: Any) -> list[str]:
    return [error["detail"] for error in InvalidRequest(wrong).problem(language)["errors"]]


@pytest.mark.parametrize("form", [form for form, *_ in FORMS], ids=lambda form: _pattern(form)[:24])
def test_a_text_of_the_wrong_form_is_told_which_form_it_has(form: Any) -> None:
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(form).validate_python("\x07?")
    (english,), (chinese,) = _errors(wrong.value, "en"), _errors(wrong.value, "zh")
    assert (english, chinese) != OTHER
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def _patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(pattern := node.get("pattern"), str):
            yield pattern
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from _patterns(one)


def test_every_form_that_text_may_have_has_its_sentence() -> None:
    for file in Path("deploy/contracts/openapi").glob("*.json"):
        assert set(_patterns(json.loads(file.read_text()))) <= OF_PATTERN.keys(), file.name
