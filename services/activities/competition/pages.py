"""A long list in several events: one event has a largest size."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
PAGE = 200
"""Rows of one event; 256 KiB hold some thousand."""


def pages(rows: Sequence[T]) -> Iterator[tuple[int, int, tuple[T, ...]]]:
    """Number of the page, how many there are, what is on it; an empty list is one empty page."""
    starts = range(0, max(len(rows), 1), PAGE)
    for number, start in enumerate(starts, 1):
        yield number, len(starts), tuple(rows[start : start + PAGE])
