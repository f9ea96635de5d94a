"""A tally's fold is given a row from its first event on."""

from dataclasses import dataclass, replace

from shared.kernel import views as documents
from shared.kernel.folding import Folding, Wanted
from shared.kernel.ports import Record
from shared.kernel.quarantine import Step
from shared.kernel.service import Service
from tests.kernel.toy import TicketSold

service = Service("toy", views_version=1)


@dataclass(frozen=True)
class Sold:
    id: str
    tickets: int = 0


@service.tally(Sold, key="till_id")
def sold(row: Sold, event: TicketSold) -> Sold:
    return replace(row, tickets=row.tickets + 1)


def test_a_new_row_holds_its_key_and_begins_at_zero() -> None:
    view, place = service.views["sold"], ("gonghui.toy", 2)
    document_id = documents.document_key(view, "till|one", place)
    fold = Folding({"v1_sold": Sold})
    fold.begin("v1_sold", {}, {})
    record = Record(*place, 0, None, None, ())
    wanted = Wanted(Step(record, None, "", 1, 1, 1, ""), TicketSold(till_id="till|one", number=1, buyer="b"), [])
    for _ in range(2):
        fold.apply(view, "v1_sold", [document_id], wanted)
    assert fold.changed()["v1_sold"] == [{"_id": document_id, "id": "till|one", "tickets": 2}]
