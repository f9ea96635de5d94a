"""Kafka's jars in the cache: what is missing or broken is fetched, checked against `kafka.lock`, and kept."""

import asyncio
import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.cannot_start import OWN_SERVERS, DiskFull, DownloadFailed

LOCK = Path(__file__).with_name("kafka.lock")

Fetched = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all) while jars come in, from any thread; may raise to abandon the download."""


@dataclass(frozen=True)
class Jar:
    coordinate: str
    size: int
    """Bytes."""
    sha256: str

    @property
    def name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def sound(self, folder: Path) -> bool:
        path = folder / self.name
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def cache_folder() -> Path:
    """`GONGHUI_CACHE`, by default `~/.cache/gonghui`."""
    return Path(os.environ.get("GONGHUI_CACHE") or Path.home() / ".cache" / "gonghui")


def read_lock(lock: Path = LOCK) -> tuple[Jar, ...]:
    rows = (line.split() for line in lock.read_text().splitlines())
    return tuple(Jar(coordinate, int(size), sha256) for coordinate, size, sha256 in rows)


def class_path(fetched: Fetched, cache: Path | None = None, jars: Iterable[Jar] | None = None) -> str:
    """Kafka's class path. Touches the network only for jars that are missing or not what the lock says.

    Raises `DownloadFailed` or `DiskFull`.
    """
    folder = (cache or cache_folder()) / "jars"
    wanted = tuple(read_lock() if jars is None else jars)
    with told_in_words(folder):
        if missing := [jar for jar in wanted if not jar.sound(folder)]:
            download(missing, folder, fetched)
    return os.pathsep.join(str(folder / jar.name) for jar in wanted)


async def class_path_meanwhile(fetched: Fetched) -> str:
    """`class_path` in a thread; a cancelled start abandons the download at its next bytes."""
    abandoned = threading.Event()

    def still_wanted(so_far: int, total: int) -> None:
        if abandoned.is_set():
            raise DownloadFailed("The download was abandoned.")
        fetched(so_far, total)

    try:
        return await asyncio.to_thread(class_path, still_wanted)
    except asyncio.CancelledError:
        abandoned.set()
        raise


@contextmanager
def told_in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # jgo raises RuntimeError, its HTTP library OSErrors without a number
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.ENOSPC:
            raise DiskFull(folder, "while downloading Kafka") from error
        if number is not None:
            why = os.strerror(number)
            raise DownloadFailed(f"{folder} cannot be used ({why}): set GONGHUI_CACHE to another folder.") from error
        raise DownloadFailed(
            f"Kafka could not be downloaded ({type(error).__name__}): the first start needs the Java package registry, "
            f"so check the network and try again, or {OWN_SERVERS}."
        ) from error


def download(jars: list[Jar], folder: Path, fetched: Fetched) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    total, so_far = sum(jar.size for jar in jars), 0

    def came(count: int) -> None:
        nonlocal so_far
        so_far += count
        fetched(so_far, total)

    # On the same file system, so that a checked jar appears by one rename.
    with tempfile.TemporaryDirectory(dir=folder) as incoming, ThreadPoolExecutor(max_workers=6) as pool:
        arrivals = [pool.submit(fetch, jar, folder, Path(incoming), came) for jar in jars]
        try:
            for arrival in as_completed(arrivals):
                arrival.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def fetch(jar: Jar, folder: Path, incoming: Path, came: Callable[[int], None]) -> None:
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield came

    maven = MavenContext(PythonResolver(progress_callback=progress), repo_cache=incoming, local_repos=[])
    maven.remote_repos.update(GlobalSettings.load().repositories)  # a mirror named "central" in jgo's own settings
    group, artifact, version = jar.coordinate.split(":")
    path = maven.project(group, artifact).at_version(version).artifact().resolve()
    arrived = path.rename(incoming / jar.name)
    if not jar.sound(incoming):
        raise DownloadFailed(f"{jar.name} did not arrive as kafka.lock describes it: try again, or ask who serves it.")
    arrived.replace(folder / jar.name)
