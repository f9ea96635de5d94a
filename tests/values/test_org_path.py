from shared.values.org_path import ROOT, below, contains
from shared.values.words import HOLDS_MEMBERS, LEVEL


def test_a_path_lies_in_what_it_begins_with() -> None:
    group = below(ROOT, "G")
    sub = below(group, "G01")
    assert (group, sub) == ("/G/", "/G/G01/")
    assert contains(group, sub)
    assert contains(sub, sub)
    assert contains(ROOT, sub)
    assert not contains(sub, group)
    assert not contains(below(group, "G0"), sub), "a code that begins like another is another"


def test_members_are_held_by_kinds_that_exist() -> None:
    assert set(LEVEL) > HOLDS_MEMBERS
