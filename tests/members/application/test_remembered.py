"""What a process remembers of an application may be out of date: then the whole unit is taken anew."""

from services.members.application.application import Application, own_application
from services.members.application.apply import post_own
from services.members.application.approve_application import ApproveApplication
from services.members.application.approve_application import post as approve
from services.members.application.withdraw_application import post as withdraw
from services.members.organisation.organisation import Organisation
from shared.events.members.membership import MemberJoined
from shared.kernel.log import Log
from shared.kernel.work import Commands
from tests.members.application.test_application import FORM
from tests.members.organisation.examples import BASIC, OTHER_BASIC
from tests.story import ANN, Desk


def another_process(desk: Desk) -> Desk:
    """On the same log, with a memory of its own."""
    other = Desk(desk.directory)
    other.log = desk.log
    ours = desk.commands
    other.commands = Commands(
        log=Log(desk.log),
        clock=ours.clock,
        ids=ours.ids,
        directory=ours.directory,
        views=ours.views,
        topic="gonghui.test",
        source="/gonghui/test",
        vault=ours.vault,
    )
    return other


async def test_who_applied_elsewhere_meanwhile_joins_there_and_nowhere_else() -> None:
    here = Desk()
    elsewhere = another_process(here)
    await here.knows(Organisation, BASIC, id=BASIC.org_id)
    await here.knows(Organisation, OTHER_BASIC, id=OTHER_BASIC.org_id)
    mine = own_application(ANN)
    await here.does(ANN, post_own, ANN, FORM)
    await here.does(ANN, withdraw, mine)
    await elsewhere.does(ANN, post_own, ANN, FORM.model_copy(update={"org_id": OTHER_BASIC.org_id}))
    await here.does("chair", approve, mine, ApproveApplication(id_number=FORM.id_number))
    joined = [event for event in here.events() if isinstance(event, MemberJoined)]
    assert [event.org_id for event in joined] == [OTHER_BASIC.org_id]
    assert (await here.state(Application, mine)).org_id == OTHER_BASIC.org_id
