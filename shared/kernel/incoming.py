"""A request as it comes in: who may have asked before, how long it would wait, what it says."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope

from shared.kernel.ports import Ids
from shared.kernel.problem import NotJson, TooLarge, TooManyValues, TooSlow
from shared.kernel.refusal import Invalid
from shared.kernel.room import Share

LARGEST = 1024 * 1024
"""Bytes of a request body."""
MOST_VALUES = 10_000
"""In a body: to tell what is wrong with each of those that fit into a megabyte keeps everybody waiting for a second."""
PATIENCE = 30.0
"""Seconds for a body to arrive, and the longest `Prefer: wait`."""

_KEY = re.compile(rb"[\x21-\x7e]{1,200}")
_WAIT = re.compile(rb"(?:^|[,;\s])wait=(\d{1,9})(?:$|[,;\s])")
_TRACE = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_CORRELATION = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{32}|(?!.*\d{11})[A-Za-z0-9._-]{1,64}"
)
"""Taken over from the caller; it travels with the events, so nothing that may be a number of a person."""


class BadIdempotencyKey(Invalid):
    """An Idempotency-Key has 1 to 200 visible ASCII characters.
    Idempotency-Key 须为 1 至 200 个可见的 ASCII 字符。"""


@dataclass
class Asked:
    """One request on its way."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    correlation: str
    trace: str | None
    outcome: str = ""
    decided: float = 0.0
    """When the answer was known, before any waiting."""


def correlation_of(headers: Mapping[bytes, bytes], ids: Ids) -> tuple[str, str | None]:
    """The correlation id, and the trace parent if there is a sound one."""
    trace = headers.get(b"traceparent", b"").decode("latin-1")
    traced = _TRACE.fullmatch(trace)
    given = headers.get(b"x-correlation-id", b"").decode("latin-1")
    if not _CORRELATION.fullmatch(given):
        given = traced[1] if traced else ids.new()
    return given, trace if traced else None


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise BadIdempotencyKey()
    return key.decode()


def wait_of(headers: Mapping[bytes, bytes]) -> int:
    """Seconds that the caller would wait to see its command's effect."""
    found = _WAIT.search(headers.get(b"prefer", b"").lower())
    return min(int(found[1]), int(PATIENCE)) if found else 0


async def body_of(asked: Asked, share: Share) -> bytes:
    length = asked.headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LARGEST:
        raise TooLarge(limit=LARGEST)
    body: bytes = b""
    try:
        async with asyncio.timeout(PATIENCE):
            while (message := await asked.receive())["type"] == "http.request":
                body += message.get("body", b"")
                if len(body) > LARGEST:
                    raise TooLarge(limit=LARGEST)
                share.grow(len(body))
                if not message.get("more_body"):
                    break
            else:
                raise TooSlow()
    except TimeoutError:
        raise TooSlow() from None
    kind = asked.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if body and kind != b"application/json":
        raise NotJson()
    if body.count(b",") >= MOST_VALUES:
        raise TooManyValues(limit=MOST_VALUES)
    return body
