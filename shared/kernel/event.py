"""Domain events: what happened, in words that every service and every downstream system understands.

An event class stands in `shared/events/<owner>/<capability>.py`; its module names its owner, its docstring says in one
English and one Chinese sentence what it means. Only optional fields may be added inside a version; anything else is a
new `version` with an entry in `upcasts` that turns the older body into the next one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from shared.values.ids import Concerned

DataClass = Literal["C0", "C1", "C2"]
"""C0 public, C1 internal, C2 about one person by pseudonym. C3 (names, numbers, diagnoses) never enters an event."""

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

REGISTRY: dict[str, "type[Event]"] = {}
"""Every event class by its wire name."""


class UnknownVersion(ValueError):
    """A version of a known event type that this build cannot read."""


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    owner: ClassVar[str]
    wire: ClassVar[str]
    """`gonghui.<owner>.<ClassName>`, the CloudEvents type."""
    version: ClassVar[int] = 1
    upcasts: ClassVar[Mapping[int, Upcast]] = {}
    data_class: ClassVar[DataClass] = "C1"
    topic: ClassVar[str] = ""
    """Where it goes if not to its owner's main topic; all events of an aggregate go to one."""
    concerned: ClassVar[tuple[str, ...]] = ()
    """Names of the fields that hold an `OrgId`."""

    def __init_subclass__(cls, owner: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, owner: str | None = None, **kwargs: Any) -> None:
        module = cls.__module__.split(".")
        cls.owner = owner or (module[2] if module[:2] == ["shared", "events"] else "")
        cls.wire = f"gonghui.{cls.owner}.{cls.__name__}"
        cls.concerned = tuple(
            name
            for name, field in cls.model_fields.items()
            if any(isinstance(mark, Concerned) for mark in field.metadata)
        )
        if cls.owner:
            REGISTRY[cls.wire] = cls

    @classmethod
    def published_on(cls) -> str:
        """The topic that it goes to."""
        return cls.topic or f"gonghui.{cls.owner}"

    @classmethod
    def schema_id(cls, version: int | None = None) -> str:
        """`ce_dataschema`: names type and version."""
        return f"urn:gonghui:{cls.owner}:{cls.__name__}:{version or cls.version}"

    @classmethod
    def read(cls, body: bytes, version: int) -> Self:
        """The event in a body of any released version; UnknownVersion if this build does not know it."""
        if version == cls.version:
            return cls.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
        fields = json.loads(body)
        while version != cls.version:
            if version not in cls.upcasts:
                raise UnknownVersion(f"{cls.wire} version {version}")
            fields = cls.upcasts[version](fields)
            version += 1
        return cls.model_validate(fields)

    def organisations(self) -> set[str]:
        """Every organisation that the event names."""
        return {org for name in self.concerned if (org := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Meta:
    """What travels beside an event: the CloudEvents attributes and where the record stood."""

    id: str
    type: str
    version: int
    source: str
    subject: str
    time: str
    position: int
    previous: int
    sequence: int
    commit: str
    org_path: str
    """Every organisation concerned, at that time; several are joined by commas."""
    actor: str
    correlation: str
    causation: str
    topic: str
    partition: int
    offset: int
