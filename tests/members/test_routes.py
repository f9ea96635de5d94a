from services.members import service
from shared.values.roles import Role


def test_what_touches_personal_data_or_gives_authority_waits_for_a_fresh_directory() -> None:
    assert {f"{route.method} {route.path}" for route in service.routes if route.sensitive} == {
        "POST /members",
        "POST /members/{member_id}/end",
        "POST /roles",
    }


def test_authority_is_given_and_taken_by_administrators_only() -> None:
    roles = {route.path: route.role for route in service.routes if route.method == "POST"}
    assert roles["/roles"] == roles["/roles/{grant_id}/revocation"] == roles["/organisations"] == Role.ADMIN


def test_a_member_acts_for_itself_in_transfers_only() -> None:
    own = {f"{route.method} {route.path}" for route in service.routes if Role.SELF in route.role}
    assert own == {
        "GET /members/{member_id}",
        "POST /members/{member_id}/transfer",
        "POST /members/{member_id}/transfer/recall",
    }
