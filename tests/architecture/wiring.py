"""What is wired to what, as a table: every route, view, reaction, timer and duty. `python -m tests.architecture.wiring`
writes it anew; a difference in a commit is a design review."""

from collections.abc import Iterator
from pathlib import Path

from services.activities import service as activities
from services.members import service as members
from services.welfare import service as welfare
from shared.kernel.service import Org, Service

TABLE = Path(__file__).with_name("wiring.txt")
SERVICES: tuple[Service, ...] = (members, activities, welfare)


def table() -> str:
    return "\n".join(line for service in SERVICES for line in _lines(service)) + "\n"


def _lines(service: Service) -> Iterator[str]:
    yield f"# {service.name} (views {service.view_set})"
    for route in sorted(service.routes, key=lambda route: (route.path, route.method)):
        sensitive = "  sensitive" if route.sensitive else ""
        yield f"route     {route.method:4} {route.path}  {_role(route.role)}  in {_org(route.org)}{sensitive}"
    for view in sorted(service.views.values(), key=lambda view: view.name):
        yield f"view      {view.name} ({view.kind})  <- {_names(view.events)}"
    for reaction in sorted(service.reactions.values(), key=lambda reaction: reaction.name):
        yield f"reaction  {reaction.name}  <- {_names(reaction.events)}"
    for timer in sorted(service.timers.values(), key=lambda timer: timer.name):
        yield f"timer     {timer.name}  <- {timer.view.__name__}.{timer.due}"
    for name, duty in sorted(service.duties.items()):
        yield f"duty      {name}: {duty.__name__}"
    yield ""


def _role(role: object) -> str:
    return str(role).removeprefix("Role.")


def _org(org: Org) -> str:
    match org:
        case (kind, name):
            return f"{kind.__name__}({name})"
        case type():
            return f"view {org.__name__}"
        case None:
            return "self"
        case _:
            return str(org)


def _names(events: tuple[type, ...]) -> str:
    return ", ".join(sorted(event.__name__ for event in events))


if __name__ == "__main__":
    TABLE.write_text(table())
