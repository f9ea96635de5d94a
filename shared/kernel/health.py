"""Whether a process lives, and whether each of its roles is ready."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""What is not ready, in words; None if it is."""
Status = Callable[[], Awaitable[Mapping[str, Any]]]

PATIENCE = 2.0
"""Seconds for a check to answer."""


@dataclass(frozen=True)
class Probes:
    """What a process tells about itself: a check for each of its roles, and its state for `gonghui status`."""

    checks: Mapping[str, Check]
    status: Status


async def readiness(checks: Mapping[str, Check]) -> dict[str, str]:
    """What is not ready, by role; empty when everything is."""
    reasons = await asyncio.gather(*(_reason(name, check) for name, check in checks.items()))
    return {name: reason for name, reason in zip(checks, reasons, strict=True) if reason}


async def _reason(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return "does not answer"
    except Exception as failed:  # a check that breaks is an answer: not ready
        log.warning("a check of readiness failed", check=name, exc_info=failed)
        return type(failed).__name__
