"""Releases that match texts: made of published rows, searched, given another collection."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import release_sample as sample
from seedbed import recipe as recipes
from seedbed.errors import CollectionEmpty, KindUnknown, RowUnreadable
from seedbed.home import Home, read_json
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.release.reindex import reindex
from seedbed.release.rejudge import rejudge
from seedbed.release.store import Release
from seedbed.serve.replica import Replica
from seedbed.tune.events import Events

SMALL = {
    "judge": {"bootstrap": 100, "robustness_rows": 10},
    "gate": {"engines": ["torch-float32", "onnx-float32"]},
}


@pytest.fixture(scope="module")
def medical(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, Release, Path]:
    """Give a release that answers medical questions, by two layers of MiniLM."""
    folder = tmp_path_factory.mktemp("medical")
    base = sample.candidate(folder / "base")
    for part, most in (("train", 160), ("test", 50)):
        lines = (shared_data("medquad") / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
        kept = [json.loads(line) for line in lines[:most]]
        if part == "test":
            kept.append({"question": "What is left unanswered?", "answer": ""})
            kept.append(kept[0] | {"question": "long?", "answer": "word " * 100_000})
        text = "\n".join(json.dumps({k: r[k] for k in ("question", "answer")}) for r in kept)
        (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
    recipe = recipes.validate(
        {
            "name": "medical",
            "task": "text-matching",
            "data": {
                "train": "train.jsonl",
                "test": "test.jsonl",
                "text": "question",
                "text_b": "answer",
                "match": "answer",
            },
            "base": str(base),
            "ladder": {"stop": False, "rungs": ["bm25", "untuned", "dual"], "epochs": {"dual": 1}},
            "train": {"answer_tokens": 48, "max_tokens": 32},
            **SMALL,
        },
        folder=folder,
    )
    home = Home(folder / "home")
    return home, build(recipe, home, Events()), folder


def test_the_report_says_what_was_found(medical: tuple[Home, Release, Path]) -> None:
    report = medical[1].read("report.json")
    rank = report["rank"]
    assert rank["without_answer"] == 1
    assert {one["with"] for one in report["compared"]} <= {"baseline", "untuned"}
    recall = [point["value"] for point in rank["recall"]]
    assert recall == sorted(recall)
    assert report["metrics"]["recall_10"]["value"] == pytest.approx(recall[4])
    shown = rank["shown"]
    assert any(one["rank"] == 1 and one["answers"][0]["right"] for one in shown)
    page = (medical[1].folder / "report.html").read_text(encoding="utf-8")
    assert "正确答案的名次" in page
    assert "where the right answer stood" in page


def test_the_recipe_that_is_written_back_pins_both_lengths(
    medical: tuple[Home, Release, Path],
) -> None:
    text = (medical[1].folder / "recipe.yaml").read_text(encoding="utf-8")
    full = recipes.parse(text)
    assert full.train.answer_tokens == 48
    assert full.train.max_tokens == 32


def test_it_answers_with_the_best_of_the_collection(medical: tuple[Home, Release, Path]) -> None:
    predictor = Predictor(medical[1])
    lines = (medical[2] / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    answers = predictor.answers([row["question"] for row in rows[:20]] + [""])
    scores = [one["score"] for one in answers[0]["answers"]]
    assert scores == sorted(scores, reverse=True)
    assert all(-1 <= score <= 1.001 for score in scores)
    right = [
        row["answer"] in [one["text"] for one in answer["answers"]]
        for row, answer in zip(rows, answers, strict=False)
    ]
    assert np.mean(right) > 0.5
    assert len(answers[-1]["answers"]) == 10


def test_every_engine_is_held_to_the_same_answers(medical: tuple[Home, Release, Path]) -> None:
    gate = medical[1].read("gate.json")
    if medical[1].manifest["kind"] == "encoder":
        assert {row["engine"] for row in gate["engines"]} == {"torch-float32", "onnx-float32"}
        assert all(row["kept"] and row["disagree"] <= 1 for row in gate["engines"])


def test_another_collection_makes_another_number(
    medical: tuple[Home, Release, Path], tmp_path: Path
) -> None:
    home, release, _folder = medical
    path = tmp_path / "answers.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerows([["reply"], ["Wash your hands."], ["wash your  hands."], ["Sleep."]])
    made, answers = reindex(home, release, path, "reply")
    assert answers == 2
    assert made.number != release.number
    made.verify()
    best = Predictor(made).answers(["How do I keep my hands clean?"])[0]["answers"]
    assert next(one["text"] for one in best) == "Wash your hands."
    assert len(best) == 2
    reasons = made.read("report.json")["verdict"]["reasons"]
    assert "searches 2 answers" in reasons[-1]["said"]["en"]
    (tmp_path / "rows.csv").write_text("question,answer\nclean hands?,Wash your hands.\n")
    judged = rejudge(made, tmp_path / "rows.csv")
    assert judged["rank"]["collection"] == 2
    assert judged["metrics"]["recall_5"]["value"] == 1
    (tmp_path / "empty.csv").write_text('reply\n" "\n')
    with pytest.raises(CollectionEmpty):
        reindex(home, release, tmp_path / "empty.csv", "reply")


def test_it_is_served(medical: tuple[Home, Release, Path]) -> None:
    replica = Replica(medical[1], threads=1)
    asked = ["What causes leukemia?"]
    ran = replica.run(replica.encode(asked))
    assert len(replica.answers(ran.logits, asked, scores=False)[0]["answers"]) == 5
    assert len(replica.best(ran.logits, 100)[0]["answers"]) == 100
    assert replica.embeds is (medical[1].manifest["kind"] == "encoder")


@pytest.fixture(scope="module")
def pairs(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Home, Release]:
    folder = tmp_path_factory.mktemp("pairs")
    source = shared_data("fewclue_bustm")
    base = sample.candidate(folder / "base")
    recipe: dict[str, Any] = {
        "name": "same",
        "task": "text-matching",
        "data": {
            "train": str(source / "train.csv"),
            "validation": str(source / "dev.csv"),
            "test": str(source / "dev.csv"),
            "text": "text1",
            "text_b": "text2",
        },
        "base": str(base),
        "ladder": {"only": "twin"},
        **SMALL,
    }
    home = Home(folder / "home")
    return home, build(recipes.validate(recipe), home, Events())


def test_two_texts_are_compared(pairs: tuple[Home, Release]) -> None:
    predictor = Predictor(pairs[1])
    same, other = predictor.answers(["你叫什么名字\t你叫什么", ["你叫什么名字", "明天下雨吗"]])
    assert same["scores"]["1"] > other["scores"]["1"]
    with pytest.raises(RowUnreadable):
        predictor.answers(["只有一句"])
    replica = Replica(pairs[1], threads=1)
    ran = replica.run(replica.encode(["你叫什么名字\t你叫什么"]))
    assert replica.answers(ran.logits, ["你叫什么名字\t你叫什么"])[0]["label"] == same["label"]


def test_pairs_have_a_learning_curve(pairs: tuple[Home, Release]) -> None:
    report = pairs[1].read("report.json")
    rows = [point["rows"] for point in report["learning_curve"]]
    assert rows[-1] == report["data"]["train"]
    assert rows == sorted(rows)
    assert report["more_rows"]["rung"] == "twin"


def test_what_compares_searches_nothing(pairs: tuple[Home, Release], tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("text_b\nyes\n")
    with pytest.raises(KindUnknown):
        reindex(*pairs, tmp_path / "answers.csv", None)


def test_the_card_shows_how_to_search_without_seedbed(
    medical: tuple[Home, Release, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if medical[1].manifest["kind"] != "encoder":
        pytest.skip("words alone won")
    card = (medical[1].folder / "card.md").read_text(encoding="utf-8")
    code = card.split("### transformers", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    monkeypatch.chdir(medical[1].folder)
    told: dict[str, Any] = {}
    exec(code, told)
    first = Predictor(medical[1]).answers(["your question"])[0]["answers"][0]
    assert told["answer"] == first["text"]
    assert read_json(medical[1].folder / "model" / "head.json")["answers"]["max_tokens"] == 48
