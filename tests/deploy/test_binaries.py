import platform
from pathlib import Path

import pytest

from deploy.local import binaries
from deploy.local.binaries import find_java, find_mongod
from deploy.local.cannot_start import UnsupportedPlatform


def put_on_path(folder: Path, name: str, says: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return program


@pytest.mark.parametrize("says", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "25" 2025-09-16'])
def test_java_on_path_is_taken_where_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    program = put_on_path(tmp_path, "java", says, monkeypatch)
    assert find_java() == program


@pytest.mark.parametrize("says", ['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_202"', "no java here"])
def test_an_older_java_gives_way_to_the_one_in_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    put_on_path(tmp_path, "java", says, monkeypatch)
    assert find_java().parts[-3:] == ("java-runtime", "bin", "java")


def test_mongod_on_path_is_taken_where_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put_on_path(tmp_path, "mongod", "db version v7.0.2", monkeypatch)
    assert find_mongod() == program


def test_without_anything_on_path_the_wheels_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mongod().parts[-3:] == ("db", "bin", "mongod")
    assert find_mongod().stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("function", "answer", "sentence"),
    [
        ("machine", "aarch64", r"Linux on x86-64 only, this is Linux aarch64: install mongod and Java 17"),
        ("libc_ver", ("glibc", "2.31"), r"needs glibc 2\.35 or newer, this is glibc 2\.31: install"),
        ("libc_ver", ("", ""), r"needs glibc 2\.35 or newer, this is musl: install .*GONGHUI_MONGO_URL"),
    ],
)
def test_another_platform_is_told_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, answer: object, sentence: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(platform, function, lambda: answer)
    with pytest.raises(UnsupportedPlatform, match=sentence):
        find_mongod()


def test_another_platform_with_programs_of_its_own_is_welcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put_on_path(tmp_path, "mongod", "db version v8.0.0", monkeypatch)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert find_mongod() == program


def test_a_wheel_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsupportedPlatform, match="wheel with mongod is not installed"):
        binaries.inside_wheel("no_such_package", "bin/mongod")
