"""Take on the concern of somebody who stays unknown:  POST /cases/anonymous  ->  CaseOpened, CaseAboutSomebody

The portal has a token of the actor `anonymous` and sends with it what a worker says without a name: who it was is then
known nowhere here. The id of the case is the receipt: with it the same token reads how the case stands. Such a case is
not rated, for its handler knows the id as well.
"""

from typing import Literal

from services.welfare.service import service
from services.welfare.voice.open_case import OpenCase, take_on
from shared.kernel.work import Command, Work
from shared.values.ids import OrgId
from shared.values.roles import Role
from shared.values.voice import About, CaseCategory, Urgency


class OpenAnonymousCase(Command):
    org_id: OrgId
    category: CaseCategory
    urgency: Urgency
    about: About = ()
    member_id: Literal["anonymous"] = "anonymous"
    """Whose token this is sent with."""


@service.post("/cases/anonymous", role=Role.SELF, org=None, sensitive=True)
async def post(command: OpenAnonymousCase, work: Work) -> None:
    await take_on(OpenCase.model_validate(command.model_dump(exclude={"member_id"})), work)
