"""Who may do what a route does, where everything of the town is."""

from shared.kernel.service import Route, Service
from shared.values.roles import GRANTABLE, Role
from tests.architecture.wiring import SERVICES
from tests.hostile.town import Town
from tests.journeys.group import FIRST


def routes() -> dict[tuple[str, str], tuple[Service, Route]]:
    """All of them, by method and path; a path of two services stands twice in different words."""
    return {(route.method, route.path): (service, route) for service in SERVICES for route in service.routes}


def hand(town: Town, route: Route) -> str:
    """Of those who may, the one who is told least: an officer of our place, its member, else an administrator."""
    mine = [role for role in GRANTABLE if Role.named(role) & route.role and role in town.ours.officers]
    if mine:
        return town.ours.officers[mine[-1]]
    return town.ours.member if Role.SELF in route.role else FIRST


def widest_hand(town: Town, route: Route) -> str:
    return FIRST if Role.GROUP_ADMIN in route.role else hand(town, route)
