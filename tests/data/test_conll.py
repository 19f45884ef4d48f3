"""CoNLL column files: what is written comes back, and what cannot be read is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seedbed.data import read
from seedbed.data.cells import CELL_LIMIT
from seedbed.data.read import Broken
from seedbed.errors import CellTooLarge, FileEmpty, RowBroken
from seedbed.tasks import spans

Sentence = list[tuple[str, str]]
WORD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8).filter(
    lambda word: not word.startswith("-DOCSTART-")
)
TAG = st.sampled_from(["O", "B-person", "I-person", "B-creative-work"])
SENTENCES = st.lists(st.lists(st.tuples(WORD, TAG), min_size=1, max_size=6), min_size=1, max_size=6)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def got(path: Path) -> list[Sentence]:
    cells = [row.cells for row in read.rows(path)]
    return [
        list(zip(json.loads(one["tokens"]), json.loads(one["tags"]), strict=True)) for one in cells
    ]


@pytest.fixture(scope="module")
def folder() -> Path:
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("between", ["\t", " ", " NN I-NP "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@SOME
@given(sentences=SENTENCES)
@example(sentences=[[("no\u00a0break", "O")], [("a\u2028line", "B-person"), ("\ufeff", "O")]])
def test_sentences_come_back_as_written(
    sentences: list[Sentence], between: str, end: str, folder: Path
) -> None:
    path = folder / "a.conll"
    texts = ["".join(f"{word}{between}{tag}{end}" for word, tag in one) for one in sentences]
    path.write_bytes(end.join(["first" + between + "O" + end, *texts]).encode())
    assert got(path) == [[("first", "O")], *sentences]


def test_the_form_in_which_wnut17_is_published_is_read(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    known = [row.cells for row in read.rows(shared_data("wnut17") / "dev.jsonl")][:200]
    lines = [
        "\n".join(
            map("\t".join, zip(json.loads(one["tokens"]), json.loads(one["tags"]), strict=True))
        )
        for one in known
    ]
    path = tmp_path / "dev.conll"
    path.write_text("\n\t\n".join(lines) + "\n", encoding="utf-8")  # blank but for a tab
    found = [row.cells for row in read.rows(path)]
    assert found == known
    for one in found:
        words, tags = spans.read(one["tokens"], one["tags"], where="here")
        assert len(words.words) == len(tags)


def test_marks_of_documents_and_comments_are_no_words(tmp_path: Path) -> None:
    path = tmp_path / "a.bio"
    path.write_text(
        "# global.columns = word tag\n-DOCSTART- -X- -X- O\n\n"
        "# id 1\nEU NNP I-NP B-ORG\n# # I-NP O\n\n\n# nothing said\n\n-DOCSTART- -X- O O\n\n"
        "a DT B-NP O\n",
        encoding="utf-8",
    )
    assert [row.number for row in read.rows(path)] == [1, 2]
    assert got(path) == [[("EU", "B-ORG"), ("#", "O")], [("a", "O")]]


BAD = {
    "no bytes": (b"", FileEmpty, "no bytes"),
    "blank lines": (b"\n \n", FileEmpty, "no line with a word"),
    "marks only": (b"-DOCSTART- O\n\n# a\n", FileEmpty, "no line with a word"),
    "words only": (b"Rick\nran\n", RowBroken, r"sentence 1 \(line 1\).*a word and its tag.*'Rick'"),
    "no tag": (b"a O\n\nb O\nc\n", RowBroken, r"sentence 2 \(line 3\).*2 columns.*got 'c'"),
    "another column": (b"a NN O\nb O\n", RowBroken, r"3 columns with spaces.*'b O'"),
    "empty tag": (b"a\tO\nb\t\n", RowBroken, "2 columns with tabs"),
    "empty word": (b"a\tO\n\tO\n", RowBroken, "2 columns with tabs"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_saying_where_and_what(case: str, tmp_path: Path) -> None:
    data, kind, said = BAD[case]
    path = tmp_path / "a.conll"
    path.write_bytes(data)
    with pytest.raises(kind, match=f"(?s){said}") as caught:
        list(read.rows(path))
    assert str(path) in caught.value.where


@pytest.mark.parametrize("unit", [b"x O\n", b"x" * 1000])
def test_reading_goes_on_behind_a_broken_or_endless_sentence(unit: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    endless = unit * (CELL_LIMIT // len(unit) + 2)
    path.write_bytes(b"a O\n\nb\nc O\n\n" + endless + b"\n\nd O\n")
    broken: list[Broken] = []
    assert [row.number for row in read.rows(path, broken=broken.append)] == [1, 4]
    assert [(flaw.number, flaw.line) for flaw in broken] == [(2, 3), (3, 6)]
    assert isinstance(broken[1].error, CellTooLarge)
