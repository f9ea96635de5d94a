"""Alarms of all processes since their beginning, as their logs have them: each one that is due, and no other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.demo.checks import Check
from shared.kernel.follower import ALARMS, ANEW
from shared.kernel.ports import Partition
from tests.faults.world import Cut, World

LIBRARY = "aiokafka"
"""What it logs, and what its tasks leave behind, is no alarm: what follows from it is seen in runners and relays."""
ALARMING = (ANEW, *ALARMS.values())


def alarms(world: World) -> Check:
    """Of all processes since their beginning, as their logs have them: each one due, and no other."""
    due = sorted(world.cut, key=lambda cut: cut.at)
    raised: set[Cut] = set()
    wrong: list[str] = []
    for line in errors(world.stack.state / "log"):
        where = line.get("topic", ""), int(line.get("partition", -1))
        if line["event"] not in ALARMING:
            wrong.append(
                f"{line.get('service')}: {line['event']} {line.get('exception', line.get('reason', ''))}"[:500]
            )
        elif (cut := _cut_before(due, where, datetime.fromisoformat(line["timestamp"]))) is None:
            wrong.append(f"{line.get('service')}: an alarm without a cause, {line['event']} {where}")
        elif line.get("service") == cut.reader:
            raised.add(cut)
    wrong += [f"{cut.reader} raised no alarm for {cut.partition}, cut at {cut.at}" for cut in due if cut not in raised]
    return Check(f"alarms: {len(raised)} due, all raised, and no other", tuple(wrong))


def _cut_before(due: Sequence[Cut], where: Partition, at: datetime) -> Cut | None:
    """The last one of this partition."""
    return next((cut for cut in reversed(due) if cut.partition == where and cut.at <= at), None)


def errors(folder: Path) -> Iterator[dict[str, Any]]:
    """What services have logged as errors; a line may have been cut by SIGKILL or by a full disk."""
    for file in sorted(folder.glob("*-*.log*")):
        for text in file.read_text(errors="replace").splitlines():
            if '"error"' in text or '"critical"' in text:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if line.get("level") in ("error", "critical") and not _of_the_library(line):
                    yield line


def _of_the_library(line: Mapping[str, Any]) -> bool:
    logger, event = line.get("logger", ""), line["event"]
    return logger.startswith(LIBRARY) or (logger == "asyncio" and f"/{LIBRARY}/" in event.partition("exception=")[0])
