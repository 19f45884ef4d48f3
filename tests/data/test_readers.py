from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rows_sample import write_csv, write_excel, write_jsonl, write_parquet

from seedbed import registry
from seedbed.data import read
from seedbed.data.cells import CELL_LIMIT
from seedbed.data.read import Broken
from seedbed.errors import (
    CellTooLarge,
    ColumnMissing,
    DataError,
    EncodingUnknown,
    FileEmpty,
    FileMissing,
    FormatUnknown,
    RowBroken,
    SeedbedError,
)

# What a cell may hold: no half characters, no zero bytes; Excel refuses control characters too.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
CHINESE = st.text(st.sampled_from('今天天气不错服务很差，。！？《》“”abc 123,\n"'), max_size=30)
NAME = st.text("abcXYZ标签", min_size=1, max_size=5)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def rows_of(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(cells, NAME), min_size=1, max_size=8)


def got(path: Path) -> list[tuple[str, str]]:
    return [(row.cells["text"], row.cells["label"]) for row in read.rows(path)]


def broken_of(path: Path) -> tuple[list[int], list[Broken]]:
    broken: list[Broken] = []
    return [row.number for row in read.rows(path, broken=broken.append)], broken


@pytest.fixture(scope="module")
def folder() -> Path:
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@SOME
@given(rows=rows_of(LINES))
@example(rows=[('a "quoted", cell\r\nof two lines', "x")])
def test_delimited_rows_come_back_as_written(
    rows: list[tuple[str, str]], encoding: str, suffix: str, folder: Path
) -> None:
    path = write_csv(folder / f"a{suffix}", rows, encoding, "\t" if suffix == ".tsv" else ",")
    assert got(path) == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@SOME
@given(rows=rows_of(CHINESE.map(lambda text: text.replace("\n", " "))))
def test_delimiters_and_gb18030_are_found(
    rows: list[tuple[str, str]], delimiter: str, folder: Path
) -> None:
    rows = [("今天天气不错，服务很差。", "好"), *rows]
    assert got(write_csv(folder / "b.csv", rows, "gb18030", delimiter)) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@SOME
@given(rows=rows_of(LINES))
def test_json_lines_come_back_as_written(
    rows: list[tuple[str, str]], encoding: str, folder: Path
) -> None:
    path = write_jsonl(folder / "a.jsonl", rows, encoding)
    assert got(path) == rows
    assert got(write_jsonl(folder / "b.jsonl", rows, encoding, ascii_only=True)) == rows


@SOME
@given(rows=rows_of(LINES))
def test_parquet_rows_come_back_as_written(rows: list[tuple[str, str]], folder: Path) -> None:
    columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
    assert got(write_parquet(folder / "a.parquet", columns)) == rows


@settings(SOME, max_examples=20)
# python-calamine gives a cell of blanks alone as an empty one, which is what such a cell means.
@given(
    rows=rows_of(
        TEXT.filter(lambda text: not text.startswith("=") and text.isprintable() and text.strip())
    )
)
def test_excel_rows_come_back_as_written(rows: list[tuple[str, str]], folder: Path) -> None:
    assert got(write_excel(folder / "a.xlsx", [("text", "label"), *rows])) == rows


@pytest.mark.parametrize(
    "suffix", [".csv", ".tsv", ".csv.gz", ".jsonl", ".conll", ".parquet", ".xlsx"]
)
@settings(SOME, max_examples=80)
@given(data=st.binary(max_size=300))
@example(data=b'text,label\n"a')
@example(data=b"PK\x03\x04")
@example(data=b"\xff\xfe\x00")
@example(data=b"[" * 9999)
@example(data=b'{"a": ' + b"9" * 5000 + b"}")
def test_any_bytes_give_rows_or_a_seedbed_error(data: bytes, suffix: str, folder: Path) -> None:
    path = folder / f"any{suffix}"
    path.write_bytes(data)
    try:
        for row in read.rows(path, broken=lambda _: None):
            assert row.number >= 1
    except SeedbedError as error:
        told = error.as_dict()
    else:
        return
    assert all(told[part] for part in ("expected", "got", "do", "where"))


def test_every_built_in_reader_is_registered() -> None:
    suffixes = [
        s for name in registry.names("readers") for s in registry.kind("readers", name).suffixes
    ]
    assert len(suffixes) == len(set(suffixes))
    assert {".csv", ".tsv", ".jsonl", ".conll", ".bio", ".parquet", ".xlsx"} <= set(suffixes)


def test_gzip_is_read_and_a_cut_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\nhi,x\n"))
    assert got(path) == [("hi", "x")]
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(EncodingUnknown, match="gzip"):
        got(path)


