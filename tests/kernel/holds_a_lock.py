"""A process that is about to be killed:  python -m tests.kernel.holds_a_lock URL DATABASE  opens a transaction."""

import asyncio
import sys

from shared.kernel.mongo.driver import Driver, connect


async def main(url: str, database: str) -> None:
    driver = Driver(connect(url), database, "victim")
    await driver.open()
    async with driver.transaction() as session:
        await driver.db.things.update_one({"_id": "wanted"}, {"$set": {"by": "victim"}}, session=session)
        print("open", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
