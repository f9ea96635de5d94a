"""What a route's handler wants: path and query parameters, and a command as the body."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_origin, get_type_hints
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from shared.kernel.authority import check
from shared.kernel.invalid_request import InvalidRequest
from shared.kernel.service import Route
from shared.kernel.work import Command


class Nothing(Command):
    """The body of a command that says everything in its path: empty, or `{}`."""


@dataclass(frozen=True)
class Parameters:
    model: type[BaseModel]
    """Path and query parameters, by name."""
    in_path: frozenset[str]
    many: frozenset[str]
    """Query parameters that may be given several times."""
    command: TypeAdapter[Any] | None
    """None: the route has no body."""
    wants_command: bool
    annotations: Mapping[str, Any]
    """Of path and query parameters, the command and `return`."""

    def read(self, path: Mapping[str, str], query: bytes) -> dict[str, Any]:
        """Path and query parameters, typed; InvalidRequest."""
        sent: dict[str, Any] = dict(path)
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if query else ():
            if name in self.in_path:
                name = f"?{name}"
            if name in self.many:
                sent.setdefault(name, []).append(value)
            else:
                sent[name] = value
        try:
            return dict(self.model.model_validate(sent).__dict__)
        except ValidationError as wrong:
            raise InvalidRequest(wrong) from None

    def read_command(self, body: bytes) -> Any:
        """The command in a body; InvalidRequest."""
        if self.command is None:
            raise TypeError("this route has no body")
        try:
            return self.command.validate_json(body or b"{}")
        except ValidationError as wrong:
            raise InvalidRequest(wrong) from None


def parameters_of(route: Route) -> Parameters:
    """Read from the handler's signature. ValueError if the route is not declared soundly."""
    signature = inspect.signature(route.handler).parameters
    hints = get_type_hints(route.handler, include_extras=True)
    in_path = frozenset(re.findall(r"{(\w+)}", route.path))
    names = [name for name in signature if name not in ("work", "command")]
    if "work" not in signature or not in_path <= set(names):
        raise ValueError(f"{route.method} {route.path}: its handler lacks `work` or a parameter of the path")
    if route.method == "POST" and set(names) - in_path:
        raise ValueError(f"{route.method} {route.path}: what a command says stands in its body")
    wanted = hints.get("command", Nothing)
    check(route, {*names, *getattr(wanted, "model_fields", ())})
    fields: dict[str, Any] = {
        name: (hints[name], ... if signature[name].default is inspect.Parameter.empty else signature[name].default)
        for name in names
    }
    return Parameters(
        model=create_model(f"{route.name}_parameters", __config__=ConfigDict(extra="forbid"), **fields),
        in_path=in_path,
        many=frozenset(name for name in names if get_origin(hints[name]) in (list, set, frozenset, tuple)),
        command=TypeAdapter(wanted) if route.method == "POST" else None,
        wants_command="command" in signature,
        annotations=hints,
    )
