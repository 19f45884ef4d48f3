from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from seedbed.cli import main

GOOD, BAD = ("great", "lovely", "superb", "fine"), ("awful", "poor", "terrible", "sad")


def rows(seed: int, count: int) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    found = []
    for i in range(count):
        words, label = (GOOD, "pos") if i % 2 else (BAD, "neg")
        thing = " ".join(f"item{draw.randrange(10_000)}" for _ in range(6))
        found.append((f"{draw.choice(words)} {thing} {draw.choice(words)}", label))
    return found


@pytest.fixture
def folder(tmp_path: Path, home: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a recipe, clean rows to train on and to judge by."""
    monkeypatch.setenv("COLUMNS", "200")
    for name, seed in (("train", 1), ("test", 2)):
        write(tmp_path / f"{name}.csv", rows(seed, 160))
    (tmp_path / "recipe.yaml").write_text(
        "name: shop\ndata: {train: train.csv, test: test.csv}\n", encoding="utf-8"
    )
    return tmp_path


def write(path: Path, found: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *found])


def spoil(folder: Path) -> None:
    train = rows(1, 160)
    leak = rows(2, 1)[0]
    wrong = [(text, "pos" if label == "neg" else "neg") for text, label in rows(9, 2)]
    write(folder / "train.csv", [*train, train[0], leak, ("", "pos"), ("x", ""), *wrong])
    with (folder / "train.csv").open("a", encoding="utf-8") as file:
        file.write("one,two,three\n")


def run(*typed: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["check", *typed])
    return int(caught.value.code or 0)


def test_clean_rows_are_said_to_be_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(folder), "--fix") == 0
    told = capsys.readouterr().out
    assert "144 train, 16 validation, 160 test" in told
    assert "Nothing is wrong with the rows." in told
    assert "no copy was written" in told
    assert sorted(path.suffix for path in folder.glob("*.*")) == [".csv", ".csv", ".yaml"]


def test_the_recipe_is_that_of_the_folder_one_is_in(
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert run() == 0
    assert "144 train, 16 validation, 160 test" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    assert run() == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "no file recipe.yaml" in told
    assert "seedbed new NAME" in told


def test_findings_are_shown_with_rows_and_remedies(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    assert run(str(folder / "recipe.yaml")) == 0
    told = capsys.readouterr().out
    for kind in ("broken_row", "missing_label", "leak_exact", "exact_duplicate", "label_error"):
        assert kind in told
    assert "test row 1 as" in told
    assert "train row 167: expected 2 cells" in told
    assert "pos → neg?" in told
    assert not list(folder.glob("*clean*"))


def test_json_is_one_object_with_both_languages(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    assert run(str(folder), "--json", "--fix", "--out", str(folder / "out")) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"profile", "findings", "cleaned"}
    found = {one["kind"]: one for one in told["findings"]}
    assert found["label_error"]["count"] >= 1
    assert {165, 166} & {row["row"] for row in found["label_error"]["rows"]}
    assert "(baseline)" in found["label_error"]["said"]["en"]
    assert "（baseline）" in found["label_error"]["said"]["zh"]
    assert all({"en", "zh"} == set(one["said"]) for one in told["findings"])
    (cleaned,) = told["cleaned"]
    assert cleaned["removed"] == {
        "broken_row": 1,
        "exact_duplicate": 1,
        "leak_exact": 1,
        "empty_text": 1,
        "missing_label": 1,
    }
    assert Path(cleaned["copy"]) == folder / "out" / "train.clean.csv"


def test_fix_writes_a_copy_beside_and_leaves_the_original(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    before = (folder / "train.csv").read_bytes()
    assert run(str(folder), "--fix") == 0
    assert (folder / "train.csv").read_bytes() == before
    assert "162 rows kept" in capsys.readouterr().out
    with (folder / "train.changes.csv").open(encoding="utf-8", newline="") as file:
        assert [row["row"] for row in csv.DictReader(file)] == ["161", "162", "163", "164", "167"]
    recipe = "name: shop\ndata: {train: train.clean.csv, test: test.csv}\n"
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    assert run(str(folder), "--fix") == 0
    assert "no copy was written" in capsys.readouterr().out


def test_questions_and_answers_are_fixed_and_redacted_with_their_collection(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("train", 1), ("test", 2)):
        answers = [(question, f"{question[::-1]} a@b.co") for question, _ in rows(seed, 40)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "text_b"), *answers, *answers[:1]])
    (folder / "all.csv").write_text("text_b\nmail c@d.co\n", encoding="utf-8")
    (folder / "recipe.yaml").write_text(
        "name: help\ntask: text-matching\n"
        "data: {train: train.csv, test: test.csv, match: answer, collection: all.csv}\n",
        encoding="utf-8",
    )
    assert run(str(folder), "--fix", "--redact", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    found = {one["kind"]: one["count"] for one in told["findings"]}
    assert found["personal_email"] == 41 + 1
    cleaned = {one["split"]: (one["kept"], one["removed"]) for one in told["cleaned"]}
    assert cleaned == {
        "train": (40, {"exact_duplicate": 1}),
        "test": (41, {}),
        "collection": (1, {}),
    }
    assert run(str(folder), "--fix", "--redact") == 0
    assert "collection: 1 row kept; redacted: 1 email." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "SB202", "no bytes"),
        (b"text,label\n", "SB202", "nothing under it"),
        (b"text,labels\na,b\n", "SB207", "Did you mean 'labels'?"),
        (b"text,label\n\xff\xffa,b\n", "SB204", "offset 11"),
        (b"text,label\n" + b"same words here,x\nother things,x\n" * 30, "SB209", "only x"),
        (None, "SB201", "train.csv"),
    ],
)
def test_rows_that_cannot_be_used_exit_with_one(
    data: bytes | None, code: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "train.csv"
    path.unlink() if data is None else path.write_bytes(data)
    assert run(str(folder)) == 1
    told = capsys.readouterr()
    assert code in told.err
    assert said in " ".join(told.err.split())
    assert run(str(folder), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_the_encoding_can_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("train", "test"):
        file = folder / f"{name}.csv"
        text = file.read_text(encoding="utf-8").replace("superb", "café")
        file.write_text(text, encoding="cp1252")
    assert run(str(folder), "--json") == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "SB204"
    assert run(str(folder), "--encoding", "cp1252", "--json") == 0
