from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.takeover.yuan import NotAnAmount, fen


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12345.60", 1_234_560),
        ("12,345.6", 1_234_560),
        ("￥12,345.60", 1_234_560),
        ("１２３４５．６０元", 1_234_560),
        (" 7 ", 700),
        ("0", 0),
        (7, 700),
        (0.1 + 0.2, 30),
        (1234.56, 123_456),
        (1e5, 10_000_000),
        (0.29, 29),
        (999_999_999_999.99, 99_999_999_999_999),
        (Decimal("1.50"), 150),
    ],
)
def test_yuan_are_whole_fen(cell: object, expected: int) -> None:
    assert fen(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "-1",
        "1.234",
        "1.2.3",
        "1e5",
        "一百",
        "1,00x",
        "1,5",
        "12,34",
        "=A1",
        True,
        -0.01,
        0.001,
        1.005,
        10**12 + 1,
        "nan",
    ],
)
def test_what_is_no_amount_is_refused_and_never_rounded(cell: object) -> None:
    with pytest.raises(NotAnAmount):
        fen(cell)


@given(st.integers(0, 10**14))
def test_every_amount_comes_back_however_it_is_written(amount: int) -> None:
    whole, cents = divmod(amount, 100)
    assert fen(f"{whole}.{cents:02}") == fen(f"{whole:,}.{cents:02}元") == amount
    if amount < 10**14:
        assert fen(amount / 100) == amount
