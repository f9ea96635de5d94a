import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.cannot_start import PortTaken
from deploy.local.ports import choose_ports, is_free

NAMES = {"mongod": 0, "kafka": 1}


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_base_fixes_every_port(tmp_path: Path) -> None:
    base = choose_ports(tmp_path, {"any": 0}, None)["any"]
    assert choose_ports(tmp_path, NAMES, base) == {"mongod": base, "kafka": base + 1}


def test_a_taken_port_is_named_with_the_one_who_needs_it(tmp_path: Path, taken: int) -> None:
    with pytest.raises(PortTaken, match=rf"Port {taken} \(kafka\) is in use .* give another --port-base"):
        choose_ports(tmp_path, NAMES, taken - 1)


def test_ports_are_remembered(tmp_path: Path) -> None:
    first = choose_ports(tmp_path, NAMES, None)
    assert choose_ports(tmp_path, NAMES, None) == first
    assert len(set(first.values())) == 2


def test_a_remembered_port_that_is_taken_now_is_replaced_and_the_other_kept(tmp_path: Path, taken: int) -> None:
    (tmp_path / "ports.json").write_text(f'{{"mongod": {taken}, "kafka": 20123}}')
    ports = choose_ports(tmp_path, NAMES, None)
    assert ports["kafka"] == 20123
    assert is_free(ports["mongod"])


def test_a_broken_memory_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{")
    assert choose_ports(tmp_path, NAMES, None)
