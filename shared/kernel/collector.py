"""Python's cyclic collector, kept from looking through what a batch makes and drops: that took a third of the time.

Hardly anything here is a cycle: it is enough to look for them between batches, at what is new every two seconds, at all
of it every minute.
"""

import gc
import time

EVERY, ALL_EVERY = 2.0, 60.0
"""Seconds."""

_looked = _looked_at_all = 0.0


def spare_the_collector() -> None:
    """What is here now is here for good; from now on cycles are looked for when `collect` is called, only: for whoever
    starts a process and calls that, not for a part of one."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect() -> None:
    """Look for cycles if it is time; to be called about once a second."""
    global _looked, _looked_at_all
    now = time.monotonic()
    if now - _looked_at_all >= ALL_EVERY:
        _looked_at_all = _looked = now
        gc.collect()
    elif now - _looked >= EVERY:
        _looked = now
        gc.collect(0)
