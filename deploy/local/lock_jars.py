"""Write `kafka.lock`: every jar of Apache Kafka with its size and SHA-256.  `python -m deploy.local.lock_jars`

Run by hand, by whoever raises Kafka's version; everyone else downloads exactly what the lock names.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from jgo.maven import MavenContext

from deploy.local.kafka_jars import LOCK

KAFKA = "org.apache.kafka:kafka_2.13:4.1.2"


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        maven = MavenContext(repo_cache=Path(directory), local_repos=[])
        # Two passes: named together, each of the two would manage the versions of the other's dependencies.
        kafka = resolve(maven, KAFKA)
        log4j = next(artifact.version for artifact in kafka if artifact.artifactId == "log4j-api")
        binding = resolve(maven, f"org.apache.logging.log4j:log4j-slf4j-impl:{log4j}")[:1]
        lines = sorted(locked(artifact) for artifact in kafka + binding)
    LOCK.write_text("\n".join(lines) + "\n")


def resolve(maven: MavenContext, coordinate: str) -> list[Any]:
    inputs, transitive = maven.resolver.resolve([maven.create_dependency(coordinate)])
    return [d.artifact for d in [*inputs, *(d for d in transitive if d.scope in {"compile", "runtime"})]]


def locked(artifact: Any) -> str:
    jar = artifact.resolve().read_bytes()
    return f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {len(jar)} {hashlib.sha256(jar).hexdigest()}"


if __name__ == "__main__":
    main()
