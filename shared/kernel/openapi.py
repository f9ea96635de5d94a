"""The OpenAPI document of a service: FastAPI describes each route from its handler's signature, this adds what holds
for all of them and the refusals that each one names."""

import inspect
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Body, Header
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from shared.kernel import authority, door, incoming, tokens, work
from shared.kernel.invalid_request import InvalidRequest
from shared.kernel.parameters import Parameters
from shared.kernel.problem import NotInTime, NotJson, TooLarge, TooManyValues, TooSlow, Unexpected
from shared.kernel.refusal import Forbidden, NotFound, Refused, Unavailable, sentences
from shared.kernel.service import Route

ALWAYS: tuple[type[Refused], ...] = (
    tokens.NoToken,
    tokens.TokenExpired,
    tokens.TokenNotAccepted,
    tokens.KeysUnknown,
    Forbidden,
    NotFound,
    InvalidRequest,
    Unexpected,
    Unavailable,
    NotInTime,
    door.TooMany,
    door.Overloaded,
    authority.OrganisationUnknownHere,
)
OF_COMMANDS: tuple[type[Refused], ...] = (
    TooSlow,
    TooLarge,
    TooManyValues,
    NotJson,
    incoming.BadIdempotencyKey,
    work.KeyReused,
    work.LogClosed,
)


class Happened(BaseModel):
    """One event that the command caused."""

    id: str
    type: str = Field(examples=["gonghui.welfare.AidGranted"])
    subject: str
    sequence: int


class Reply(BaseModel):
    """What a command changed."""

    commit: str
    subject: str = Field(description="Id of the aggregate that was changed, new or old.")
    sequence: int = Field(description="Number of its last event.")
    at: str
    events: list[Happened]


class Unchanged(BaseModel):
    """Nothing had to change: what was asked for holds already."""

    model_config = ConfigDict(extra="forbid")

    events: list[Happened] = Field(max_length=0)


class WrongField(BaseModel):
    field: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457), in English or Chinese as `Accept-Language` asks."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:gonghui:refusal:Forbidden"])
    title: str
    status: int
    code: str
    detail: str
    errors: list[WrongField] = []


def document(service: str, routes: Sequence[tuple[Route, Parameters]]) -> dict[str, Any]:
    described = get_openapi(
        title=f"gonghui {service}",
        version="1",
        description=(
            "Commands are POST, queries are GET. Every request needs `Authorization: Bearer`; refusals are "
            "`application/problem+json` with a `code`, in English or Chinese. Events: /asyncapi.json."
        ),
        routes=[_described(route, parameters) for route, parameters in routes],
    )
    components = described.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    described["security"] = [{"token": []}]
    for route, _ in routes:
        operation = described["paths"][route.path][route.method.lower()]
        operation["responses"] |= _refusals(route)
    return described


def _described(route: Route, parameters: Parameters) -> APIRoute:
    module = sys.modules[route.handler.__module__]
    first_line, _, rest = (module.__doc__ or route.name).strip().partition("\n")
    command = route.method == "POST"
    verb = route.handler.__name__
    responses: dict[int | str, dict[str, Any]] = {}
    if command:
        responses = {
            200: {"model": Unchanged, "description": "Nothing had to change."},
            202: {"model": Reply, "description": "Accepted; not visible in the views within `Prefer: wait`."},
        }
    return APIRoute(
        route.path,
        _signed(parameters, command),
        methods=[route.method],
        name=route.name,
        operation_id=route.name if verb == "post" else f"{route.name}_{verb}",
        tags=[route.handler.__module__.split(".")[-2]],
        summary=first_line,
        description="\n\n".join(filter(None, [rest.strip(), inspect.getdoc(route.handler), _who(route)])),
        status_code=201 if command else 200,
        response_model=Reply if command else _answered(parameters.annotations.get("return")),
        response_description="Done." if command else "Found.",
        responses=responses,
    )


def _who(route: Route) -> str:
    return "Roles: " + ", ".join(role.name or "" for role in route.role)


def _answered(returned: Any) -> Any:
    """Without the None that becomes 404."""
    found = [argument for argument in getattr(returned, "__args__", ()) if argument is not type(None)]
    return found[0] if len(found) == 1 and type(None) in returned.__args__ else returned


def _signed(parameters: Parameters, command: bool) -> Any:
    """A function with the parameters that FastAPI is to describe; it is never called."""

    def endpoint() -> None: ...

    keyword = inspect.Parameter.KEYWORD_ONLY
    found = [
        inspect.Parameter(
            name,
            keyword,
            annotation=field.rebuild_annotation(),
            default=inspect.Parameter.empty if field.is_required() else field.default,
        )
        for name, field in parameters.model.model_fields.items()
    ]
    if parameters.wants_command:
        wanted: Any = parameters.annotations["command"]
        found.append(inspect.Parameter("command", keyword, annotation=Annotated[wanted, Body()]))
    for name, told in (HEADERS_OF_COMMANDS if command else HEADERS).items():
        annotation = Annotated[str | None, Header(alias=name, description=told)]
        found.append(inspect.Parameter(name.lower().replace("-", "_"), keyword, annotation=annotation, default=None))
    endpoint.__signature__ = inspect.Signature(found)  # type: ignore[attr-defined]
    return endpoint


RETRY_AFTER = {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}}
HEADERS = {
    "X-Correlation-Id": "Taken over into log lines and events; made up if missing.",
    "Accept-Language": "`en` or `zh`, for the sentences of a refusal.",
}
HEADERS_OF_COMMANDS = {
    "Idempotency-Key": (
        "1 to 200 visible ASCII characters, new for every new request. Repeat it when no answer came: the command "
        "takes effect once, and the answer is the same. Recommended."
    ),
    "Prefer": "`wait=N`, N up to 30 seconds: answer once this service's views show the effect, else 202.",
    **HEADERS,
}


def _refusals(route: Route) -> dict[str, dict[str, Any]]:
    own = _named_in(route)
    more = OF_COMMANDS if route.method == "POST" else ()
    old = (authority.DirectoryTooOld,) if route.sensitive else ()
    by_status: dict[int, dict[str, type[Refused]]] = {}
    for refusal in (*ALWAYS, *more, *old, *own):
        by_status.setdefault(refusal.status, {})[refusal.__name__] = refusal
    return {str(status): _refused(refusals) for status, refusals in sorted(by_status.items())}


def _refused(refusals: Mapping[str, type[Refused]]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": "\n".join(f"- `{code}` {' '.join(sentences(one))}" for code, one in refusals.items()),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if all(one.retry_after for one in refusals.values()):
        described["headers"] = {"Retry-After": RETRY_AFTER}
    return described


def _named_in(route: Route) -> Iterable[type[Refused]]:
    """The refusals that a slice's file declares or imports."""
    for found in vars(sys.modules[route.handler.__module__]).values():
        if isinstance(found, type) and issubclass(found, Refused) and "{reason}" not in (found.__doc__ or ""):
            yield found
