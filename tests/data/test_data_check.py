from __future__ import annotations

import inspect as python
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rows_sample import make, sentence, write_csv

from seedbed.data import sentences
from seedbed.data.check import Check, inspect
from seedbed.data.findings import SNIPPET, snippet
from seedbed.data.labels import label_errors
from seedbed.data.load import load
from seedbed.data.profile import percentiles, pieces, scripts
from seedbed.data.table import Table
from seedbed.tasks.base import Schema

TRAIN = [(sentence(i), "yes" if i % 2 else "no") for i in range(120)]
VALIDATION = [(sentence(i), "yes" if i % 2 else "no") for i in range(1000, 1050)]
TEST = [(sentence(i), "yes" if i % 2 else "no") for i in range(2000, 2060)]


def checked(folder: Path, **rows: Any) -> Check:
    files = {"train": TRAIN, "validation": VALIDATION, "test": TEST} | rows
    recipe, task = make(folder, files.pop("train"), **files)
    loaded = load(recipe, task, lenient=True)
    return inspect(loaded, task, task.schema(loaded.train), base=recipe.base)


def places(check: Check, kind: str) -> list[tuple[str, int, str, int]]:
    found = check.find(kind)
    assert found is not None
    return [(r["split"], r["row"], r["other_split"], r["other_row"]) for r in found.rows]


def test_clean_rows_have_no_findings(tmp_path: Path) -> None:
    check = checked(tmp_path)
    assert check.findings == ()
    assert check.profile["rows"] == {"train": 120, "validation": 50, "test": 60}
    assert check.profile["labels"]["yes"] == {"train": 60, "validation": 25, "test": 30}


def test_planted_leaks_are_found_on_every_side(tmp_path: Path) -> None:
    train = [*TRAIN, (TEST[4][0].upper(), "no"), (TEST[5][0] + " please", "no")]
    train.append((VALIDATION[7][0] + " indeed", "no"))
    validation = [*VALIDATION, (TEST[9][0], "no")]
    check = checked(tmp_path, train=train, validation=validation)
    assert places(check, "leak_exact") == [
        ("test", 5, "train", 121),
        ("test", 10, "validation", 51),
    ]
    assert places(check, "leak_near") == [
        ("test", 6, "train", 122),
        ("validation", 8, "train", 123),
    ]
    assert check.leaked() == {5, 6, 10}
    exact = check.find("leak_exact")
    assert exact is not None
    assert (exact.severity, exact.count) == ("error", 2)
    assert "label" not in exact.rows[0]


def test_leaks_are_found_among_many_rows_that_are_all_alike(tmp_path: Path) -> None:
    chain = [" ".join(f"w{i + k}" for k in range(20)) for i in range(200)]  # near the next two
    train = [*TRAIN, *((text, "no") for text in chain)]
    test = [*TEST, (chain[150], "no"), (chain[190] + " end", "no")]
    check = checked(tmp_path, train=train, test=test)
    assert places(check, "leak_exact") == [("test", 61, "train", 271)]
    near = places(check, "leak_near")
    assert {row for _, row, *_ in near} == {62}
    assert {row for *_, row in near} >= {310, 311, 312}
    assert check.leaked() == {61, 62}


def test_leaks_in_chinese_are_found(tmp_path: Path) -> None:
    text = "房间很大而且非常干净，服务员的态度也十分热情，下次来上海还会选择住在这里"
    other = [("早餐太差，无论去多少人都不加食品，酒店应该重视这个问题", "no")]
    test = [*TEST, (text.replace("上海", "北京"), "yes"), *other]
    check = checked(tmp_path, train=[*TRAIN, (text, "yes")], test=test)
    assert places(check, "leak_near") == [("test", 61, "train", 121)]


def test_splits_made_here_do_not_leak(tmp_path: Path) -> None:
    rows = [(text + extra, label) for text, label in TRAIN for extra in ("", " now", "!")]
    recipe, task = make(tmp_path, rows)
    loaded = load(recipe, task)
    check = inspect(loaded, task, task.schema(loaded.train))
    assert check.leaked() == frozenset()
    assert check.find("near_duplicate") is not None


def test_duplicates_and_conflicts_are_found(tmp_path: Path) -> None:
    train = [*TRAIN, (TRAIN[0][0] + " ", "no"), (TRAIN[1][0], "no"), (TRAIN[2][0] + " now", "no")]
    check = checked(tmp_path, train=train)
    assert places(check, "exact_duplicate") == [
        ("train", 121, "train", 1),
        ("train", 122, "train", 2),
    ]
    assert places(check, "near_duplicate") == [("train", 123, "train", 3)]
    conflict = check.find("conflicting_label")
    assert conflict is not None
    assert [(row["row"], row["label"]) for row in conflict.rows] == [(2, "yes"), (122, "no")]
    assert conflict.count == 1


