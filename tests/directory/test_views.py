from datetime import date, timedelta

import pytest

import services.activities
import services.members
import services.welfare
from shared.directory.entries import Membership, Organisation, RoleHeld
from shared.directory.views import memberships, organisations
from shared.kernel.service import Service
from tests.members.authority.test_grant_role import GRANTED, HELD, REVOKED
from tests.members.membership.examples import CHANGED, ENDED, JOINED, RECALLED, REJOINED, REQUESTED, TRANSFERRED
from tests.members.organisation.examples import BASIC, GROUP, NAMED, SUBSIDIARY
from tests.story import SUBJECT, shown

SERVICES = [services.members.service, services.activities.service, services.welfare.service]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_service_keeps_a_copy_of_its_own(service: Service) -> None:
    tree = shown(service, Organisation, [BASIC], [SUBSIDIARY], [GROUP])
    assert tree["G0101"] == Organisation("G0101", "G0101", "basic", "/G/G01/G0101/", "110000", "G01")
    assert tree["G"].parent_id is None
    assert shown(service, Organisation, [BASIC, NAMED])["G0101"].called == "一厂工会"
    assert shown(service, Membership, [JOINED])[SUBJECT].org_id == "G0101"
    assert shown(service, RoleHeld, [GRANTED])[HELD].actor_id == "bob"


@pytest.mark.parametrize(
    ("history", "status", "org_id", "since"),
    [
        ([JOINED], "active", "G0101", 1),
        ([JOINED, REQUESTED], "transferring", "G0101", 1),
        ([JOINED, REQUESTED, RECALLED], "active", "G0101", 1),
        ([JOINED, REQUESTED, TRANSFERRED], "active", "G0201", 1),
        ([JOINED, REQUESTED, ENDED], "ended", "G0101", 1),
        ([JOINED, ENDED, REJOINED], "active", "G0201", 2),
    ],
)
def test_a_membership_follows_its_events(history: list[object], status: str, org_id: str, since: int) -> None:
    known = shown(SERVICES[1], Membership, history)[SUBJECT]  # type: ignore[arg-type]
    assert (known.status, known.org_id, known.since) == (status, org_id, since)
    assert known.active is (status != "ended")


def test_what_is_told_of_one_who_never_joined_is_poison() -> None:
    with pytest.raises(ValueError, match="never joined"):
        memberships(None, ENDED)


def test_a_role_lapses_on_the_day_after_its_last() -> None:
    held = shown(SERVICES[0], RoleHeld, [GRANTED])[HELD]
    assert (held.until, held.lapses_on) == (date(2027, 11, 30), date(2027, 11, 30) + timedelta(days=1))
    for_ever = shown(SERVICES[0], RoleHeld, [GRANTED, GRANTED.model_copy(update={"until": None})])[HELD]
    assert (for_ever.until, for_ever.lapses_on) == (None, None)
    revoked = shown(SERVICES[0], RoleHeld, [GRANTED, REVOKED])[HELD]
    assert (revoked.status, revoked.lapses_on) == ("revoked", None)


def test_eligibility_follows_its_changes() -> None:
    known = shown(SERVICES[2], Membership, [JOINED, CHANGED])[SUBJECT]
    assert (known.frontline, known.skill_grade, known.worker_type) == (False, "technician", "regular")
    skilled = JOINED.model_copy(update={"skill_grade": "senior"})
    other = CHANGED.model_copy(update={"skill_grade": None, "frontline": None, "trade_code": "6-31-02"})
    known = shown(SERVICES[1], Membership, [skilled, other])[SUBJECT]
    assert (known.skill_grade, known.trade_code, known.frontline) == ("senior", "6-31-02", True)


def test_a_name_of_nothing_is_poison() -> None:
    with pytest.raises(ValueError, match="never established"):
        organisations(None, NAMED)
