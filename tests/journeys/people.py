"""Persons who do not exist, and the unions that take them in."""

from dataclasses import dataclass
from uuid import uuid4

from stdnum.cn import ric

from tests.journeys.group import FIRST, SECOND, Group


@dataclass(frozen=True)
class Union:
    """A subsidiary with one basic union, and who works for it."""

    subsidiary: str
    basic: str
    head: str
    chair: str
    cadre: str
    finance: str


async def union(group: Group, code: str) -> Union:
    """Proposed by one administrator, approved by the other, officers appointed."""
    basic = f"{code}-1"
    for org_id, parent_id, kind in ((code, "G", "subsidiary"), (basic, code, "basic")):
        proposal = {"org_id": org_id, "parent_id": parent_id, "kind": kind, "jurisdiction": "110000"}
        await group.does(FIRST, "members", "/organisations", proposal)
        await group.does(SECOND, "members", f"/organisations/{org_id}/approval")
    return Union(
        code,
        basic,
        head=await group.grant(f"{code}.head", "SUBSIDIARY_ADMIN", code),
        chair=await group.grant(f"{code}.chair", "CHAIR", code),
        cadre=await group.grant(f"{code}.cadre", "CADRE", code),
        finance=await group.grant(f"{code}.finance", "FINANCE", code),
    )


def person(number: int, trade_code: str = "welder") -> dict[str, object]:
    """What a form says. The region of the ID number is a whole province, so that nobody bears it."""
    first = f"11000019800101{number:03d}"
    return {
        "name": "王芳",
        "id_number": first + ric.calc_check_digit(first + "?"),
        "phone": f"154{number:08d}",
        "worker_type": "regular",
        "frontline": True,
        "trade_code": trade_code,
    }


async def member(group: Group, union: Union, number: int) -> str:
    """Admitted directly; known to all services."""
    answer = await group.does(union.chair, "members", "/members", {"org_id": union.basic, **person(number)})
    member_id = answer.subject
    await group.sees(member_id, "members", f"/members/{member_id}")
    return member_id


def stranger() -> str:
    """A login that nobody has used yet."""
    return str(uuid4())
