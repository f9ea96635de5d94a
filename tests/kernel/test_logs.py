"""Log lines: JSON, with who and which request; never a body or a person."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from shared.kernel import logs


@pytest.fixture
def lines() -> Iterator[Any]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("welfare", ["api", "relay"])
    (ours,) = root.handlers
    assert isinstance(ours, logging.StreamHandler)
    ours.setStream(written := io.StringIO())
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_says_what_happened_in_which_service_and_request(lines: Any) -> None:
    before = logs.correlation.set("c-1")
    structlog.get_logger("kernel").warning("relay steps down", epoch=3)
    logs.correlation.reset(before)
    (line,) = lines()
    assert line["event"] == "relay steps down"
    assert (line["service"], line["roles"], line["correlation"]) == ("welfare", "api,relay", "c-1")
    assert (line["level"], line["epoch"]) == ("warning", 3)


def test_what_is_not_known_to_be_harmless_is_dropped_and_named(lines: Any) -> None:
    structlog.get_logger("kernel").info("joined", name="安娜", body={"id_number": "1"}, headers={}, value=b"")
    (line,) = lines()
    assert line["dropped"] == ["body", "headers", "name", "value"]
    assert "安娜" not in json.dumps(line, ensure_ascii=False)


def test_other_libraries_write_the_same_lines_with_what_may_be_a_person_blotted_out(lines: Any) -> None:
    logging.getLogger("aiokafka.consumer").warning("cannot read %s of %s", "11010519491231002X", "安娜")
    (line,) = lines()
    assert line["event"] == "cannot read … of …"
    assert (line["service"], line["logger"]) == ("welfare", "aiokafka.consumer")


def test_an_exception_tells_where_and_what_but_no_value(lines: Any) -> None:
    class Card(BaseModel):
        number: int

    def raised() -> Exception:
        try:
            Card.model_validate({"number": "Anna"})
        except ValidationError as wrong:
            try:
                raise KeyError("13800138000") from wrong
            except KeyError as found:
                return found
        raise AssertionError

    structlog.get_logger("kernel").error("a request failed", exc_info=raised())
    (line,) = lines()
    outer, inner = line["exception"]
    assert (outer["type"], outer["message"]) == ("KeyError", "'…'")
    assert (inner["type"], inner["message"]) == ("ValidationError", "number: int_parsing")
    assert "test_logs.py" in outer["at"][0]
    assert "Anna" not in json.dumps(line)


def test_every_field_that_the_code_logs_is_one_that_may_be_written() -> None:
    root = Path(logs.__file__).parents[2]
    for folder in ("shared", "services", "deploy"):
        for file in (root / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text())):
                if isinstance(call, ast.Call) and written_by(call):
                    fields = {word.arg for word in call.keywords if word.arg} - {"exc_info"}
                    assert fields <= logs.FIELDS, f"{file}:{call.lineno}"


def written_by(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
        and call.func.attr in ("debug", "info", "warning", "error", "exception")
    )
