from __future__ import annotations

import re
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData
from safetensors.torch import save_file

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.backbones.tfidf import Tfidf
from seedbed.release import card, cost, gate
from seedbed.release.lines import use
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release


def code(text: str, library: str) -> str:
    found = re.search(rf"### {library}\n.*?```python\n(.*?)```", text, re.DOTALL)
    assert found is not None, library
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


@pytest.mark.parametrize("library", ["transformers", "onnxruntime"])
def test_its_five_lines_answer_as_the_release_does(
    library: str, made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = code((made.folder / "card.md").read_text(encoding="utf-8"), library)
    assert len(lines.splitlines()) == 5
    monkeypatch.chdir(made.folder)
    space: dict[str, object] = {}
    exec(lines, space)  # what a reader of the card would do
    found = np.asarray(space["logits"])
    ours = registry.kind("engines", "torch-float32")(made.folder, 1).logits(["your text"])
    np.testing.assert_allclose(found, ours, atol=1e-3)
    labels = made.read("answer.json")["schema"]["labels"]
    assert labels[int(found.argmax())] == Predictor(made).answers(["your text"])[0]["label"]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_its_five_lines_for_an_adapter(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter beside its base answers as the merged weights of the release do."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    base = stage / "base"
    shutil.copytree(stage / "model", base)
    torch.manual_seed(0)
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    adapted = get_peft_model(AutoModel.from_pretrained(base), config)
    adapted.save_pretrained(stage / "model" / "adapter")
    shutil.copyfile(base / "head.safetensors", stage / "model" / "adapter" / "head.safetensors")
    (stage / "model" / "model.safetensors").unlink()  # it is a link to the others'
    merged = {k: v.contiguous() for k, v in adapted.merge_and_unload().state_dict().items()}
    save_file(merged, stage / "model" / "model.safetensors", metadata={"format": "pt"})
    ours = registry.kind("engines", "torch-float32")(stage, 1).logits(["your text"])
    plain = registry.kind("engines", "torch-float32")
    lines = code(use(stage, str(base)), "peft")
    assert len(lines.splitlines()) == 5
    monkeypatch.chdir(stage)
    space: dict[str, object] = {}
    exec(lines, space)
    np.testing.assert_allclose(np.asarray(space["logits"]), ours, atol=1e-3)
    shutil.copyfile(base / "model.safetensors", stage / "model" / "model.safetensors")
    without = plain(stage, 1).logits(["your text"])
    assert np.abs(without - ours).max() > 0.01  # or the adapter would have done nothing


def test_its_five_lines_for_a_linear_model(
    tmp_path: Path, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = Tfidf.fit(["your text", *exam.texts])
    draw = np.random.default_rng(0)
    terms.save(tmp_path / "model", draw.normal(size=(3, len(terms.idf))), np.ones(3))
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    exec(code(use(tmp_path, ""), "scikit-learn"), space)
    ours = registry.kind("engines", "linear")(tmp_path, 1).logits(["your text"])
    np.testing.assert_allclose(space["logits"], ours, atol=1e-5)


# What the hub's own check asks of a card's head, by its documentation (docs/hub/model-cards and
# the model-index specification of huggingface/hub-docs): `ModelCard.validate` sends the card there.
WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
TYPED = {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]}
NAMED = TYPED | {"required": ["type", "name"]}
VALUED = TYPED | {"required": ["type", "value"]}
RESULT = {
    "type": "object",
    "properties": {"task": TYPED, "dataset": NAMED, "metrics": {"type": "array", "items": VALUED}},
    "required": ["task", "dataset", "metrics"],
}
HEAD = {
    "type": "object",
    "properties": {
        "language": WORDS | {"items": {"pattern": "^[a-z]{2,3}$"}},
        "license": {"type": "string", "pattern": "^[a-z0-9.-]+$"},
        "library_name": {"enum": ["transformers", "sklearn"]},
        "pipeline_tag": {"enum": ["text-classification"]},
        "base_model": {"type": "string", "pattern": "^[\\w.-]+/[\\w.-]+$"},
        "base_model_relation": {"enum": ["finetune", "adapter", "quantized", "merge"]},
        "datasets": WORDS,
        "tags": WORDS,
        "metrics": WORDS,
        "model-index": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "results": {"items": RESULT}},
                "required": ["name", "results"],
            },
        },
    },
    "required": ["license", "model-index"],
    "if": {"properties": {"license": {"const": "other"}}},
    "then": {"required": ["license_name"]},
}


def test_its_head_is_as_the_hub_asks(made: Release) -> None:
    whole = ModelCard.load(made.folder / "card.md")
    told = yaml.safe_load(str(whole).split("---")[1])
    jsonschema.validate(told, HEAD)
    again = ModelCardData(**whole.data.to_dict(), ignore_metadata_errors=False).to_dict()
    assert again == whole.data.to_dict()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"model-index": [{"name": "x", "results": [{}]}]}, HEAD)


def test_licence_and_sets_are_named_where_they_are_known(made: Release) -> None:
    recipe = recipes.parse(
        "name: x\nlicense: apache-2.0\n"
        "data: {train: 'hub:org/rows:train.csv', test: 'hub:org/rows:test.csv'}"
    )
    front = card.front_matter(made.read("report.json"), recipe)
    assert (front["license"], front["datasets"]) == ("apache-2.0", ["org/rows"])
    assert "license_name" not in front
    jsonschema.validate(front, HEAD)


def test_word_counts_have_no_base_model(made: Release) -> None:
    recipe = recipes.parse("name: x\ndata: {train: t.csv}")
    front = card.front_matter(made.read("report.json") | {"rung": "baseline"}, recipe)
    assert "base_model" not in front
    assert front["library_name"] == "sklearn"


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
    recipe = recipes.parse("name: x\ndata: {train: t.csv}")
    front = card.front_matter(made.read("report.json") | {"base": base}, recipe)
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
