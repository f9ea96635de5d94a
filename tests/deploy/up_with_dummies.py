"""`gonghui up` with stand-ins for the services:  python -m tests.deploy.up_with_dummies STATE [BEHAVIOUR]"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from deploy.cli.app import app, main
from deploy.cli.up import run
from deploy.local.service_processes import ServiceProcess

DUMMY = Path(__file__).with_name("dummy_service.py")


@app.command
def up_with_dummies(
    state: Path, behaviour: str = "well", *, port_base: Annotated[int | None, Parameter()] = None
) -> int:
    def command(_: ServiceProcess, port: int) -> Sequence[str]:
        return (sys.executable, str(DUMMY), str(port), behaviour)

    return asyncio.run(run(state, port_base, command=command))


if __name__ == "__main__":
    main()
