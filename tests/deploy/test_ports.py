import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.cannot_start import PortTaken
from deploy.local.ports import PICKED_FROM, choose_ports, is_free

NAMES = {"mongod": 0, "kafka": 1}


def two_free_ports() -> int:
    """The first of two neighbours that nobody has."""
    while not (is_free(port := random.choice(PICKED_FROM)) and is_free(port + 1)):
        continue
    return port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port in use, whose lower neighbour is free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", two_free_ports() + 1))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_base_fixes_every_port(tmp_path: Path) -> None:
    base = two_free_ports()
    assert choose_ports(tmp_path, NAMES, base) == {"mongod": base, "kafka": base + 1}


def test_a_taken_port_is_named_with_the_one_who_needs_it(tmp_path: Path, taken: int) -> None:
    with pytest.raises(PortTaken, match=rf"Port {taken} \(kafka\) is in use .* give another --port-base"):
        choose_ports(tmp_path, NAMES, taken - 1)


def test_ports_are_remembered(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, NAMES, None)
    assert choose_ports(tmp_path, NAMES, None) == first
    assert len(set(first.values())) == 2


def test_a_remembered_port_that_is_taken_now_is_replaced_and_the_other_kept(tmp_path: Path, taken: int) -> None:
    free = two_free_ports()
    (tmp_path / "ports.json").write_text(f'{{"mongod": {taken}, "kafka": {free}}}')
    ports = choose_ports(tmp_path, NAMES, None)
    assert ports["kafka"] == free
    assert is_free(ports["mongod"])


def test_a_broken_memory_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    assert choose_ports(tmp_path, NAMES, None)
