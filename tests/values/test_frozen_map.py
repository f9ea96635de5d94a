import pickle

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, tuples

from shared.values.frozen_map import EMPTY, FrozenMap

STEPS = lists(tuples(booleans(), integers(0, 60), integers()))


@given(STEPS)
def test_it_says_what_a_dictionary_says(steps: list[tuple[bool, int, int]]) -> None:
    expected: dict[int, int] = {}
    changing: FrozenMap[int, int] = EMPTY
    for put, key, value in steps:
        if put:
            expected[key] = value
            changing = changing.having(key, value)
        elif key in expected:
            del expected[key]
            changing = changing.without(key)
        else:
            with pytest.raises(KeyError):
                changing.without(key)
        assert (dict(changing), len(changing)) == (expected, len(expected))
        assert [key in changing for key in range(60)] == [key in expected for key in range(60)]
    assert changing == FrozenMap(expected)
    assert hash(changing) == hash(FrozenMap(expected))
    assert pickle.loads(pickle.dumps(changing)) == changing
    assert dict(EMPTY) == {}


def test_what_came_before_stays_as_it_was() -> None:
    one = EMPTY.having("a", 1)
    two = one.having("a", 2).having("b", 3)
    three = two.without("a")
    assert (dict(one), dict(two), dict(three)) == ({"a": 1}, {"a": 2, "b": 3}, {"b": 3})


def test_a_change_copies_a_fraction() -> None:
    large = FrozenMap({str(number): number for number in range(10_000)})
    changed = large.having("one more", 1)
    shards = zip(large._shards, changed._shards, strict=True)
    copied = [len(changed._at(place)) for place, (a, b) in enumerate(shards) if a is not b]
    assert len(copied) == 1
    assert copied[0] < 1_000