def test_blank_lines_are_no_rows_and_numbers_count_from_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\r\n\r\nhi,x\r\n\r\n\r\nyo,y\r\n")
    assert [(row.number, row.cells["text"]) for row in read.rows(path)] == [(1, "hi"), (2, "yo")]


def test_empty_cells_beyond_the_header_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label,\nhi,x,,,\n")
    assert next(iter(read.rows(path))).cells == {"text": "hi", "label": "x", "column_3": ""}


BAD = {
    "no bytes": ("a.csv", b"", FileEmpty, "no bytes"),
    "header only": ("a.csv", b"text,label\n", FileEmpty, "nothing under it"),
    "blank lines only": ("a.csv", b"\n\n\n", FileEmpty, "blank lines"),
    "blank jsonl": ("a.jsonl", b"\n\n", FileEmpty, "blank lines"),
    "open quote": ("a.csv", b'text,label\na,b\n"c,d\ne,f\n', RowBroken, r"row 2 \(line 3\)"),
    "text after a quote": ("a.csv", b'text,label\n"a"b,c\n', RowBroken, "closing quote"),
    "too few cells": ("a.csv", b"text,label\na,b\nc\n", RowBroken, r"row 2 .*2 cells.*got 1"),
    "too many cells": ("a.csv", b"text,label\na,b,c\n", RowBroken, "got 3"),
    "name twice": ("a.csv", b"text,text\na,b\n", RowBroken, "header.*'text' 2 times"),
    "zero byte": ("a.csv", b"text,label\na\0b,c\n", EncodingUnknown, "zero byte at offset 12"),
    "latin-1": (
        "a.csv",
        "text,label\nna\xefve,x\n".encode("latin-1"),
        EncodingUnknown,
        "0xef at offset 13",
    ),
    "late bad byte": (
        "a.csv",
        b"text,label\n" + "好,x\n".encode() * 300_000 + b"\xff,x\n",
        EncodingUnknown,
        r"0xff at offset 1,800,011 \(line 300,002\)",
    ),
    "workbook named csv": ("a.csv", b"PK\x03\x04....", EncodingUnknown, "zip"),
    "no object": ("a.jsonl", b'{"text": "a"}\n[1]\n', RowBroken, r"row 2 \(line 2\).*list"),
    "no JSON": ("a.jsonl", b'{"text": "a"}\n{"text": \n', RowBroken, "row 2"),
    "half a character": ("a.jsonl", b'{"text": "\\ud83d"}\n', RowBroken, "half a character"),
    "no Parquet": ("a.parquet", b"PAR1 and nothing more", FormatUnknown, "Parquet"),
    "no workbook": ("a.xlsx", b"not a zip", FormatUnknown, "workbook"),
    "unknown suffix": ("a.docx", b"hello", FormatUnknown, r"\.csv.*a\.docx"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_saying_where_and_what(case: str, tmp_path: Path) -> None:
    name, data, kind, said = BAD[case]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(kind, match=f"(?s){said}") as caught:
        list(read.rows(path))
    assert str(path) in caught.value.where


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.xlsx"])
def test_a_path_that_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="no file"):
        list(read.rows(tmp_path / name))
    (tmp_path / name).mkdir()
    with pytest.raises(FileMissing, match="a folder"):
        list(read.rows(tmp_path / name))


def test_a_folder_without_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder"):
        list(read.rows(tmp_path))


def test_reading_goes_on_behind_each_kind_of_broken_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'text,label\na,b\n"c,d\ne,f\ng\n"h"i,j\nk,l\n')
    numbers, broken = broken_of(path)
    assert numbers == [1, 3, 6]
    assert [(flaw.number, flaw.line) for flaw in broken] == [(2, 3), (4, 5), (5, 6)]


