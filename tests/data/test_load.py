from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from rows_sample import make, sentence

from seedbed.data.check import inspect
from seedbed.data.load import load
from seedbed.data.seal import RECORD, SealedTest
from seedbed.errors import (
    ColumnMissing,
    FileMissing,
    LabelMissing,
    LabelUnseen,
    OneClass,
    ResumeMismatch,
    RowBroken,
    SeedbedError,
    TestAlreadyRead,
    TooFewRows,
)

ROWS = [(sentence(i), "yes" if i % 4 else "no") for i in range(200)]


def sealed(folder: Path) -> SealedTest:
    recipe, task = make(folder, ROWS, test=ROWS[:9])
    return load(recipe, task).test


def test_splits_that_are_not_named_are_made(tmp_path: Path) -> None:
    loaded = load(*make(tmp_path, ROWS))
    assert (len(loaded.train), len(loaded.validation), len(loaded.test)) == (144, 16, 40)
    numbers = [*loaded.train.numbers, *loaded.validation.numbers, *loaded.test.numbers]
    assert sorted(numbers) == list(range(1, 201))
    assert Counter(loaded.train.columns["label"]) == {"yes": 108, "no": 36}
    assert loaded.test.label_counts() == {"yes": 30, "no": 10}
    assert loaded.test.path == loaded.train.path


def test_loading_twice_gives_the_same_rows(tmp_path: Path) -> None:
    one, other = load(*make(tmp_path, ROWS)), load(*make(tmp_path, ROWS))
    assert one.train.numbers.tolist() == other.train.numbers.tolist()
    assert one.test.numbers.tolist() == other.test.numbers.tolist()


def test_files_that_are_named_are_not_split(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, ROWS, validation=ROWS[:20], test=ROWS[20:50])
    loaded = load(recipe, task)
    assert (len(loaded.train), len(loaded.validation), len(loaded.test)) == (200, 20, 30)


def test_duplicates_near_ones_too_stay_on_one_side(tmp_path: Path) -> None:
    rows = [(text, label) for i, (text, label) in enumerate(ROWS) for text in _copies(text, i)]
    loaded = load(*make(tmp_path, rows))
    of = {"train": loaded.train.numbers, "validation": loaded.validation.numbers}
    of["test"] = loaded.test.numbers
    side = {int(number): split for split, numbers in of.items() for number in numbers}
    begin = 1
    for i in range(len(ROWS)):
        size = len(_copies("", i))
        assert len({side[n] for n in range(begin, begin + size)}) == 1
        begin += size
    assert len(loaded.test) == pytest.approx(0.2 * len(rows), abs=4)


def _copies(text: str, i: int) -> list[str]:
    return [text, text + " now", text.upper()][: 1 + i % 3]


