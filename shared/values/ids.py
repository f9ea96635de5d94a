"""Identifiers as they stand in events, paths and commands."""

from typing import Annotated

from pydantic import StringConstraints


class Concerned:
    """Marks an event field whose organisation the event concerns: it enters `ce_orgpath`."""


Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""A random identifier (UUID); for persons a pseudonym that says nothing about them."""

OrgId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"), Concerned()]
"""The code of an organisation 组织编码, unique in the group and stable for ever."""

ActorId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_:.-]{0,127}$")]
"""Who acts, as the token's `sub` says: opaque. A member acting for itself has its member id here."""
