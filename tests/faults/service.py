"""A service as it runs under faults: its connections led through proxies, its clock skewed, or its next build.

python -m tests.faults.service ORDERS.json SERVICE [ARGUMENT ...]
"""

import importlib
import json
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from shared.kernel import clock
from shared.kernel.process import main


@dataclass(frozen=True)
class Orders:
    """What a process of a service is to suffer from its next start on."""

    ports: Mapping[str, int] = field(default_factory=dict)
    """To which port connections to another one are led."""
    skew: float = 0.0
    """Seconds by which its clock is ahead."""
    next_build: bool = False

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """Whole or not at all: the process may be starting just now."""
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(file)


def lead_connections(ports: Mapping[str, int]) -> None:
    """Database and broker tell their clients their own addresses, so the way is changed where it is taken."""
    straight = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and (port := ports.get(str(address[1]))):
            address = ("127.0.0.1", port)
        straight(self, address)

    socket.socket.connect = connect  # type: ignore[assignment, method-assign]


def skew(seconds: float) -> None:
    """The clock port is wrong by so much, whatever the server says."""
    right = clock.ServerClock.now

    def now(self: clock.ServerClock) -> datetime:
        return right(self) + timedelta(seconds=seconds)

    clock.ServerClock.now = now  # type: ignore[method-assign]


def run() -> None:
    file, name, *arguments = sys.argv[1:]
    orders = Orders.read(Path(file))
    lead_connections(orders.ports)
    if orders.skew:
        skew(orders.skew)
    sys.argv = [f"services.{name}", *arguments]
    main(build(name, next_build=orders.next_build))


def build(name: str, *, next_build: bool) -> Any:
    """The service as this build declares it, or as the next one will."""
    if next_build:
        from tests.faults.next_build import declared

        return declared(name)
    return importlib.import_module(f"services.{name}").service


if __name__ == "__main__":
    run()