def test_groups_stay_on_one_side(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    lines = [f"{text},{label},user{i // 7}" for i, (text, label) in enumerate(ROWS)]
    recipe, task = make(tmp_path, ROWS, group="user")
    path.write_text("\n".join(["text,label,user", *lines]), encoding="utf-8")
    loaded = load(recipe, task)
    users = [set(loaded.train.columns["user"]), set(loaded.validation.columns["user"])]
    users.append({f"user{(number - 1) // 7}" for number in loaded.test.numbers})
    assert len(set.union(*users)) == sum(map(len, users))
    assert len(loaded.test) == pytest.approx(40, abs=7)


def test_groups_that_share_texts_are_still_split(tmp_path: Path) -> None:
    rows = [(text if i % 7 else "the same greeting", label) for i, (text, label) in enumerate(ROWS)]
    lines = [f"{text},{label},user{i // 7}" for i, (text, label) in enumerate(rows)]
    recipe, task = make(tmp_path, rows, group="user")
    (tmp_path / "train.csv").write_text("\n".join(["text,label,user", *lines]), encoding="utf-8")
    loaded = load(recipe, task)
    assert len(loaded.test) == pytest.approx(40, abs=7)
    users = {f"user{(number - 1) // 7}" for number in loaded.test.numbers}
    assert not users & set(loaded.train.columns["user"])


def test_the_newest_rows_are_judged(tmp_path: Path) -> None:
    lines = [f"{text},{label},{(i * 37) % 200}" for i, (text, label) in enumerate(ROWS)]
    recipe, task = make(tmp_path, ROWS, time="day")
    (tmp_path / "train.csv").write_text("\n".join(["text,label,day", *lines]), encoding="utf-8")
    loaded = load(recipe, task)
    days = [int(day) for day in loaded.validation.columns["day"]]
    assert max(int(day) for day in loaded.train.columns["day"]) < min(days)
    assert max(days) < min((number - 1) * 37 % 200 for number in loaded.test.numbers)


def test_a_limit_draws_by_label_from_the_training_rows_alone(tmp_path: Path) -> None:
    every = load(*make(tmp_path, ROWS))
    some = load(*make(tmp_path, ROWS, limit=40))
    assert Counter(some.train.columns["label"]) == {"yes": 30, "no": 10}
    assert set(some.train.numbers) < set(every.train.numbers)
    assert some.test.numbers.tolist() == every.test.numbers.tolist()


def test_empty_texts_are_left_out_and_listed_but_judged(tmp_path: Path) -> None:
    rows = [*ROWS, ("  ", "yes"), ("", "no")]
    loaded = load(*make(tmp_path, rows, validation=rows, test=rows))
    assert (len(loaded.train), len(loaded.validation), len(loaded.test)) == (200, 200, 202)
    assert [(out.split, out.row, out.reason) for out in loaded.left_out] == [
        ("train", 201, "empty_text"),
        ("train", 202, "empty_text"),
        ("validation", 201, "empty_text"),
        ("validation", 202, "empty_text"),
    ]


def test_broken_rows_and_missing_labels_are_errors_unless_lenient(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, [*ROWS, ("no label", " ")])
    with pytest.raises(LabelMissing, match="such as 201"):
        load(recipe, task)
    with (tmp_path / "train.csv").open("a", encoding="utf-8") as file:
        file.write("one,two,three\n")
    with pytest.raises(RowBroken, match="row 202"):
        load(recipe, task)
    left_out = load(recipe, task, lenient=True).left_out
    assert [(out.row, out.reason) for out in left_out] == [
        (202, "broken_row"),
        (201, "missing_label"),
    ]
    assert "got 3" in left_out[0].detail


@pytest.mark.parametrize(
    ("rows", "data", "kind", "said"),
    [
        ([(sentence(i), "yes") for i in range(30)], {}, OneClass, "only yes"),
        (ROWS, {"test": [("a", "yess"), ("b", "yess")]}, LabelUnseen, "'yess' in row 1.*'yes'"),
        (ROWS, {"validation": [("a", "maybe")]}, LabelUnseen, "'maybe'"),
        (ROWS, {"label": "labels"}, ColumnMissing, r"data\.label.*'label'"),
        (ROWS, {"group": "user"}, ColumnMissing, r"data\.group"),
        (ROWS, {"limit": 1}, TooFewRows, r"data\.limit"),
        (ROWS[:1], {}, TooFewRows, "1 row"),
        ([("", "yes"), (" ", "no")], {"test": ROWS, "validation": ROWS}, TooFewRows, "left out"),
        (ROWS, {"encoding": "klingon"}, SeedbedError, "klingon"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(
    rows: list, data: dict, kind: type[SeedbedError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=f"(?s){said}"):
        load(*make(tmp_path, rows, **data))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, ROWS)
    (tmp_path / "train.csv").unlink()
    with pytest.raises(FileMissing, match=r"train\.csv"):
        load(recipe, task)


def test_test_rows_open_once_for_one_candidate(tmp_path: Path) -> None:
    test = sealed(tmp_path)
    table = test.open(tmp_path, "abc123")
    assert [*table.columns["text"]] == [text for text, _ in ROWS[:9]]
    record = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    assert (record["candidate"], record["sha256"], record["rows"]) == ("abc123", test.digest, 9)
    assert len(test.open(tmp_path, "abc123")) == 9
    with pytest.raises(TestAlreadyRead, match="abc123"):
        test.open(tmp_path, "def456")
    with pytest.raises(TestAlreadyRead):
        sealed(tmp_path).open(tmp_path, "def456")


def test_the_rows_opened_are_those_set_aside(tmp_path: Path) -> None:
    loaded = load(*make(tmp_path, ROWS))
    opened = loaded.test.open(tmp_path, "abc")
    assert opened.numbers.tolist() == loaded.test.numbers.tolist()
    assert not set(opened.columns["text"]) & set(loaded.train.columns["text"])


def test_a_record_is_written_before_the_rows_are_read(tmp_path: Path) -> None:
    test = sealed(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        test.open(tmp_path / "no-run", "abc")
    assert not (tmp_path / RECORD).exists()


def test_a_record_cut_short_by_a_crash_is_made_again(tmp_path: Path) -> None:
    test = sealed(tmp_path)
    (tmp_path / RECORD).write_text('{"candid', encoding="utf-8")
    assert len(test.open(tmp_path, "abc")) == 9
    assert json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))["candidate"] == "abc"


def test_a_file_altered_since_it_was_sealed_is_refused(tmp_path: Path) -> None:
    test = sealed(tmp_path)
    with (tmp_path / "test.csv").open("a", encoding="utf-8") as file:
        file.write("one more,yes\n")
    with pytest.raises(ResumeMismatch, match="altered"):
        test.open(tmp_path, "abc")
    assert not (tmp_path / RECORD).exists()


def test_a_file_altered_since_it_was_read_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path).open(tmp_path, "abc")
    recipe, task = make(tmp_path, ROWS, test=ROWS[:8])
    with pytest.raises(ResumeMismatch, match="altered"):
        load(recipe, task).test.open(tmp_path, "abc")


def test_a_sealed_test_shows_neither_text_nor_the_label_of_a_row(tmp_path: Path) -> None:
    test = sealed(tmp_path)
    held = json.dumps({name: str(value) for name, value in vars(test).items()})
    assert not any(text in held for text, _ in ROWS[:9])
    assert test.labels() == {"yes", "no"}
    assert len(test.fingerprints()) == len(test) == 9


def test_rows_without_labels_are_read_once_and_broken_ones_passed_over(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, ROWS, unlabeled=str(tmp_path / "more.jsonl"))
    new = [json.dumps({"text": f"new {sentence(i)}"}) for i in (901, 902, 901)]
    known = json.dumps({"text": ROWS[0][0]})
    (tmp_path / "more.jsonl").write_text("\n".join([*new, "{broken", known]), encoding="utf-8")
    loaded = load(recipe, task)
    assert loaded.unlabeled is not None
    assert loaded.unlabeled.numbers.tolist() == [1, 2]
    found = [(out.row, out.reason) for out in loaded.left_out]
    assert found == [(4, "broken_unlabeled"), (5, "known_text"), (3, "repeated_text")]
    told = inspect(loaded, task, task.schema(loaded.train))
    assert [told.find(kind).count for _, kind in found] == [1, 1, 1]
    assert told.find("broken_unlabeled").severity == "warning"


def test_rows_without_labels_that_are_of_no_use_name_no_label(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, ROWS, unlabeled=str(tmp_path / "more.jsonl"))
    (tmp_path / "more.jsonl").write_text(json.dumps({"text": ""}), encoding="utf-8")
    with pytest.raises(TooFewRows, match=r"data\.unlabeled") as caught:
        load(recipe, task)
    assert "data.label" not in str(caught.value)
