from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.backbones.tfidf import Tfidf
from seedbed.release import card, cost, gate
from seedbed.release.store import Release


def code(text: str) -> str:
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_hubs_own_reader_reads_the_card(made: Release) -> None:
    read = ModelCard.load(made.folder / "card.md")
    told = made.read("report.json")
    assert read.data.license == "other"
    assert read.data.pipeline_tag == "text-classification"
    assert read.data.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    assert read.data.metrics == ["accuracy", "f1"]
    results = {result.metric_name: result for result in read.data.eval_results}
    assert results["accuracy"].metric_value == round(told["metrics"]["accuracy"]["value"], 6)
    assert results["macro F1"].metric_type == "f1"
    assert results["accuracy"].dataset_name == "train.csv"
    assert yaml.safe_load(str(read).split("---")[1])["tags"] == ["seedbed", "probe"]


def test_the_card_says_what_the_report_found(made: Release) -> None:
    text = (made.folder / "card.md").read_text(encoding="utf-8")
    told = made.read("report.json")
    share = told["metrics"]["accuracy"]
    for part in ("Verdict: **ship**", "+40.00 points", "typing errors: -2.0 points", "`north`"):
        assert part in text
    assert f"{100 * share['value']:.2f} % ({100 * share['low']:.2f} %" in text
    for row in told["engines"]:
        assert (f"| {row['engine']} | {row['rows_per_second'] or 0:,.0f} |" in text) == row["kept"]


def test_its_five_lines_give_the_models_logits(
    made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = code((made.folder / "card.md").read_text(encoding="utf-8"))
    assert len(lines.splitlines()) == 5
    monkeypatch.chdir(made.folder)
    space: dict[str, object] = {}
    exec(lines, space)  # what a reader of the card would do
    ours = registry.kind("engines", "torch-float32")(made.folder, 1).logits(["your text"])
    np.testing.assert_allclose(space["logits"].numpy(), ours, atol=1e-4)


def test_its_five_lines_for_a_linear_model(
    tmp_path: Path, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = Tfidf.fit(["your text", *exam.texts])
    draw = np.random.default_rng(0)
    terms.save(tmp_path / "model", draw.normal(size=(3, len(terms.idf))), np.ones(3))
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    exec(code(card._code(tmp_path)), space)
    ours = registry.kind("engines", "linear")(tmp_path, 1).logits(["your text"])
    np.testing.assert_allclose(space["logits"], ours, atol=1e-5)


@pytest.mark.parametrize(
    ("base", "named"),
    [
        ("minilm", "sentence-transformers/all-MiniLM-L6-v2"),
        ("org/name", "org/name"),
        ("/home/me/model", None),
        ("./model", None),
    ],
)
def test_only_names_of_the_hub_are_given_as_base(
    made: Release, base: str, named: str | None
) -> None:
    recipe = recipes.parse(f"name: x\ndata: {{train: t.csv}}\nbase: {base}")
    front = card.front_matter(made.read("report.json"), recipe)
    assert front.get("base_model") == named


@pytest.mark.parametrize(
    ("scripts", "named"),
    [
        ({"latin": 1.0}, []),
        ({"cjk": 0.9, "latin": 0.1}, ["zh"]),
        ({"cjk": 0.5, "japanese": 0.4, "hangul": 0.01}, ["ja"]),
        ({}, []),
    ],
)
def test_a_language_is_named_where_the_script_tells_it(
    scripts: dict[str, float], named: list[str]
) -> None:
    assert card.languages({"check": {"profile": {"scripts": scripts}}}) == named


def test_the_cost_sheet_by_hand() -> None:
    rows = [
        {"engine": "fast", "rows_per_second": 1000.0, "p50_ms": 3.6},
        {"engine": "quick", "rows_per_second": 500.0, "p50_ms": 1.8},
    ]
    told = {"engines": rows, "latency": "quick", "throughput": "fast"}
    found = cost.sheet(told, recipes.Value(compute_hour=3.6, currency="EUR"), 100.0)
    assert found["per_1000"] == pytest.approx(0.001)
    assert found["per_1000_latency"] == pytest.approx(0.0018)
    assert found["training_money"] == pytest.approx(0.1)
    assert (found["currency"], found["rows_per_second"]) == ("EUR", 1000.0)