def test_rows_left_out_become_findings(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, [*TRAIN, ("", "yes"), ("text", "")], test=TEST)
    with (tmp_path / "train.csv").open("a", encoding="utf-8") as file:
        file.write('"open,yes\n')
    loaded = load(recipe, task, lenient=True)
    check = inspect(loaded, task, task.schema(loaded.train))
    found = {one.kind: [row["row"] for row in one.rows] for one in check.findings}
    assert found["empty_text"] == [121]
    assert found["missing_label"] == [122]
    assert found["broken_row"] == [123]
    assert [one.severity for one in check.findings[:2]] == ["error", "error"]


def test_small_labels_and_imbalance_are_found(tmp_path: Path) -> None:
    train = [
        *((sentence(i), "yes") for i in range(200)),
        *((sentence(i), "no") for i in range(300, 304)),
    ]
    check = checked(tmp_path, train=train, test=[(text, "yes") for text, _ in TEST])
    small = check.find("small_class")
    assert small is not None
    assert small.rows == ({"label": "no", "train": 4, "test": 0},)
    assert "no (4)" in small.said["en"]
    assert "no (0)" in small.said["zh"]
    lopsided = check.find("imbalance")
    assert lopsided is not None
    assert lopsided.severity == "warning"
    assert "50 times" in lopsided.said["en"]
    assert "98.0 %" in lopsided.said["zh"]


def test_long_texts_are_found_and_shown_short(tmp_path: Path) -> None:
    check = checked(tmp_path, train=[*TRAIN, ("word " * 100_000, "yes")])
    found = check.find("long_text")
    assert found is not None
    assert (found.count, found.severity) == (1, "note")
    assert found.rows[0]["pieces"] == 130_000
    assert len(found.rows[0]["text"]) == SNIPPET
    assert "130,000" in found.said["en"]


def test_the_language_is_told(tmp_path: Path) -> None:
    rows = [(f"房间{text}很干净，服务也好，下次还来", label) for text, label in TRAIN]
    check = checked(tmp_path, train=rows)
    found = check.find("language")
    assert found is not None
    assert found.severity == "note"
    assert "cjk" in found.said["en"]
    assert "汉字" in found.said["zh"]


def test_a_base_model_for_another_language_is_warned_of(tmp_path: Path) -> None:
    chinese = [
        (f"{i} 号房间很干净，服务也好，下次还来", label) for i, (_, label) in enumerate(TRAIN)
    ]
    found = checked(tmp_path, train=chinese, validation=chinese[:50]).find("language")
    assert found is not None
    assert found.severity == "warning"
    assert "`minilm` knows English only: set `base: e5-small`" in found.said["en"]
    assert "请设 `base: e5-small`" in found.said["zh"]
    recipe, task = make(tmp_path, chinese, validation=chinese[:50])
    loaded = load(recipe, task)
    found = inspect(loaded, task, task.schema(loaded.train), base="e5-small").find("language")
    assert found is not None
    assert found.severity == "note"


def test_a_check_is_json_and_ordered_by_severity(tmp_path: Path) -> None:
    check = checked(tmp_path, train=[*TRAIN, TRAIN[0], (TEST[0][0], "no"), ("", "yes")])
    told = json.loads(json.dumps(check.as_dict()))
    assert set(told) == {"profile", "findings"}
    severities = [one["severity"] for one in told["findings"]]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    for one in told["findings"]:
        assert set(one) == {"kind", "severity", "said", "would", "count", "rows"}
        assert set(one["said"]) == set(one["would"]) == {"en", "zh"}


def test_multi_label_rows_are_checked(tmp_path: Path) -> None:
    rows = [(sentence(i), ["a", "b", "a|b", ""][i % 4]) for i in range(200)]
    recipe, task = make(
        tmp_path, [*rows, (rows[2][0], "b|a"), (rows[3][0], "a")], label_separator="|"
    )
    loaded = load(recipe, task)
    check = inspect(loaded, task, task.schema(loaded.train))
    assert check.profile["labels"]["a"]["train"] > check.profile["rows"]["train"] * 0.4
    conflict = check.find("conflicting_label")
    if conflict is not None:
        assert {row["row"] for row in conflict.rows} <= {4, 202}


def flipped(count: int = 300) -> tuple[Table, np.ndarray, np.ndarray, set[int]]:
    """Return rows of three labels, a few wrong ones, and probabilities that tell the truth."""
    truth = np.arange(count) % 3
    wrong = {10, 50, 91}
    given = np.array([(y + 1) % 3 if i in wrong else y for i, y in enumerate(truth)])
    draw = np.random.default_rng(0)
    likely = draw.dirichlet([1, 1, 1], count) * 0.3
    likely[np.arange(count), truth] += 0.7
    texts = [sentence(i) for i in range(count)]
    table = Table(Path("rows.csv"), {"text": texts}, np.arange(1, count + 1))
    return table, given, likely.astype(np.float32), wrong


