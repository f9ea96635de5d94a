"""What a script would do: read the workbook, insert its rows as they stand."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from openpyxl import load_workbook

from tests.bench.measured import Meter

BATCH = 1_000


async def measure(mongo_url: str, file: str, pids: dict[str, int]) -> dict[str, Any]:
    client: Any = AsyncIOMotorClient(mongo_url, w="majority", journal=True)
    rows, meter = _rows(file), Meter(pids)
    meter.start()
    count = 0
    while batch := list(islice(rows, BATCH)):
        await client.bench_bare.rows.insert_many(batch)
        count += len(batch)
    measured = meter.stop(count)
    client.close()
    return dict(measured)


def _rows(file: str) -> Iterator[dict[str, Any]]:
    rows = load_workbook(file, read_only=True)["会员"].iter_rows(values_only=True)
    headings = [str(name) for name in next(rows)]
    return ({name: str(cell) for name, cell in zip(headings, row, strict=True)} for row in rows)
