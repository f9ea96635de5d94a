"""Identifiers as they stand in events, paths and commands."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from shared.values.person import has_no_long_number, says_nothing_about_a_person


class Concerned:
    """Marks an event field whose organisation the event concerns: it enters `ce_orgpath`."""


PSEUDONYM = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")

Id = Annotated[str, StringConstraints(pattern=PSEUDONYM.pattern)]
"""A random identifier (UUID); for persons a pseudonym that says nothing about them."""

MemberId = Id
GrantId = Id
ApplicationId = Id
FoundingId = Id
AdmissionId = Id
ActivityId = Id
AccountId = Id
AidId = Id

OrgId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"), Concerned()]
"""The code of an organisation 组织编码, unique in the group and stable for ever."""

OrgName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=60,
        pattern=r"^[\u3400-\u9fffA-Za-z0-9][\u3400-\u9fffA-Za-z0-9 ()（）·&.、-]+$",
    ),
    AfterValidator(has_no_long_number),
]
"""What an organisation is called 组织名称: public, and of letters that cannot hold anything else."""


def is_opaque(actor_id: str) -> str:
    """The id itself, unless it is the number of a person: ValueError. Digits in a random pseudonym are chance."""
    return actor_id if PSEUDONYM.match(actor_id) else says_nothing_about_a_person(actor_id)


ActorId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_:.-]{0,127}$"),
    AfterValidator(is_opaque),
]
"""Who acts, as the token's `sub` says: opaque. A member acting for itself has its member id here."""

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"),
    AfterValidator(says_nothing_about_a_person),
]
"""A word of some catalogue (a trade, an employer unit, a fund's purpose), never free text."""

Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,47}$"),
    AfterValidator(says_nothing_about_a_person),
]
"""The number of a voucher, a bank entry or a document, never of a person, card or phone."""

Jurisdiction = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{5}$")]
"""Code of an administrative division 行政区划代码 (GB/T 2260), `110000` for Beijing: whose local rules hold."""

Month = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
"""A month of the calendar, `2026-11`."""
