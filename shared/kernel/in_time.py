"""Whoever asks has an answer in time, whatever becomes of the work."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from shared.kernel.problem import NotInTime

log = structlog.get_logger(__name__)

T = TypeVar("T")
_given_up: set[asyncio.Task[Any]] = set()


async def in_time(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What comes of it within so many seconds; NotInTime. Nobody waits until what was given up has tidied up behind
    itself: that takes the database, and it is the database that is slow."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,), timeout=seconds)
        if not task.done():
            raise NotInTime(seconds=round(seconds))
        return task.result()
    finally:
        if not task.done():
            _given_up.add(task)
            task.add_done_callback(_ended)
            task.cancel()


def _ended(task: asyncio.Task[Any]) -> None:
    _given_up.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.warning("what had been given up has failed", exc_info=error)
