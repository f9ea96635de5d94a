"""The workbook of what could not come in."""

from pathlib import Path

from deploy.roster.rejected import rejected_file, removed_rejected


def test_what_was_rejected_before_goes_when_nothing_is_rejected_any_more(tmp_path: Path) -> None:
    file = tmp_path / "members.xlsx"
    assert not removed_rejected(file)
    rejected_file(file).write_bytes(b"of an earlier import")
    (tmp_path / "others.rejected.xlsx").write_bytes(b"of another file")
    assert removed_rejected(file)
    assert [path.name for path in tmp_path.iterdir()] == ["others.rejected.xlsx"]
