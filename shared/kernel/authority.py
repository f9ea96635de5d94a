"""Who may act where: every route names a role and where its organisation is found; nothing runs before this has agreed.

A command is authorised inside its unit of work, so that an answer taken from a remembered aggregate is taken again on
a fresh one. A query over views is authorised twice: before it runs by the subtrees that the actor holds, after it by
the organisation of every view that it returns.
"""

from collections.abc import Collection, Mapping
from typing import Any

from shared.kernel.refusal import Conflict, Forbidden, NotFound, Unavailable
from shared.kernel.service import Route
from shared.kernel.work import Work
from shared.values.org_path import OrgPath, contains
from shared.values.roles import Role


class OrganisationUnknownHere(Conflict):
    """Organisation {org_id} is not known here. If it was established moments ago, try again.
    此处尚无组织 {org_id} 的信息；如刚刚建立，请稍后重试。"""


class DirectoryTooOld(Unavailable):
    """Roles and organisations could not be brought up to date, so money and personal data wait; try again in a minute.
    角色与组织信息未能及时更新，涉及资金和个人信息的操作暂停，请一分钟后重试。"""

    retry_after = 30


async def authorise(
    route: Route, params: Mapping[str, Any], work: Work, *, max_age: float = 60.0
) -> tuple[OrgPath, ...]:
    """The subtrees in which this actor may do this; Forbidden if there is none. `params` are the path and query
    parameters and the fields of the command."""
    if route.sensitive and not work.directory.age() <= max_age:
        raise DirectoryTooOld()
    if isinstance(route.org, type):
        return _before_query(route, params, work)
    path, owner = await _place(route, params, work)
    if Role.SELF in route.role and owner == work.actor.id:
        return (path,) if path else ()
    if path is None or not _held_at(path, route, work):
        raise Forbidden()
    return (path,)


def permitted(route: Route, params: Mapping[str, Any], result: Any, scopes: Collection[OrgPath], work: Work) -> Any:
    """What a query may answer: a view that the actor may see, or the rows of a list that it may see."""
    if not isinstance(route.org, type) or result is None:
        return result
    if isinstance(result, list):
        return [row for row in result if _may_see(route, params, row, scopes, work)]
    if not _may_see(route, params, result, scopes, work):
        raise Forbidden()
    return result


def check(route: Route, names: Collection[str]) -> None:
    """ValueError if a route with these parameters and command fields could never be authorised as it declares."""
    match route.org:
        case None:
            sound = route.role is Role.SELF and "member_id" in names
        case "/":
            sound = bool(route.role & ~Role.SELF)
        case str(name):
            sound = name in names
        case (kind, str(name)):
            sound = name in names and _has(kind, "org_id")
        case model:
            sound = route.method == "GET" and _has(model, "org_id")
    if Role.SELF in route.role and "member_id" not in names:
        kept = route.org[0] if isinstance(route.org, tuple) else route.org
        sound = sound and _has(kept, "member_id")
    if not (route.role and sound):
        raise ValueError(f"{route.method} {route.path}: role and org do not say who may do this")


def _has(kept: Any, name: str) -> bool:
    return name in getattr(kept, "__dataclass_fields__", ()) or hasattr(kept, name)


async def _place(route: Route, params: Mapping[str, Any], work: Work) -> tuple[OrgPath | None, str | None]:
    """Where the act takes place, and the member whose own it is."""
    match route.org:
        case None:
            return None, params["member_id"]
        case "/":
            return "/", params.get("member_id")
        case str(name):
            return _path(params[name], work), params.get("member_id")
        case (kind, name):
            state = await work.state(kind, params[name])
            if not state.org_id:
                raise NotFound()
            return state.org_path() or _path(state.org_id, work), getattr(state, "member_id", params.get("member_id"))
    raise TypeError(f"{route.path} has no place")


def _path(org_id: str, work: Work) -> OrgPath:
    path: OrgPath | None = work.directory.path(org_id)
    if path is None:
        raise OrganisationUnknownHere(org_id=org_id)
    return path


def _before_query(route: Route, params: Mapping[str, Any], work: Work) -> tuple[OrgPath, ...]:
    scopes = _scopes(route, work)
    own = Role.SELF in route.role
    if not (scopes or own):
        raise Forbidden()
    work.scopes = None if own and params.get("member_id") == work.actor.id else scopes
    return scopes


def _held_at(path: OrgPath, route: Route, work: Work) -> bool:
    if path == "/":
        return any(_is_whole_group(scope) for scope in _scopes(route, work))
    return bool(work.directory.may(work.actor.id, route.role, path, work.today))


def _scopes(route: Route, work: Work) -> tuple[OrgPath, ...]:
    return tuple(work.directory.scopes(work.actor.id, route.role, work.today))


def _is_whole_group(scope: OrgPath) -> bool:
    """Held at the root `/G/`, or at `/` itself."""
    return scope.count("/") <= 2


def _may_see(route: Route, params: Mapping[str, Any], row: Any, scopes: Collection[OrgPath], work: Work) -> bool:
    if Role.SELF in route.role and getattr(row, "member_id", params.get("member_id")) == work.actor.id:
        return True
    path = work.directory.path(row.org_id)
    return path is not None and any(contains(scope, path) for scope in scopes)
