"""What `gonghui status` says, gathered from the processes' own `/status` and `/readyz`."""

import asyncio
from typing import Any

import httpx

from deploy.local.listening import listens

PATIENCE = 3.0
"""Seconds for a process to answer."""


async def report(addresses: dict[str, Any]) -> dict[str, Any]:
    """The addresses of a stack with the state of everything on them; `null` is what nobody answered."""
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        processes = await asyncio.gather(*(one_process(client, process) for process in addresses["processes"]))
    told = [(process, process.pop("status")) for process in processes]
    answered = [(name_of(process), status) for process, status in told if status]
    return {
        "kafka": addresses["kafka"],
        "mongo": addresses["mongo"],
        "services": addresses["services"],
        "processes": processes,
        "runners": [{"service": name, **runner} for name, status in answered for runner in status.get("runners", [])],
        **{part: first_of(part, answered) for part in ("outbox", "quarantine")},
        "leader": {name: relay.get("leader") for name, relay in first_of("relay", answered).items()},
    }


async def one_process(client: httpx.AsyncClient, process: dict[str, Any]) -> dict[str, Any]:
    at = f"http://127.0.0.1:{process['port']}"
    if process["service"] is None:
        return {**process, "ready": await listens(process["port"]), "status": None}
    ready, status = await asyncio.gather(answer(client, f"{at}/readyz"), answer(client, f"{at}/status"))
    return {
        **process,
        "ready": ready is not None and ready.status_code == httpx.codes.OK,
        "answers": status is not None,
        "status": body_of(status),
    }


async def answer(client: httpx.AsyncClient, url: str) -> httpx.Response | None:
    try:
        return await client.get(url)
    except httpx.HTTPError:
        return None


def body_of(response: httpx.Response | None) -> dict[str, Any]:
    if response is None or response.status_code != httpx.codes.OK:
        return {}
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def name_of(process: dict[str, Any]) -> str:
    return str(process["service"])


def first_of(part: str, answered: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """By service, what the first of its processes that runs this part says of it."""
    found: dict[str, Any] = {}
    for name, status in answered:
        if status.get(part):
            found.setdefault(name, status[part])
    return found
