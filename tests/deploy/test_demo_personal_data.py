"""Personal data are found wherever in a record they stand, and nothing else is taken for them."""

import pytest

from deploy.demo.personal_data import Scanner
from shared.kernel.ports import Record

SCANNER = Scanner({"王小明", "E000017"})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"note":"110000199001010013"}', "an ID number"),
        ("person:11000019900101003X.", "an ID number"),
        ("１１００００１９９００１０１００１３", "an ID number"),
        ("call 13800138000 now", "a mobile number"),
        ("6222021234567890128", "a bank card"),
        ('{"by":"王小明"}', "a name of the roster"),
        (r'{"by":"\u738b\u5c0f\u660e"}', "a name of the roster"),
        ("no E000017", "a number of the roster"),
        ("工号Ｅ００００１７", "a number of the roster"),
    ],
)
def test_found(text: str, kind: str) -> None:
    assert kind in list(SCANNER.text(text))


@pytest.mark.parametrize(
    "text",
    [
        "0198f0c3-1111-7abc-8def-a13800138000",
        "urn:gonghui:welfare:AidGranted:1",
        "/gonghui/welfare/ab13800138000f013800138f",
        "00-a13800138000b6222021234567890128-4111111111111111-01",
        "2026-11-23T10:00:00.123456Z",
        '{"amount_fen":2000000,"position":123456}',
        "110000199001010014",
        "6222021234567890127",
        "王小",
    ],
)
def test_taken_for_what_it_is(text: str) -> None:
    assert list(SCANNER.text(text)) == []


@pytest.mark.parametrize("place", ["key", "value", "ce_actor"])
def test_every_part_of_a_record_is_looked_at_and_only_the_place_is_told(place: str) -> None:
    parts = dict.fromkeys(("key", "value", "ce_actor"), b"nothing") | {place: b"13800138000"}
    record = Record("gonghui.members", 3, 41, parts["key"], parts["value"], [("ce_actor", parts["ce_actor"])])
    assert list(SCANNER.record(record)) == [f"gonghui.members[3] at 41, {place}: a mobile number"]
