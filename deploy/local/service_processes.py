"""The three services as processes: of each, its API apart from its runners; and the one that seals the ledgers."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.child import Program
from deploy.local.identity import audit_environment

SERVICES = ("members", "activities", "welfare")
PARTS = {"api": "api", "runners": "relay,views,reactions"}
"""Processes of every service and the roles that each of them has."""
AUDIT = "audit"
OF_ONE = {"welfare": {AUDIT: "ledger"}}
"""Further processes of one service."""
REPLICATED = "runners"
"""The part of which there may be several: one of them leads as the relay, all of them share the partitions."""

LEAN = {"MALLOC_ARENA_MAX": "2"}
"""The driver's threads would each keep an arena of their own: 261 MiB in a busy runner, 225 with this."""

Command = Callable[["ServiceProcess", int], Sequence[str]]
"""The command of a service process that is to listen on a port."""


@dataclass(frozen=True)
class ServiceProcess:
    service: str
    part: str
    replica: int = 1

    @property
    def name(self) -> str:
        return f"{self.service}-{self.part}" + (f"-{self.replica}" if self.replica > 1 else "")

    @property
    def roles(self) -> str:
        return parts_of(self.service)[self.part]


def processes_of(services: Iterable[str], replicas: int = 1) -> tuple[ServiceProcess, ...]:
    return tuple(
        ServiceProcess(service, part, replica)
        for service in services
        for part in parts_of(service)
        for replica in range(1, 1 + (replicas if part == REPLICATED else 1))
    )


def parts_of(service: str) -> dict[str, str]:
    return {**PARTS, **OF_ONE.get(service, {})}


def place_of(process: ServiceProcess) -> int:
    """Its place among the processes of its service, with five for each round of replicas."""
    return list(parts_of(process.service)).index(process.part) + 5 * (process.replica - 1)


def run_service(process: ServiceProcess, port: int) -> Sequence[str]:
    return (sys.executable, "-m", f"services.{process.service}", "--only", process.roles, "--port", str(port))


def program(
    process: ServiceProcess, port: int, state: Path, settings: Mapping[str, str], command: Command = run_service
) -> Program:
    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/readyz")

    audit = audit_environment(state / "secrets") if process.part == AUDIT else {}

    return Program(
        name=process.name,
        command=command(process, port),
        log=state / "log" / f"{process.name}.log",
        ready=ready,
        environment={**inherited(), **settings, **audit, "PYTHONUNBUFFERED": "1", **LEAN},
        port=port,
    )


def inherited() -> dict[str, str]:
    """This process's environment, less what would contradict the identity of the embedded stack."""
    other_identity = {
        "GONGHUI_JWKS_URL",
        "GONGHUI_VAULT_KEY",
        "GONGHUI_PEPPER",
        "GONGHUI_AUDIT_KEY",
        "GONGHUI_AUDIT_KEY_FILE",
    }
    return {name: value for name, value in os.environ.items() if name not in other_identity}


async def answers(url: str) -> bool:
    """Whether `url` answers 200 within two seconds."""
    try:
        # reading the certificates that plain HTTP has no use for takes a hundred times as long as asking
        async with httpx.AsyncClient(timeout=2.0, trust_env=False, verify=False) as client:
            return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
