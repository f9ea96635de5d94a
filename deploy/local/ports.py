"""Ports of the stack: given by a base, else those of last time, else free ones."""

import json
import random
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from deploy.local.cannot_start import PortTaken

PICKED_FROM = range(20_000, 32_000)
"""Below the range from which the system takes ports for outgoing connections."""
FILE = "ports.json"


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports(state: Path, offsets: Mapping[str, int], base: int | None) -> dict[str, int]:
    """A port for every name, remembered in the state directory. Raises PortTaken, only where a base is given."""
    if base is None:
        ports = remembered_or_free(read_remembered(state), offsets)
    else:
        ports = {name: base + offset for name, offset in offsets.items()}
        for name, port in ports.items():
            if not is_free(port):
                raise PortTaken(name, port)
    (state / FILE).write_text(json.dumps({**read_remembered(state), **ports}, indent=1))
    return ports


def read_remembered(state: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads((state / FILE).read_text()).items()}
    except (FileNotFoundError, ValueError):
        return {}


def remembered_or_free(remembered: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    ports: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        while port is None or port in ports.values() or not is_free(port):
            port = random.choice(PICKED_FROM)
        ports[name] = port
    return ports
