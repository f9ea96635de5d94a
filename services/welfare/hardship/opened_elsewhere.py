"""A file was opened where its member no longer is:  HardshipFileOpened  ->  HardshipFileTransferred

The member moved while the application was decided, and `member_transferred` found no file that could follow.
"""

from services.welfare.hardship.hardship_file import HardshipFile
from services.welfare.hardship.member_transferred import transfer
from services.welfare.service import service
from shared.events.welfare.hardship import HardshipFileOpened
from shared.kernel.work import Work


@service.reaction
async def opened_elsewhere(event: HardshipFileOpened, work: Work) -> None:
    membership = await work.directory.membership(event.member_id, fresh=True)
    if membership is not None and membership.active:
        await work.change(HardshipFile, event.file_id, lambda file: transfer(file, membership.org_id, work.today))
