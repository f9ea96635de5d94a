"""One mongod as a replica set of one: transactions, change streams and majority writes as in production."""

from pathlib import Path

from deploy.local.binaries import find_mongod
from deploy.local.child import Program
from deploy.local.listening import listens
from shared.kernel.admin import Refused, initiate_replica_set

REPLICA_SET = "rs0"
OPLOG_MIB = 256
CACHE_GIB = 0.5
TRANSACTION_LIFETIME = 4
"""Seconds: what a killed process leaves open is rolled back after at most this (and 2 s until mongod looks)."""


def mongo_url(port: int) -> str:
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def mongod(state: Path, port: int) -> Program:
    """Raises UnsupportedPlatform."""
    data = state / "mongod"
    data.mkdir(exist_ok=True)

    async def ready() -> bool:
        if not await listens(port):
            return False
        try:
            await initiate_replica_set(mongo_url(port))
        except (Refused, TimeoutError):
            return False
        return True

    return Program(
        name="mongod",
        command=(
            str(find_mongod()),
            *("--replSet", REPLICA_SET, "--dbpath", str(data), "--port", str(port)),
            *("--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"),
            *("--oplogSize", str(OPLOG_MIB), "--wiredTigerCacheSizeGB", str(CACHE_GIB)),
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME}"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ),
        log=state / "log" / "mongod.log",
        ready=ready,
        port=port,
        stop_within=10.0,
    )
