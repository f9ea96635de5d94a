"""JSON logs on standard output: what happened, in which service and request; never a body or a person.

Only the fields in `FIELDS` are written; others are dropped and their names listed under `dropped`. Messages of other
libraries and of exceptions are free text: runs of digits and Chinese words in them are blotted out, and what pydantic
says about a value is reduced to where and why.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import structlog
from pydantic import ValidationError

correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
"""The correlation id of the request or event being handled; every line written meanwhile carries it."""

_WHO = "event level timestamp logger service roles correlation pid exception dropped"
_WHAT = (
    "command query reaction view runner timer topic partition partitions position previous offset stream commit type "
    "organisation version collection key_id purpose code status outcome reason detail check metric"
)
_HOW_MUCH = "count events batch attempts seconds age lag limit port host epoch owner next published expected found"

FIELDS = frozenset(f"{_WHO} {_WHAT} {_HOW_MUCH}".split())

_TELLING = re.compile(r"\d{11,}[Xx]?|[\u3400-\u9fff]+")
"""What may be a number or a name of a person in free text."""


def configure(service: str, roles: Iterable[str] = (), level: str = "INFO") -> None:
    """Once, at the start of a process: structlog and the standard library's logging write the same JSON lines."""
    about = {"service": service, "roles": ",".join(roles)}

    def who(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line.update(about)
        return line

    ours: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        who,
        correlated,
        told,
    ]
    structlog.configure(
        processors=[*ours, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*ours, blotted],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                free_text,
                only_known,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "aiokafka", "faststream"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def correlated(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if current := correlation.get():
        line["correlation"] = current
    return line


def told(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` as what was raised and where, without values."""
    raised = line.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    elif isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        line["exception"] = list(_chain(raised))
    return line


def blotted(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line["event"] = _blot(str(line["event"]))
    return line


def free_text(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in line.keys() & {"reason", "detail"}:
        line[name] = _blot(str(line[name]))
    return line


def only_known(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if unknown := sorted(line.keys() - FIELDS):
        line = {name: value for name, value in line.items() if name in FIELDS}
        line["dropped"] = unknown
    return line


def _chain(raised: BaseException) -> Iterable[dict[str, Any]]:
    link: BaseException | None = raised
    for _ in range(5):
        if link is None:
            return
        yield {"type": type(link).__qualname__, "message": _message(link), "at": list(_frames(link.__traceback__))}
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _message(raised: BaseException) -> str:
    if isinstance(raised, ValidationError):
        errors = raised.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in errors)
    return _blot(str(raised))


def _frames(trace: TracebackType | None) -> Iterable[str]:
    while trace:
        code = trace.tb_frame.f_code
        yield f"{'/'.join(code.co_filename.split('/')[-3:])}:{trace.tb_lineno} {code.co_qualname}"
        trace = trace.tb_next


def _blot(text: str) -> str:
    return _TELLING.sub("…", text)
