"""Post the finding 公示:  POST /hardship-files/{file_id}/publicity  ->  HardshipPublicityStarted"""

from collections.abc import Iterator
from datetime import date

from pydantic import Field

from services.welfare.hardship.hardship_file import FileNotInThisState, HardshipFile
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipPublicityStarted
from shared.kernel.refusal import Conflict
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import Id
from shared.values.posting import LEAST, Posting
from shared.values.roles import Role


class StartPublicity(Command):
    workdays: int = Field(LEAST, ge=LEAST, le=30)


class NothingToPost(Conflict):
    """No hardship was found, so there is nothing to post; reject the application.
    认定结果为不困难，无需公示，请办理不予建档。"""


def start(
    file: HardshipFile, command: StartPublicity, posting_id: str, by: Actor, today: date
) -> Iterator[HardshipPublicityStarted]:
    """CalendarMissing where nobody knows yet on which days people will work: such a posting could not end."""
    match file.status:
        case "posted":
            return
        case "classified":
            pass
        case _:
            raise FileNotInThisState(status=file.status)
    file.must_be_other_hands(by)
    if file.hardship_class == "NONE":
        raise NothingToPost()
    posting = Posting.opened(posting_id, today, command.workdays)
    yield HardshipPublicityStarted(
        file_id=file.id,
        member_id=file.member_id,
        org_id=file.org_id,
        posting_id=posting.id,
        since=posting.since,
        until=posting.last_day,
        workdays=posting.workdays,
        by=by.id,
    )


@service.post("/hardship-files/{file_id}/publicity", role=Role.UNION, org=(HardshipFile, "file_id"), sensitive=True)
async def post(file_id: Id, command: StartPublicity, work: Work) -> None:
    posting_id = work.new_id()
    await work.change(HardshipFile, file_id, lambda file: start(file, command, posting_id, work.actor, work.today))
