"""HTTP: a service's routes, their documentation, and the health of the process."""

from collections.abc import Callable

from fastapi import FastAPI
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route as StarletteRoute

from shared.kernel import asyncapi, docs_page, openapi
from shared.kernel.endpoints import CommandEndpoint, Endpoint, QueryEndpoint, Serving
from shared.kernel.health import Probes, readiness
from shared.kernel.metrics import CONTENT_TYPE, Metrics
from shared.kernel.ports import StoreFault
from shared.kernel.problem import NoSuchPath, WrongMethod, problem
from shared.kernel.refusal import Refused
from shared.kernel.routes import Routes
from shared.kernel.service import Route, Service


def create_app(service: Service, serving: Serving, probes: Probes) -> FastAPI:
    """The API of a service. ValueError if a route is not declared soundly."""
    app = create_probe_app(service.name, serving.metrics, probes)
    endpoints: list[Endpoint] = []
    for route in sorted(service.routes, key=_fixed_words_first):
        endpoint = (CommandEndpoint if route.method == "POST" else QueryEndpoint)(route, serving)
        endpoints.append(endpoint)
    found = [StarletteRoute(one.route.path, one, methods=[one.route.method]) for one in endpoints]
    app.router.routes.append(Routes(found))
    described = openapi.document(service.name, [(one.route, one.parameters) for one in endpoints])
    events = asyncapi.document(service.name)
    page = docs_page.render(described)
    _serve(app, "/openapi.json", lambda: Response(to_json(described), media_type="application/json"))
    _serve(app, "/asyncapi.json", lambda: Response(to_json(events), media_type="application/json"))
    _serve(app, "/docs", lambda: HTMLResponse(page))
    app.openapi = lambda: described  # type: ignore[method-assign]
    return app


def create_probe_app(service: str, metrics: Metrics, probes: Probes) -> FastAPI:
    """Health, metrics and state of a process; all there is for one that only runs runners."""
    app = FastAPI(title=f"gonghui {service}", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, _not_here)

    async def ready(_: Request) -> Response:
        reasons = await readiness(probes.checks)
        told = {"ready": not reasons, "roles": {name: reasons.get(name, "ready") for name in probes.checks}}
        return Response(to_json(told), 503 if reasons else 200, media_type="application/json")

    async def status(_: Request) -> Response:
        try:
            return Response(to_json(await probes.status()), media_type="application/json")
        except StoreFault:
            return Response(b'{"database":"does not answer"}', 503, media_type="application/json")

    _serve(app, "/livez", lambda: Response(b'{"live":true}', media_type="application/json"))
    _serve(app, "/metrics", lambda: Response(metrics.exposition(), media_type=CONTENT_TYPE))
    app.router.routes.append(StarletteRoute("/readyz", ready, methods=["GET"]))
    app.router.routes.append(StarletteRoute("/status", status, methods=["GET"]))
    return app


def _serve(app: FastAPI, path: str, respond: Callable[[], Response]) -> None:
    async def endpoint(_: Request) -> Response:
        return respond()

    app.router.routes.append(StarletteRoute(path, endpoint, methods=["GET"]))


async def _not_here(request: Request, raised: Exception) -> Response:
    """What Starlette's router refuses by itself."""
    wrong_method = isinstance(raised, HTTPException) and raised.status_code == 405
    refusal: Refused = WrongMethod() if wrong_method else NoSuchPath()
    status, headers, body = problem(refusal, request.headers.get("accept-language", "").encode("latin-1"))
    response = Response(body, status)
    response.raw_headers.extend(headers)
    response.headers.update(getattr(raised, "headers", None) or {})
    return response


def _fixed_words_first(route: Route) -> str:
    """`/aid/open` is looked at before `/aid/{request_id}`."""
    return route.path.replace("{", "~")
