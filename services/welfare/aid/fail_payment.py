"""Record that a payment came back:  POST /aid/{request_id}/payment-failure  ->  AidPaymentFailed"""

from collections.abc import Iterator

from services.welfare.aid.aid import Aid, NotInThisState
from services.welfare.service import service
from shared.events.welfare.aid import AidPaymentFailed
from shared.kernel.work import Actor, Command, Work
from shared.values.ids import AidId
from shared.values.roles import Role
from shared.values.words import PaymentFailure


class FailPayment(Command):
    code: PaymentFailure


def fail(aid: Aid, command: FailPayment, by: Actor) -> Iterator[AidPaymentFailed]:
    """The money stays set aside: it is paid again, or reversed."""
    match aid.status:
        case "failed" if (aid.reason, aid.did("payment")) == (command.code, by.id):
            return
        case "granted" | "failed":
            pass
        case _:
            raise NotInThisState(status=aid.status)
    aid.must_be_other_hands(by, "payment")
    yield AidPaymentFailed(request_id=aid.id, member_id=aid.member_id, org_id=aid.org_id, code=command.code, by=by.id)


@service.post("/aid/{request_id}/payment-failure", role=Role.FINANCE, org=(Aid, "request_id"), sensitive=True)
async def post(request_id: AidId, command: FailPayment, work: Work) -> None:
    await work.change(Aid, request_id, lambda aid: fail(aid, command, work.actor))
