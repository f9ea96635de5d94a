"""Lend a book of the reading room 职工书屋:  a small service that tests of the kernel can talk to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self, assert_never

from pydantic import Field

from shared.kernel.aggregate import Aggregate
from shared.kernel.event import Event
from shared.kernel.refusal import Conflict
from shared.kernel.service import Service
from shared.kernel.work import Command, Work
from shared.values.ids import Id, OrgId
from shared.values.roles import Role

service = Service("lending", views_version=1)

PUBLISHED = "shared.events.lending.books"
"""Where these events would stand: it makes the service their owner."""


class BookBought(Event):
    """A book was bought.
    购入图书。"""

    __module__ = PUBLISHED

    book_id: Id
    org_id: OrgId
    title: str


class BookLent(Event):
    """A book was lent.
    借出图书。"""

    __module__ = PUBLISHED

    book_id: Id
    member_id: Id


@dataclass(frozen=True)
class Book(Aggregate):
    lent_to: str | None = None

    def evolve(self, event: BookBought | BookLent) -> Self:
        match event:
            case BookBought():
                return replace(self, org_id=event.org_id)
            case BookLent():
                return replace(self, lent_to=event.member_id)
            case _:
                assert_never(event)


@dataclass(frozen=True)
class Loan:
    id: str
    org_id: str
    member_id: str


class AlreadyLent(Conflict):
    """Somebody else has the book.
    该书已被借出。"""


class BuyBook(Command):
    org_id: OrgId
    title: Annotated[str, Field(min_length=1, max_length=20)]
    copies: Annotated[int, Field(ge=1)] = 1
    kind: Literal["novel", "textbook"] = "novel"


class LendBook(Command):
    member_id: Id


@service.post("/books", role=Role.CADRE, org="org_id", sensitive=True)
async def buy(command: BuyBook, work: Work) -> None:
    book_id = work.new_id()
    bought = BookBought(book_id=book_id, org_id=command.org_id, title=command.title)
    await work.change(Book, book_id, lambda book: [bought])


def lend(book: Book, command: LendBook) -> Iterator[BookLent]:
    if book.lent_to == command.member_id:
        return
    if book.lent_to:
        raise AlreadyLent()
    yield BookLent(book_id=book.id, member_id=command.member_id)


@service.post("/books/{book_id}/loan", role=Role.CADRE | Role.SELF, org=(Book, "book_id"))
async def post(book_id: Id, command: LendBook, work: Work) -> None:
    await work.change(Book, book_id, lambda book: lend(book, command))


@service.post("/books/{book_id}/dusting", role=Role.CADRE, org=(Book, "book_id"))
async def dust(book_id: Id, work: Work) -> None:
    raise RuntimeError("the duster of 张三 is broken")


@service.get("/loans/{loan_id}", role=Role.CADRE | Role.SELF, org=Loan)
async def get(loan_id: Id, work: Work) -> Loan | None:
    return await work.view(Loan, loan_id)


@service.get("/loans", role=Role.CADRE | Role.SELF, org=Loan)
async def loans(work: Work, limit: Annotated[int, Field(ge=1, le=1000)] = 100) -> list[Loan]:
    return await work.find(Loan, limit=limit)


@service.get("/loans/count", role=Role.CADRE, org="/")
async def count(work: Work) -> dict[str, int]:
    return {"count": len(await work.find(Loan))}


@service.get("/members/{member_id}/card", role=Role.SELF, org=None)
async def card(member_id: Id, work: Work) -> dict[str, str]:
    return {"member_id": member_id}
