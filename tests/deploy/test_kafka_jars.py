import gc
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.cannot_start import DownloadFailed
from deploy.local.kafka_jars import Jar, class_path, read_lock

CONTENT = b"not really a jar" * 1000
JAR = Jar("org.example:thing:1.0", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Registry:
    """A Java package registry with one jar, in a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.jar = folder / "org/example/thing/1.0/thing-1.0.jar"
        self.url = url
        self.jar.parent.mkdir(parents=True)
        self.jar.write_bytes(CONTENT)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    folder = tmp_path / "registry"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    use(f"http://127.0.0.1:{server.server_port}", tmp_path, monkeypatch)
    yield Registry(folder, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def use(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a group with a mirror of its own does it."""
    (folder / "jgo.conf").write_text(f"[repositories]\ncentral = {url}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(folder / "jgo.conf"))


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use("http://127.0.0.1:9", tmp_path, monkeypatch)


def silent(_so_far: int, _total: int) -> None:
    pass


def put(cache: Path, content: bytes) -> Path:
    jar = cache / "jars" / JAR.name
    jar.parent.mkdir()
    jar.write_bytes(content)
    return jar


def test_a_missing_jar_is_fetched_and_its_progress_told(tmp_path: Path, registry: Registry) -> None:
    told: list[tuple[int, int]] = []
    path = class_path(lambda *progress: told.append(progress), tmp_path, [JAR])
    assert Path(path).read_bytes() == CONTENT
    assert told[-1] == (JAR.size, JAR.size)
    assert [found.name for found in (tmp_path / "jars").iterdir()] == [JAR.name]


@pytest.mark.usefixtures("no_network")
def test_a_complete_cache_needs_no_network(tmp_path: Path) -> None:
    jar = put(tmp_path, CONTENT)
    assert class_path(silent, tmp_path, [JAR]) == str(jar)


@pytest.mark.parametrize("broken", [CONTENT[:-1], b"", b"N" + CONTENT[1:]], ids=["truncated", "empty", "one bit"])
def test_a_broken_jar_in_the_cache_is_fetched_again(tmp_path: Path, registry: Registry, broken: bytes) -> None:
    jar = put(tmp_path, broken)
    class_path(silent, tmp_path, [JAR])
    assert jar.read_bytes() == CONTENT


@pytest.mark.parametrize("served", [CONTENT[:-1], b"N" + CONTENT[1:]], ids=["truncated", "another"])
def test_a_download_that_is_not_what_the_lock_says_is_refused(
    tmp_path: Path, registry: Registry, served: bytes
) -> None:
    registry.jar.write_bytes(served)
    with pytest.raises(DownloadFailed, match=r"did not arrive as kafka\.lock describes it: try again"):
        class_path(silent, tmp_path, [JAR])
    assert not any((tmp_path / "jars").iterdir())


@pytest.mark.usefixtures("no_network")
def test_without_network_the_first_start_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"first start needs the Java package registry.*check the network") as told:
        class_path(silent, tmp_path, [JAR])
    assert "\n" not in str(told.value)


def test_a_cache_that_cannot_be_written_is_named(registry: Registry) -> None:
    with pytest.raises(DownloadFailed, match=r"^/dev/null/jars cannot be used \(Not a directory\): set GONGHUI_CACHE"):
        class_path(silent, Path("/dev/null"), [JAR])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_jar_that_nobody_has_is_a_failed_download(tmp_path: Path, registry: Registry) -> None:
    registry.jar.unlink()
    with pytest.raises(DownloadFailed):
        class_path(silent, tmp_path, [JAR])
    gc.collect()  # jgo leaves the connection of any answer but 200 open; here its warning is expected


def test_the_lock_names_kafka_and_one_logging_binding_in_one_version_each() -> None:
    projects = [jar.coordinate.rpartition(":")[0] for jar in read_lock()]
    assert len(set(projects)) == len(projects)
    versions = {jar.coordinate.split(":")[1]: jar.coordinate.split(":")[2] for jar in read_lock()}
    assert versions["kafka_2.13"] == versions["kafka-clients"]
    assert versions["log4j-slf4j-impl"] == versions["log4j-core"]
