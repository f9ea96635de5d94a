"""How a peer is started: the command, what it is told, and what it needs to be there."""

import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.local.child import Program
from tests.bench.peers import connect_jars
from tests.bench.peers.peer import Peer
from tests.bench.peers.programs import connect
from tests.bench.worker import ROOT

ENVIRONMENT = ROOT / ".venv-peers"
PROGRAMS = Path(__file__).with_name("programs")
SESSION_MS = 6_000
"""After which the broker gives up a peer that was killed; where it can be told."""


class NotThere(Exception):
    """What a peer needs is not installed; the message is told in the table."""


def program(peer: Peer, given: Mapping[str, Any], log: Path) -> Program:
    """NotThere; CannotStart where jars cannot be fetched."""

    async def ready() -> bool:
        return True

    return Program(
        name=peer.name,
        command=command(peer, {**given, **peer.options, "session_ms": SESSION_MS}),
        log=log,
        ready=ready,
        environment={**os.environ, "PYTHONPATH": str(ROOT)},
        stop_within=5.0,
    )


def command(peer: Peer, given: Mapping[str, Any]) -> Sequence[str]:
    match peer.home:
        case "own":
            return (sys.executable, "-m", f"tests.bench.peers.programs.{peer.program}", json.dumps(given))
        case "java":
            return connect.command(given)
        case "peers":
            python = ENVIRONMENT / "bin" / "python"
            if not python.exists():
                raise NotThere("not installed: `make bench-peers` installs it in .venv-peers")
            return (str(python), str(PROGRAMS / f"{peer.program}.py"), json.dumps(given))


def versions(peer: Peer) -> dict[str, str]:
    """Of what it is made of, as installed."""
    if peer.home == "java":
        return {name: connect_jars.version(name) for name in ("connect-runtime", "mongo-kafka-connect")}
    where = [str(path) for path in ENVIRONMENT.glob("lib/python*/site-packages")] if peer.home == "peers" else sys.path
    found = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions(path=where)}
    return {name: found[name] for name in peer.packages if name in found}
