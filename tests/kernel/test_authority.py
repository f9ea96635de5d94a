"""Who may act where; and that no route can forget to ask."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import services
from shared.kernel.aggregate import Aggregate
from shared.kernel.authority import DirectoryTooOld, OrganisationUnknownHere, authorise, permitted
from shared.kernel.log import Log
from shared.kernel.parameters import parameters_of
from shared.kernel.refusal import Forbidden, NotFound
from shared.kernel.service import Route, Service
from shared.kernel.work import Actor, Command, Commands, Minted, Work
from shared.values.ids import Id
from shared.values.roles import Role
from tests.kernel.fakes import CountedIds, KnownDirectory, MemoryLog, MemoryViews, StoppedClock
from tests.kernel.lending import Book, BookBought, Loan

ME = "00000000-0000-7000-8000-000000000001"
BOOK = "00000000-0000-7000-8000-00000000000b"


@dataclass(frozen=True)
class Locker(Aggregate):
    """Of one member: a member may open its own."""

    org_id: str = "G01"
    member_id: str = ME


async def handler(work: Work) -> None: ...


def route(role: Role, org: Any, *, method: Any = "POST", sensitive: bool = False) -> Route:
    return Route(method, "/", handler, role, org, sensitive)


class Hall:
    """An actor `ME` before a group of two subsidiaries."""

    def __init__(self, *roles: tuple[Role, str]) -> None:
        paths = {"G": "/G/", "G01": "/G/G01/", "G0101": "/G/G01/G0101/", "G010": "/G/G010/", "G02": "/G/G02/"}
        self.directory = KnownDirectory(paths, [(ME, role, path) for role, path in roles])
        self.commands = Commands(
            log=Log(MemoryLog()),
            clock=StoppedClock(),
            ids=CountedIds(),
            directory=self.directory,
            views=MemoryViews(),
            topic="gonghui.lending",
            source="urn:x",
        )

    def work(self, actor: str = ME) -> Work:
        return Work(self.commands, Actor(actor), Minted(CountedIds()))

    async def may(self, route: Route, **params: Any) -> bool:
        try:
            await authorise(route, params, self.work())
        except Forbidden:
            return False
        return True


async def test_a_role_reaches_down_its_subtree_and_not_beside_it() -> None:
    hall = Hall((Role.CADRE, "/G/G01/"))
    by_org = route(Role.CADRE, "org_id")
    assert await hall.may(by_org, org_id="G01")
    assert await hall.may(by_org, org_id="G0101")
    assert not await hall.may(by_org, org_id="G")
    assert not await hall.may(by_org, org_id="G02")
    assert not await hall.may(by_org, org_id="G010")


async def test_another_role_does_not_do_but_one_of_several_does() -> None:
    hall = Hall((Role.CHAIR, "/G/G01/"))
    assert not await hall.may(route(Role.CADRE, "org_id"), org_id="G01")
    assert await hall.may(route(Role.CADRE | Role.CHAIR, "org_id"), org_id="G01")


async def test_the_whole_group_takes_a_role_at_its_root() -> None:
    assert await Hall((Role.CADRE, "/G/")).may(route(Role.CADRE, "/"))
    assert not await Hall((Role.CADRE, "/G/G01/")).may(route(Role.CADRE, "/"))


async def test_an_organisation_that_has_not_been_heard_of_is_worth_another_try() -> None:
    with pytest.raises(OrganisationUnknownHere):
        await authorise(route(Role.CADRE, "org_id"), {"org_id": "G99"}, Hall().work())


async def test_an_aggregate_is_judged_by_its_organisation() -> None:
    hall = Hall((Role.CADRE, "/G/G01/"))

    async def buy(work: Work) -> None:
        await work.change(Book, BOOK, lambda book: [BookBought(book_id=BOOK, org_id="G01", title="x")])

    with pytest.raises(NotFound):
        await authorise(route(Role.CADRE, (Book, "book_id")), {"book_id": BOOK}, hall.work())
    await hall.commands.run(buy, actor=Actor("system"))
    assert await hall.may(route(Role.CADRE, (Book, "book_id")), book_id=BOOK)
    hall.directory.roles.clear()
    assert not await hall.may(route(Role.CADRE, (Book, "book_id")), book_id=BOOK)


async def test_a_member_may_act_on_what_is_its_own() -> None:
    hall = Hall()
    assert await hall.may(route(Role.SELF, None), member_id=ME)
    assert not await hall.may(route(Role.SELF, None), member_id=BOOK)
    assert await hall.may(route(Role.CADRE | Role.SELF, "org_id"), org_id="G01", member_id=ME)
    assert not await hall.may(route(Role.CADRE, "org_id"), org_id="G01", member_id=ME)


async def test_whose_an_aggregate_is_says_the_aggregate_and_not_the_request() -> None:
    own = route(Role.SELF, (Locker, "locker_id"))
    hall = Hall()
    assert await hall.may(own, locker_id=BOOK)
    with pytest.raises(Forbidden):
        await authorise(own, {"locker_id": BOOK, "member_id": "another"}, hall.work(actor="another"))


async def test_money_and_personal_data_wait_for_the_directory() -> None:
    hall = Hall((Role.CADRE, "/G/"))
    hall.directory.seconds = 61
    assert await hall.may(route(Role.CADRE, "org_id"), org_id="G01")
    for age in (61.0, float("inf"), float("nan")):
        hall.directory.seconds = age
        with pytest.raises(DirectoryTooOld):
            await authorise(route(Role.CADRE, "org_id", sensitive=True), {"org_id": "G01"}, hall.work())


async def test_a_query_over_views_is_cut_before_and_after() -> None:
    hall = Hall((Role.CADRE, "/G/G01/"))
    query = route(Role.CADRE | Role.SELF, Loan, method="GET")
    work = hall.work()
    scopes = await authorise(query, {}, work)
    assert work.scopes == scopes == ("/G/G01/",)
    here, there, mine = Loan("1", "G0101", "a"), Loan("2", "G02", "a"), Loan("3", "G02", ME)
    unknown = Loan("4", "G99", "a")
    assert permitted(query, {}, [here, there, mine, unknown], scopes, work) == [here, mine]
    assert permitted(query, {}, here, scopes, work) is here
    with pytest.raises(Forbidden):
        permitted(query, {}, there, scopes, work)


async def test_a_query_without_any_role_does_not_run() -> None:
    with pytest.raises(Forbidden):
        await authorise(route(Role.CADRE, Loan, method="GET"), {}, Hall().work())


async def test_what_cannot_be_cut_is_not_shown() -> None:
    hall = Hall((Role.CADRE, "/G/G01/"))
    query = route(Role.CADRE, Loan, method="GET")
    scopes = await authorise(query, {}, work := hall.work())
    with pytest.raises(AttributeError):
        permitted(query, {}, {"everything": 1}, scopes, work)


class Lend(Command):
    member_id: Id


def declared(role: Role, org: Any, path: str = "/x/{book_id}") -> Service:
    trial = Service("trial", views_version=1)

    @trial.post(path, role=role, org=org)
    async def post(book_id: Id, command: Lend, work: Work) -> None: ...

    return trial


@pytest.mark.parametrize(
    ("role", "org"),
    [
        (Role.CADRE, None),
        (Role.CADRE, "org_id"),
        (Role.CADRE, (Book, "loan_id")),
        (Role.CADRE, Loan),
        (Role.SELF, "/"),
        (Role(0), "book_id"),
        (Role.CADRE | Role.SELF, None),
    ],
)
def test_a_route_that_could_never_be_judged_as_it_says_cannot_be_served(role: Role, org: Any) -> None:
    with pytest.raises(ValueError, match="do not say who may do this"):
        parameters_of(declared(role, org).routes[0])


def test_a_route_of_a_query_over_views_without_organisations_cannot_be_served() -> None:
    @dataclass
    class Weather:
        id: str

    trial = Service("trial", views_version=1)

    @trial.get("/weather", role=Role.CADRE, org=Weather)
    async def get(work: Work) -> list[Weather]:
        return []

    with pytest.raises(ValueError, match="do not say who may do this"):
        parameters_of(trial.routes[0])


def every_route() -> Iterator[tuple[str, Route]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith("__main__"):
            loaded = importlib.import_module(module.name)
            if isinstance(getattr(loaded, "service", None), Service) and module.name.endswith(".service"):
                yield from ((module.name, one) for one in loaded.service.routes)


def test_every_route_of_every_service_says_who_may_do_it() -> None:
    for _, one in every_route():
        parameters_of(one)
