"""Cleaned copies of every task's rows: nothing wrong is left in, nothing valid taken out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rows_sample import sentence

from seedbed import recipe as recipes
from seedbed.data import read
from seedbed.data.cells import as_text
from seedbed.data.check import inspect
from seedbed.data.clean import Cleaned, clean
from seedbed.data.findings import Check
from seedbed.data.load import load
from seedbed.errors import CopyRefused
from seedbed.recipe import Recipe
from seedbed.tasks.settle import settled

Cells = dict[str, Any]

MAIL, PHONE = "jane.doe@example.com", "13800138000"
MENDED = {"broken_row", "missing_label", "empty_text", "leak_exact", "conflicting_label"}
"""What a cleaned copy has none of."""


@dataclass(frozen=True)
class Case:
    """Rows of a task.

    Attributes:
        task: Its name.
        row: Makes row i; those from 100 on are judged by.
        bad: Training rows that are to go, and why.
        good: Training rows that look like others and are valid.
        data: Keys of the recipe.
        told: The columns of texts that a model reads or learns to write.
    """

    task: str
    row: Callable[[int], Cells]
    bad: list[tuple[Cells, str]]
    good: list[Cells]
    data: Cells = field(default_factory=dict)
    told: tuple[str, ...] = ("text",)


def yes(i: int) -> str:
    return "yes" if i % 2 else "no"


def pair(i: int, j: int | None = None, **more: Any) -> Cells:
    told = {"text": sentence(i), "text_b": sentence(1000 + i if j is None else j)}
    return told | {"same": yes(i), "score": i / 10} | more


def spans(i: int, kind: str = "a") -> Cells:
    text = sentence(i)
    end = len(text.split()[0])
    return {"text": text, "spans": [{"start": 0, "end": end, "type": kind, "text": text[:end]}]}


def words(i: int, kind: str = "a") -> Cells:
    tokens = sentence(i).split()
    return {"tokens": tokens, "tags": [f"B-{kind}", *["O"] * (len(tokens) - 1)]}


def chat(i: int, answer: str | None = None) -> Cells:
    return {"text": sentence(i), "answer": sentence(1000 + i) if answer is None else answer}


def talk(i: int, system: str = "", answer: str | None = None) -> Cells:
    told = chat(i, answer)
    turns = [{"role": "user", "content": told["text"]}]
    turns += [{"role": "assistant", "content": told["answer"]}]
    return {"messages": [{"role": "system", "content": system}] * bool(system) + turns}


def sheet(i: int, **more: Any) -> Cells:
    return {"size": i, "colour": sentence(i)[:6], "same": yes(i), "score": i / 10} | more


CASES = {
    "texts": Case(
        "text-classification",
        lambda i: {"text": sentence(i), "label": yes(i)},
        [
            ({"text": sentence(1).upper(), "label": "yes"}, "exact_duplicate"),
            ({"text": sentence(100), "label": "no"}, "leak_exact"),
            ({"text": " ", "label": "no"}, "empty_text"),
            ({"text": sentence(60), "label": ""}, "missing_label"),
            ({"text": sentence(61), "label": "yes"}, "conflicting_label"),
            ({"text": sentence(61), "label": "no"}, "conflicting_label"),
        ],
        [],
    ),
    "pairs": Case(
        "text-matching",
        pair,
        [
            (pair(1), "exact_duplicate"),
            (pair(100), "leak_exact"),
            (pair(60, text_b=""), "empty_text"),
            (pair(60, same=""), "missing_label"),
            (pair(61, same="yes"), "conflicting_label"),
            (pair(61, same="no"), "conflicting_label"),
        ],
        # One text beside others, and beside another than a row of the test has it.
        [pair(0, 2000), pair(0, 2001, same="yes"), pair(100, 2002)],
        {"label": "same"},
        ("text", "text_b"),
    ),
    "scores": Case(
        "text-matching",
        pair,
        [
            (pair(1), "exact_duplicate"),
            (pair(100), "leak_exact"),
            (pair(60, text=""), "empty_text"),
            (pair(60, score=""), "missing_label"),
        ],
        [pair(0, 2000), pair(1, score=0.3)],
        {"label": "score", "match": "score"},
        ("text", "text_b"),
    ),
    "answers": Case(
        "text-matching",
        pair,
        [
            (pair(1, text_b=sentence(1001).upper()), "exact_duplicate"),
            (pair(100), "leak_exact"),
            (pair(60, text_b=""), "empty_text"),
        ],
        [pair(0, 2000), pair(62, 1000)],
        {"match": "answer"},
        ("text", "text_b"),
    ),
    "numbers": Case(
        "text-regression",
        lambda i: {"text": sentence(i), "score": i / 10},
        [
            ({"text": sentence(1), "score": 0.1}, "exact_duplicate"),
            ({"text": sentence(100), "score": 0.1}, "leak_exact"),
            ({"text": "", "score": 0.1}, "empty_text"),
            ({"text": sentence(60), "score": ""}, "missing_label"),
        ],
        [{"text": sentence(0), "score": 7.5}],
        {"label": "score"},
    ),
    "spans": Case(
        "token-classification",
        spans,
        [
            (spans(1), "exact_duplicate"),
            (spans(100), "leak_exact"),
            ({"text": " ", "spans": []}, "empty_text"),
        ],
        [spans(0, "b"), {"text": sentence(60), "spans": []}, {"text": sentence(61), "spans": ""}],
        {"label": "spans"},
    ),
    "words": Case(
        "token-classification",
        words,
        [
            (words(1), "exact_duplicate"),
            (words(100), "leak_exact"),
            ({"tokens": [], "tags": []}, "empty_text"),
        ],
        [words(0, "b")],
        {"text": "tokens", "label": "tags"},
        ("tokens",),
    ),
    "chat": Case(
        "text-generation",
        chat,
        [(chat(1), "exact_duplicate"), (chat(100), "leak_exact"), (chat(60, ""), "empty_text")],
        [chat(0, "Another answer.")],
        told=("text", "answer"),
    ),
    "messages": Case(
        "text-generation",
        talk,
        [
            (talk(1), "exact_duplicate"),
            (talk(100, "Be brief."), "leak_exact"),
            (talk(60, answer=" "), "empty_text"),
        ],
        [talk(0, "Be brief."), talk(0, answer="Another answer.")],
        {"messages": "messages"},
        ("messages",),
    ),
    "table": Case(
        "tabular-classification",
        sheet,
        [
            (sheet(1), "exact_duplicate"),
            (sheet(100), "leak_exact"),
            (sheet(60, same=""), "missing_label"),
            (sheet(61, same="yes"), "conflicting_label"),
            (sheet(61, same="no"), "conflicting_label"),
        ],
        [sheet(0, colour="white"), sheet(62, colour="")],
        {"label": "same", "leave_out": ["score"]},
        (),
    ),
    "amounts": Case(
        "tabular-regression",
        sheet,
        [
            (sheet(1), "exact_duplicate"),
            (sheet(100), "leak_exact"),
            (sheet(60, score=""), "missing_label"),
        ],
        [sheet(0, score=9.5), sheet(100, colour="white")],
        {"label": "score"},
        (),
    ),
}


def write(path: Path, rows: list[Cells]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def recipe_of(case: Case, **files: str) -> Recipe:
    return recipes.validate({"name": "sample", "task": case.task, "data": case.data | files})


def files(folder: Path, case: Case, train: list[Cells]) -> dict[str, str]:
    parts = {
        "train": train,
        "validation": [case.row(i) for i in range(200, 212)],
        "test": [case.row(i) for i in range(100, 112)],
    }
    return {name: write(folder / f"{name}.jsonl", rows) for name, rows in parts.items()}


def fixed(
    recipe: Recipe, out: Path | None = None, *, redact: bool = False
) -> tuple[Check, dict[str, Cleaned]]:
    recipe, task = settled(recipe)
    loaded = load(recipe, task, lenient=True)
    check = inspect(loaded, task, task.schema(loaded.train))
    return check, {one.split: one for one in clean(recipe, task, check, out, redact=redact)}


def reasons(one: Cleaned) -> dict[int, str]:
    with one.changes.open(encoding="utf-8", newline="") as file:
        return {int(row["row"]): row["reason"].split(":")[0] for row in csv.DictReader(file)}


def plain(rows: list[Cells]) -> list[dict[str, str]]:
    return [{name: as_text(cell) for name, cell in row.items()} for row in rows]


def cells(path: Path) -> list[dict[str, str]]:
    return [row.cells for row in read.rows(path)]


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_goes_and_what_is_valid_stays(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    good = [*(case.row(i) for i in range(30)), *case.good]
    named = files(tmp_path, case, [*good, *(row for row, _ in case.bad)])
    _, done = fixed(recipe_of(case, **named))
    assert set(done) == {"train"}
    whys = [why for _, why in case.bad]
    assert reasons(done["train"]) == dict(enumerate(whys, start=len(good) + 1))
    assert cells(done["train"].copy) == plain(good)
    check, again = fixed(recipe_of(case, **named | {"train": str(done["train"].copy)}))
    assert {one.kind for one in check.findings} & MENDED == set()
    assert again == {}


def told(value: Any) -> Any:
    """Return a text, or the texts of a conversation or a sentence, with personal data at its end.

    In front of it is a line's end, which JSON writes as a letter.
    """
    if isinstance(value, str):
        return f"{value}\n{PHONE}"
    if isinstance(value[0], str):
        return [*value[:-1], PHONE]
    return [one | {"content": told(one["content"])} for one in value]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.told])
def test_personal_data_is_found_and_taken_out_wherever_a_model_reads_or_writes(
    name: str, tmp_path: Path
) -> None:
    case = CASES[name]
    train = [case.row(i) for i in range(30)]
    train[3] |= {column: told(train[3][column]) for column in case.told}
    named = files(tmp_path, case, train)
    check, done = fixed(recipe_of(case, **named), tmp_path / "out", redact=True)
    found = check.find("personal_phone")
    assert found is not None
    pieces = 2 if name == "messages" else len(case.told)
    assert [(row["split"], row["row"], row["count"]) for row in found.rows] == [
        ("train", 4, pieces)
    ]
    assert PHONE not in json.dumps(check.as_dict())
    one = done["train"]
    assert (one.kept, one.removed, one.redacted) == (30, {}, {"phone": pieces})
    for path in (tmp_path / "out").iterdir():
        assert PHONE not in path.read_text(encoding="utf-8")
    as_it_was = plain([case.row(3) | {n: told(case.row(3)[n]) for n in case.told}])[0]
    wanted = {key: cell.replace(PHONE, "[PHONE]") for key, cell in as_it_was.items()}
    assert cells(one.copy) == [*plain(train[:3]), wanted, *plain(train[4:])]
    check, again = fixed(recipe_of(case, **named | {"train": str(one.copy)}), redact=True)
    assert check.find("personal_phone") is None
    assert again == {}


def test_spans_stay_on_what_they_name(tmp_path: Path) -> None:
    case = CASES["spans"]
    text = f"write to {MAIL} or call {PHONE} in Rome"
    kinds = {MAIL: "mail", PHONE: "a", "Rome": "place"}
    places = [
        {"start": text.index(one), "end": text.index(one) + len(one), "labels": [kind], "text": one}
        for one, kind in kinds.items()
    ]
    row = {"text": text, "spans": places}
    named = files(tmp_path, case, [*(case.row(i) for i in range(30)), row])
    _, done = fixed(recipe_of(case, **named), redact=True)
    *_, left = cells(done["train"].copy)
    assert left["text"] == "write to [EMAIL] or call [PHONE] in Rome"
    found = json.loads(left["spans"])
    shown = ["[EMAIL]", "[PHONE]", "Rome"]
    assert [left["text"][one["start"] : one["end"]] for one in found] == shown
    assert [one["text"] for one in found] == shown
    assert [one["labels"] for one in found] == [["mail"], ["a"], ["place"]]


def test_a_tables_columns_say_what_is_in_them(tmp_path: Path) -> None:
    case = CASES["table"]
    train = [case.row(i) | {"phone": "4155552671", "id": "4155552671"} for i in range(30)]
    named = files(tmp_path, case, train)
    del named["validation"], named["test"]
    check, done = fixed(recipe_of(case, **named), redact=True)
    found = check.find("personal_phone")
    assert found is not None
    assert {row["count"] for row in found.rows} == {1}
    assert cells(done["train"].copy)[0] == {
        "size": "0",
        "colour": sentence(0)[:6],
        "same": "no",
        "score": "0",
        "phone": "[PHONE]",
        "id": "4155552671",
    }


def test_every_other_file_of_texts_is_searched_and_redacted(tmp_path: Path) -> None:
    case = CASES["texts"]
    named = files(tmp_path, case, [case.row(i) for i in range(30)])
    texts = [sentence(i) for i in range(300, 305)]
    named["unlabeled"] = write(
        tmp_path / "unlabeled.jsonl", [{"text": f"{text} {MAIL}", "who": PHONE} for text in texts]
    )
    (tmp_path / "more.txt").write_text(f"{texts[0]}\n\nsee {MAIL} here\n", encoding="utf-8")
    raw = {"name": "sample", "data": named, "pretrain": {"rows": str(tmp_path / "more.txt")}}
    check, done = fixed(recipes.validate(raw), redact=True)
    found = check.find("personal_email")
    assert found is not None
    assert found.said["en"].startswith("6 rows of data.unlabeled and pretrain.rows hold 6 e-mail")
    assert found.said["zh"].startswith("data.unlabeled、pretrain.rows中有 6 行含电子邮箱，共 6 处")
    assert [row["row"] for row in found.rows if row["split"] == "pretrain"] == [3]
    assert set(done) == {"unlabeled", "pretrain"}
    assert cells(done["unlabeled"].copy)[0] == {"text": f"{texts[0]} [EMAIL]", "who": "[PHONE]"}
    assert cells(done["pretrain"].copy) == [{"text": texts[0]}, {"text": "see [EMAIL] here"}]
    for one in done.values():
        assert MAIL not in one.changes.read_text(encoding="utf-8")
    raw["data"] = named | {"unlabeled": str(done["unlabeled"].copy)}
    raw["pretrain"] = {"rows": str(done["pretrain"].copy)}
    check, again = fixed(recipes.validate(raw), redact=True)
    assert check.find("personal_email") is None
    assert again == {}


def test_the_collection_that_a_release_serves_is_searched_and_redacted(tmp_path: Path) -> None:
    case = CASES["answers"]
    named = files(tmp_path, case, [case.row(i) for i in range(30)])
    answers = [{"text_b": sentence(i)} for i in range(300, 303)] + [{"text_b": f"ask {MAIL}"}]
    named["collection"] = write(tmp_path / "answers.jsonl", answers)
    check, done = fixed(recipe_of(case, **named), redact=True)
    found = check.find("personal_email")
    assert found is not None
    assert [(row["split"], row["row"]) for row in found.rows] == [("collection", 4)]
    assert set(done) == {"collection"}
    assert cells(done["collection"].copy)[-1] == {"text_b": "ask [EMAIL]"}
    assert fixed(recipe_of(case, **named))[1] == {}


def test_files_of_one_name_have_copies_of_their_own(tmp_path: Path) -> None:
    case = CASES["answers"]
    rows = [*(case.row(i) for i in range(30)), case.row(1), pair(60, text_b=MAIL)]
    named = files(tmp_path, case, rows)
    old = tmp_path / "old"
    old.mkdir()
    named["collection"] = named["train"]
    named["test"] = write(old / "train.jsonl", [pair(i, text_b=MAIL) for i in range(100, 112)])
    _, done = fixed(recipe_of(case, **named), tmp_path / "out", redact=True)
    assert {name: (one.copy.name, one.kept) for name, one in done.items()} == {
        "train": ("train.train.clean.csv", 31),
        "test": ("train.test.clean.csv", 12),
        "collection": ("train.collection.clean.csv", 32),
    }


def test_a_copy_never_takes_the_place_of_an_original(tmp_path: Path) -> None:
    case = CASES["texts"]
    named = files(tmp_path, case, [*(case.row(i) for i in range(30)), case.row(1)])
    before = Path(named["test"]).rename(tmp_path / "rows.clean.csv")
    with before.open("w", encoding="utf-8", newline="") as file:
        found = csv.DictWriter(file, ["text", "label"])
        found.writeheader()
        found.writerows(case.row(i) for i in range(100, 112))
    Path(named["train"]).rename(tmp_path / "rows.jsonl")
    kept = before.read_bytes()
    named |= {"train": str(tmp_path / "rows.jsonl"), "test": str(before)}
    _, done = fixed(recipe_of(case, **named))
    assert done["train"].copy.name == "rows.train.clean.csv"
    assert before.read_bytes() == kept


PICTURES = Case("image-classification", lambda i: {}, [], [])


def pictures(folder: Path, count: int = 40) -> np.ndarray[Any, Any]:
    found = np.random.default_rng(0).integers(0, 255, (count, 9, 9)).astype("u1")
    for i, one in enumerate(found):
        path = folder / yes(i) / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(one).save(path)
    return found


def test_a_list_of_pictures_finds_them_from_another_folder(tmp_path: Path) -> None:
    pictures(tmp_path / "pictures")
    rows = [{"image": f"pictures/{yes(i)}/{i}.png", "label": yes(i)} for i in range(40)]
    again = rows[0] | {"image": "pictures/../pictures/no/0.png"}
    bad = [again, rows[35], {"image": "", "label": "no"}, rows[1] | {"label": ""}]
    named = {
        "train": write(tmp_path / "train.jsonl", [*rows[:20], *bad]),
        "validation": write(tmp_path / "validation.jsonl", rows[20:30]),
        "test": write(tmp_path / "test.jsonl", rows[30:]),
    }
    out = tmp_path / "out"
    check, done = fixed(recipe_of(PICTURES, **named), out, redact=True)
    whys = ["exact_duplicate", "leak_exact", "empty_text", "missing_label"]
    assert reasons(done["train"]) == dict(enumerate(whys, start=21))
    assert [Path(row["image"]) for row in cells(done["train"].copy)] == [
        (tmp_path / row["image"]).resolve() for row in rows[:20]
    ]
    check, again = fixed(recipe_of(PICTURES, **named | {"train": str(done["train"].copy)}))
    assert {one.kind for one in check.findings} & MENDED == set()
    assert again == {}


def archive(path: Path, found: np.ndarray[Any, Any], **parts: list[int]) -> None:
    arrays = {f"x_{name}": found[rows] for name, rows in parts.items()}
    labels = {f"y_{name}": np.array([yes(i) for i in rows]) for name, rows in parts.items()}
    np.savez(path, **arrays, **labels)


def test_what_has_no_copy_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    found = pictures(tmp_path / "train")
    path, train, val, test = tmp_path / "rows.npz", [*range(28)], [*range(28, 34)], [*range(34, 40)]
    archive(path, found, train=train, val=val, test=test)
    parts = {"train": "train", "validation": "val", "test": "test"}
    recipe = recipe_of(PICTURES, **{name: f"{path}#{part}" for name, part in parts.items()})
    assert fixed(recipe)[1] == {}
    assert fixed(recipe_of(PICTURES, train=str(tmp_path / "train")))[1] == {}
    archive(path, found, train=[*train, 34], val=[*val, 35], test=test)
    (tmp_path / "train" / "no" / "00.png").write_bytes(
        (tmp_path / "train" / "no" / "0.png").read_bytes()
    )
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CopyRefused, match=r"(?s)row 29 \(leak_exact\).*Save the arrays again"):
        fixed(recipe, tmp_path / "out")
    with pytest.raises(CopyRefused, match=r"(?s)row 2 \(exact_duplicate\).*Move these pictures"):
        fixed(recipe_of(PICTURES, train=str(tmp_path / "train")))
    assert sorted(tmp_path.rglob("*")) == before
