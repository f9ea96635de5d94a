from services.activities import service
from shared.values.roles import Role


def test_what_moves_money_waits_for_a_fresh_directory() -> None:
    assert [route.path for route in service.routes if route.sensitive] == ["/activities/{activity_id}/end"]


def test_a_member_enrols_and_cancels_for_itself_and_is_checked_in_by_others() -> None:
    own = {f"{route.method} {route.path}" for route in service.routes if Role.SELF in route.role}
    assert own == {
        "GET /members/{member_id}/enrolments",
        "POST /activities/{activity_id}/enrolments/{member_id}",
        "POST /activities/{activity_id}/enrolments/{member_id}/cancellation",
    }
