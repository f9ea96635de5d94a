"""`gonghui token ACTOR`: an access token for the services of an embedded stack."""

import json
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import ValidationError

from deploy.cli.app import app, errors
from deploy.cli.state import DEFAULT_STATE, State
from deploy.local.identity import AUDIENCE, ISSUER, SIGNING_KEY
from shared.kernel.tokens import issue


@app.command
def token(
    actor: Annotated[str, Parameter(help="Who acts: an actor id, or a member's own id.")],
    *,
    state: State = DEFAULT_STATE,
    hours: Annotated[float, Parameter(help="How long it is good for.", validator=Number(gt=0, lte=24 * 366))] = 8.0,
) -> int:
    """Print a token for an actor, signed with the key of this state.

    It says who, not what: an actor may do what its roles allow. Only for an embedded stack; elsewhere the group's
    identity provider gives the tokens.

        curl -H "Authorization: Bearer $(gonghui token admin)" http://127.0.0.1:PORT/organisations
    """
    try:
        key = json.loads((state / "secrets" / SIGNING_KEY).read_text())
        print(issue(key, actor, issuer=ISSUER, audience=AUDIENCE, now=datetime.now(UTC), hours=hours))
    except OSError:
        refused = f"There is no signing key in {state}: only an embedded stack has one. Start it with `gonghui up`."
    except ValidationError:
        refused = "An actor id has up to 128 letters, digits and _ : . - and begins with a letter or digit."
    else:
        return 0
    errors.print(refused, style="bold red", markup=False)
    return 1