def shown(table: Table) -> dict[str, Any]:
    return {"texts": table.columns["text"], "model": "probe"}


def test_wrong_labels_are_found() -> None:
    table, given, likely, wrong = flipped()
    found = label_errors(table, given, likely, Schema(("a", "b", "c")), **shown(table))
    assert {row["row"] - 1 for row in found.rows} == wrong
    row = next(row for row in found.rows if row["row"] == 11)
    assert (row["label"], row["suggested"]) == ("c", "b")
    assert row["text"] == sentence(10)


def test_wrong_labels_are_found_where_rows_have_several() -> None:
    table, *_ = flipped()
    hot = np.eye(3, dtype=np.int64)[np.arange(300) % 3]
    scores = np.clip(hot + np.random.default_rng(0).normal(0, 0.05, hot.shape), 0.02, 0.98)
    hot[20] = 1 - np.round(scores[20]).astype(int)
    found = label_errors(
        table,
        hot,
        scores,
        Schema(("a", "b", "c"), multi_label=True),
        texts=table.columns["text"],
        model="probe",
    )
    assert [row["row"] for row in found.rows] == [21]
    assert found.rows[0]["suggested"] == ["a", "b", "c"][20 % 3]


def test_a_label_of_one_row_is_no_cause_for_warnings() -> None:
    table, given, likely, _ = flipped()
    given[0] = 3
    likely = np.column_stack([likely, np.full(300, 0.01, dtype=np.float32)])
    label_errors(
        table,
        given,
        likely,
        Schema(("a", "b", "c", "d")),
        texts=table.columns["text"],
        model="probe",
    )


def test_a_check_without_wrong_labels_gets_no_finding() -> None:
    table, _, likely, _ = flipped()
    found = label_errors(
        table,
        np.arange(300) % 3,
        likely,
        Schema(("a", "b", "c")),
        texts=table.columns["text"],
        model="probe",
    )
    assert found.count == 0
    assert Check({}, ()).plus(found).findings == ()


def test_a_model_that_is_mostly_wrong_doubts_no_label() -> None:
    table, given, likely, _ = flipped()
    mostly_wrong = np.roll(likely, 1, axis=1)
    mostly_wrong[:100] = likely[:100]
    found = label_errors(
        table,
        given,
        mostly_wrong,
        Schema(("a", "b", "c")),
        texts=table.columns["text"],
        model="probe",
    )
    assert found.count == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("hello world", 3), ("你好世界", 4), ("你好 world", 3)],
)
def test_word_pieces_are_estimated(text: str, expected: int) -> None:
    assert pieces(text) == expected


def test_scripts_are_counted_by_letters() -> None:
    assert scripts(["abc, 123!", "你好吗"]) == {"latin": 0.5, "cjk": 0.5}
    assert scripts(["ひらカタ", "한국", "привет"])["japanese"] == pytest.approx(1 / 3, abs=1e-4)
    assert scripts(["", "123"]) == {}


def test_percentiles_of_nothing_are_zero() -> None:
    assert percentiles([])["max"] == 0
    assert percentiles(list(range(101)))["p95"] == 95


def test_snippets_are_one_line() -> None:
    assert snippet(" a\n b ") == "a b"
    assert snippet("x" * 1000) == "x" * (SNIPPET - 1) + "…"


ARGUMENTS: dict[str, Any] = {"few": ["a (1)"], "thin": ["b (2)"] * 9, "most": "a", "least": "b"}
ARGUMENTS |= {"scripts": [("cjk", 0.7)], "share": 0.25, "base": "minilm"}


@pytest.mark.parametrize("count", [1, 1234])
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, thing in python.getmembers(sentences, python.isfunction)
        if not name.startswith("_") and name not in {"counted", "percent"}
    ],
)
def test_every_sentence_is_whole_in_both_languages(name: str, count: int) -> None:
    function = getattr(sentences, name)
    names = python.signature(function).parameters
    said, would = function(**{key: ARGUMENTS.get(key, count) for key in names})
    for told in (said, would):
        assert re.search(r"[.]$", told["en"])
        assert re.search(r"[\u4e00-\u9fff].*。$", told["zh"])
        assert not re.search(r"[\u4e00-\u9fff]", told["en"])
        assert "1 rows" not in told["en"]
        assert "  " not in told["en"]


def test_a_share_that_rounds_to_nothing_is_not_said_to_be_nothing() -> None:
    assert sentences.percent(0.0001) == "< 0.1 %"
    assert sentences.percent(0) == "0.0 %"
    assert sentences.percent(0.256) == "25.6 %"


def test_an_unreadable_encoding_is_still_an_error_when_lenient(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, TRAIN)
    write_csv(tmp_path / "train.csv", [("naïve", "x")], "latin-1")
    with pytest.raises(Exception, match="SB204"):
        load(recipe, task, lenient=True)
