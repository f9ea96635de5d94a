from pathlib import Path
from typing import Any

import pytest

from deploy.cli.import_books import form
from deploy.takeover.book import BALANCE_BOOK, CASE_BOOK, FILE_BOOK, Book, Kind
from deploy.takeover.form import CHOICES, write_form
from deploy.takeover.sheets import BALANCES, CASES, FILES
from tests.deploy.takeover.test_lines import TODAY


@pytest.mark.parametrize("kind", [BALANCE_BOOK, FILE_BOOK, CASE_BOOK], ids=lambda kind: kind.name)
def test_each_import_finds_its_sheet_with_all_columns_and_no_row(kind: Kind[Any], tmp_path: Path) -> None:
    write_form(tmp_path / "form.xlsx")
    book = Book.of(tmp_path / "form.xlsx", kind)
    assert book.source.sheet is kind.sheet
    assert list(book.source.columns.values()) == list(kind.sheet.columns)
    assert list(book.lines(TODAY)) == []


def test_the_words_that_are_offered_are_read() -> None:
    sheets = {sheet.name: sheet for sheet in (BALANCES, FILES, CASES)}
    for (name, field), words in CHOICES.items():
        column = sheets[name].by_field[field]
        assert [column.read(word) for word in words] == list(words.values())


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "form.xlsx"
    assert form(file) == 0
    before = file.read_bytes()
    assert form(file) == 1
    assert "is there already" in capsys.readouterr().err.replace("\n", " ")
    assert file.read_bytes() == before
