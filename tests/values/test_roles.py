from shared.values.roles import BELOW_GROUP, GRANTABLE, GROUP_ONLY, Role


def test_every_role_but_self_can_be_granted_by_its_name() -> None:
    assert {Role.named(name) for name in GRANTABLE} == set(Role) - {Role.SELF}


def test_levels_name_roles_that_exist() -> None:
    assert set(GRANTABLE) >= GROUP_ONLY | BELOW_GROUP
    assert not GROUP_ONLY & BELOW_GROUP


def test_first_and_second_approver_share_no_role() -> None:
    assert not Role.FIRST_APPROVER & Role.SECOND_APPROVER
    assert not (Role.FIRST_APPROVER | Role.SECOND_APPROVER) & Role.FINANCE