def test_a_runaway_quote_takes_its_own_row_only(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = (b"some words of text" * 20 + b",label\n") * 30_000
    path.write_bytes(b'text,label\na,b\n"runaway,b\n' + rows)
    tracemalloc.start()
    try:
        numbers, broken = broken_of(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [flaw.number for flaw in broken] == [2]
    assert "not closed within" in str(broken[0].error)
    assert len(numbers) == 30_001
    assert peak < 90e6


@pytest.mark.parametrize("size", [CELL_LIMIT + 1, 10_000_000])
def test_a_cell_of_ten_megabytes_is_refused_and_passed_over(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'text,label\n"' + b"x" * size + b'",a\nb,c\n')
    with pytest.raises(CellTooLarge, match=r"row 1 \(line 2\)"):
        list(read.rows(path))
    assert broken_of(path)[0] == [2]
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b'{"text": "' + b"x" * size + b'"}\n{"text": "b"}\n')
    numbers, broken = broken_of(lines)
    assert numbers == [2]
    assert isinstance(broken[0].error, CellTooLarge)
    parquet = write_parquet(tmp_path / "a.parquet", {"text": ["x" * size, "b"]})
    assert broken_of(parquet)[0] == [2]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_text_of_a_hundred_thousand_words_is_read(suffix: str, tmp_path: Path) -> None:
    rows = [("words " * 100_000, "long"), ("short", "short")]
    write = write_csv if suffix == ".csv" else write_jsonl
    assert got(write(tmp_path / f"a{suffix}", rows)) == rows


def test_parquet_values_of_every_type_become_text(tmp_path: Path) -> None:
    import datetime

    columns = {
        "number": [1.0, 2.5, None],
        "flag": [True, False, None],
        "day": [datetime.date(2026, 3, 14)] * 3,
        "list": [["a", "é"], [], None],
        "bytes": [b"a", b"b", b"c"],
    }
    rows = list(read.rows(write_parquet(tmp_path / "a.parquet", columns)))
    assert rows[0].cells == {
        "number": "1",
        "flag": "true",
        "day": "2026-03-14",
        "list": '["a", "é"]',
        "bytes": "a",
    }
    assert rows[2].cells["number"] == rows[2].cells["list"] == ""


def test_parquet_bytes_that_are_no_text_break_one_row(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", {"text": [b"a", b"\xff\xfe", b"c"]})
    numbers, broken = broken_of(path)
    assert numbers == [1, 3]
    assert "column 'text'" in str(broken[0].error)


def test_excel_numbers_have_no_point_and_empty_rows_keep_their_number(tmp_path: Path) -> None:
    path = write_excel(tmp_path / "a.xlsx", [("text", "label"), ("a", 1), (None, None), ("b", 2.5)])
    rows = [(row.number, row.cells["label"]) for row in read.rows(path)]
    assert rows == [(1, "1"), (3, "2.5")]


def test_table_reads_only_the_columns_asked_for(tmp_path: Path) -> None:
    table = read.table(write_csv(tmp_path / "a.csv", [("hi", "x"), ("yo", "y")]), ["label"])
    assert dict(table.columns) == {"label": ["x", "y"]}
    assert table.numbers.tolist() == [1, 2]


def test_table_fills_keys_that_some_lines_lack(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n{"text": "b", "label": 1}\n', encoding="utf-8")
    assert read.table(path).columns == {"text": ["a", "b"], "label": ["", "1"]}
    assert read.table(path, ["label"]).columns["label"] == ["", "1"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_misspelt_column_names_the_nearest_and_the_recipes_key(
    suffix: str, tmp_path: Path
) -> None:
    write = write_csv if suffix == ".csv" else write_jsonl
    path = write(tmp_path / f"a{suffix}", [("hi", "x")])
    with pytest.raises(ColumnMissing, match=r"data\.label.*Did you mean 'label'\?"):
        read.table(path, ["text", "labels"], keys={"labels": "data.label"})


def test_a_mark_at_the_beginning_is_not_part_of_the_header(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("hi", "x")], "utf-8-sig")
    assert list(read.table(path).columns) == ["text", "label"]


def test_an_encoding_that_is_named_is_used_and_checked(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("naïve café", "x")], "cp1252")
    assert read.table(path, encoding="cp1252").columns["text"] == ["naïve café"]
    with pytest.raises(DataError, match="not ASCII"):
        read.table(path, encoding="ascii")
    with pytest.raises(SeedbedError, match="klingon"):
        read.table(path, encoding="klingon")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_large_file_is_streamed_in_flat_memory(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"large{suffix}"
    text, count = "word " * 2000, 5_500
    if suffix == ".parquet":
        write_parquet(path, {"text": [f"{i} {text}" for i in range(count)], "label": ["x"] * count})
    else:
        write = write_csv if suffix == ".csv" else write_jsonl
        write(path, [(f"{i} {text}", "x") for i in range(count)])
        assert path.stat().st_size > 50e6
    tracemalloc.start()
    try:
        assert sum(1 for _ in read.rows(path)) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 15e6


def test_a_parquet_column_whose_name_is_no_utf8(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a"], "label": ["b"]}), path)
    path.write_bytes(path.read_bytes().replace(b"text", b"t\xc3xt"))
    with pytest.raises(FormatUnknown):
        list(read.rows(path))


def test_a_table_without_a_row_that_can_be_read_says_why_the_first_cannot(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('text,label\none,two,three\n"a,b\n', encoding="utf-8")
    broken: list[Broken] = []
    with pytest.raises(RowBroken, match="2 cells"):
        read.table(path, broken=broken.append)
    assert len(broken) == 2
