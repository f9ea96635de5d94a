"""`--state DIR`, which every command takes."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from deploy.local.state_dir import default_state, read_addresses

State = Annotated[
    Path,
    Parameter(
        name="--state",
        help="Directory of the stack's data, secrets and logs [default: `.state` of the checkout].",
        show_default=False,
    ),
]
DEFAULT_STATE = default_state()


class NotUp(Exception):
    """`gonghui up` does not run on this state; `str()` says so to a person."""

    def __init__(self, state: Path) -> None:
        super().__init__(f"Nothing is up on {state}: start it with `gonghui up`, or name its --state DIR.")


class CannotAnswer(Exception):
    """A command cannot do what was asked; `str()` says to a person what to do instead."""


def addresses_of(state: Path) -> dict[str, Any]:
    """Of a stack that is up. Raises NotUp."""
    addresses = read_addresses(state.resolve())
    if addresses is None:
        raise NotUp(state)
    return addresses
