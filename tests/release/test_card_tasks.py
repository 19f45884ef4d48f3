"""The cards of every task but text classification: heads that the hub takes, lines that run."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import yaml
from huggingface_hub import ModelCard, ModelCardData
from sklearn.datasets import load_digits

from seedbed import recipe as recipes
from seedbed.data.pictures import data_url
from seedbed.home import Home, read_json, write_json
from seedbed.release import card, store
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tasks import spans
from seedbed.tune.events import Events

# The names of tasks that the hub has for models, of those that a task here could be
# (huggingface.js, packages/tasks/src/pipelines.ts).
PIPELINES = {
    *("text-classification", "token-classification", "text-generation", "sentence-similarity"),
    *("image-classification", "tabular-classification", "tabular-regression"),
}
QUICK = {
    "judge": {"bootstrap": 100, "robustness_rows": 2, "explained_rows": 1},
    "train": {"max_tokens": 24, "top_layers": 1},
}
ENGINES = ["torch-float32", "onnx-float32"]
EXPORTED = ("spans", "numbers", "pictures")
"""Cases whose cards show lines for ONNX Runtime; to export takes seconds."""
Columns = dict[str, list[Any]]
DRAW = np.random.default_rng(0)
TEXTS = [text for text, _ in rows.made(80, 3)]
SCORES = [text.count("a") for text in TEXTS]


def tags() -> Columns:
    names = DRAW.choice(["rick", "ann", "中"], 60)
    return {
        "tokens": [[name, "went", "home", str(i)] for i, name in enumerate(names)],
        "tags": [["B-who", "O", "O", "O"]] * 60,
    }


def pairs() -> Columns:
    others = [text if i % 2 else TEXTS[i - 1] for i, text in enumerate(TEXTS)]
    return {"text": TEXTS, "text_b": others, "label": [i % 2 for i in range(80)], "score": SCORES}


def digits() -> Columns:
    found = load_digits()
    some = np.flatnonzero(found.target < 2)[:80]
    images = [data_url((found.images[i] * 15.9).astype("u1")) for i in some]
    return {"image": images, "label": [str(found.target[i]) for i in some]}


def table() -> Columns:
    ages, homes = DRAW.integers(20, 70, 150), DRAW.choice(["own", "rent"], 150)
    label = ["no" if age > 45 else "yes" for age in ages]
    return {"age": ages.tolist(), "home": homes.tolist(), "label": label}


# name → task, its rows, keys of the recipe's data, the rung, and the hub's name of the task
CASES: dict[str, tuple[str, Callable[[], Columns], dict[str, Any], str, str]] = {
    "spans": ("token-classification", tags, {"text": "tokens", "label": "tags"}, "adapter",
              "token-classification"),
    "spans by shape": ("token-classification", tags, {"text": "tokens", "label": "tags"}, "tagger",
                       "token-classification"),
    "numbers": ("text-regression", pairs, {"label": "score"}, "probe", "text-classification"),
    "pairs apart": ("text-matching", pairs, {}, "twin", "text-classification"),
    "pairs at once": ("text-matching", pairs, {}, "top", "text-classification"),
    "answers by words": ("text-matching", pairs, {"match": "answer"}, "bm25",
                         "sentence-similarity"),
    "answers": ("text-matching", pairs, {"match": "answer"}, "untuned", "sentence-similarity"),
    "pictures": ("image-classification", digits, {}, "full", "image-classification"),
    "trees": ("tabular-classification", table, {}, "boosted", "tabular-classification"),
    "tables": ("tabular-regression", table, {"label": "age"}, "baseline", "tabular-regression"),
}  # fmt: skip
WITHOUT = {"spans by shape", "tables"}
"""What no other library has a counterpart of."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rows.two_layers(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Callable[[str], Release]:
    """Give a release of a case, made when it is first asked for."""

    @cache
    def release(case: str) -> Release:
        folder = tmp_path_factory.mktemp("case")
        return build(recipe(case, folder, base), Home(folder / "home"), Events())

    return release


def recipe(case: str, folder: Path, base: Path) -> recipes.Recipe:
    task, columns, data, rung, _ = CASES[case]
    told = columns()
    lines = [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "rows.jsonl").write_text(text, encoding="utf-8")
    given = {"base": "cnn" if task == "image-classification" else str(base)}
    tuned = not task.startswith("tabular") and rung not in ("bm25", "tagger")
    ladder = {"rungs": [rung], "epochs": {"full": 1, "top": 1, "adapter": 1}}
    return recipes.validate(
        {"name": "case", "task": task, "data": {"train": "rows.jsonl"} | data, "ladder": ladder}
        | ({"gate": {"engines": ENGINES[: 2 if case in EXPORTED else 1]}, **given} if tuned else {})
        | QUICK,
        folder=folder,
    )


def lines(release: Release) -> dict[str, str]:
    """Return the card's pieces of code, by library."""
    text = (release.folder / "card.md").read_text(encoding="utf-8")
    return dict(re.findall(r"### (\w+).*?```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.parametrize("case", CASES)
def test_the_head_is_one_that_the_hub_takes(case: str, made: Callable[[str], Release]) -> None:
    task, *_, named = CASES[case]
    head = headed(made(case), named)
    assert (task in head["tags"]) == (task != named)


def headed(release: Release, named: str) -> dict[str, Any]:
    """Return the head of a card, held to be filed under a name that the hub has."""
    read = ModelCard.load(release.folder / "card.md")
    head: dict[str, Any] = yaml.safe_load(str(read).split("---")[1])
    again = ModelCardData(**head, ignore_metadata_errors=False)
    assert again.pipeline_tag == named
    assert again.pipeline_tag in PIPELINES
    assert {one.task_type for one in again.eval_results} == {named}
    assert len(again.eval_results) == len(release.read("report.json")["metrics"])
    assert all(np.isfinite(one.metric_value) for one in again.eval_results)
    assert head["metrics"] == sorted({one.metric_type for one in again.eval_results})
    return head


def test_a_writers_head_tells_its_perplexity(written: Home) -> None:
    release = store.find(written, "style")
    headed(release, "text-generation")
    report = release.read("report.json")
    read = ModelCard.load(release.folder / "card.md")
    found = {one.metric_type: one.metric_value for one in read.data.eval_results}
    assert found["perplexity"] == pytest.approx(report["written"]["perplexity"]["value"], abs=1e-5)
    assert f"| perplexity | {report['written']['perplexity']['value']:.3f} (" in read.text


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_a_writers_adapter_beside_its_base_writes_as_the_merged_weights_do(
    written: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = store.find(written, "style")
    found, spaces = lines(release), {}
    assert set(found) == {"transformers", "peft"}
    assert all(len(code.splitlines()) == 5 for code in found.values())
    monkeypatch.chdir(release.folder)
    for library, code in found.items():
        spaces[library] = space = {}
        exec(code, space)
    ours, theirs = (np.asarray(spaces[one]["logits"]) for one in ("transformers", "peft"))
    off = 5e-4 * np.abs(ours).max()  # the merged weights are kept in float16
    np.testing.assert_allclose(theirs, ours, atol=off)
    assert spaces["peft"]["answer"] == spaces["transformers"]["answer"]
    with spaces["peft"]["model"].disable_adapter():
        bare = spaces["peft"]["model"](**spaces["peft"]["prompt"]).logits.detach().numpy()
    assert np.abs(bare - ours).max() > 10 * off  # or the adapter would have done nothing


@pytest.mark.parametrize(
    ("base", "rounded"), [("smollm2", True), ("HuggingFaceTB/SmolLM2-135M-Instruct", False)]
)
def test_an_adapter_that_learnt_beside_rounded_weights_says_so(
    base: str, rounded: bool, written: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "1"
    shutil.copytree(store.find(written, "style").folder, folder, copy_function=os.link)
    report = read_json(folder / "report.json") | {"base": base}
    (folder / "report.json").unlink()  # a link to the release's own
    write_json(folder / "report.json", report)
    told = card.card(folder)
    assert f"from_pretrained('{card.HUB['smollm2']}'" in told
    assert ("It learnt beside weights of four bits" in told) == rounded
    assert yaml.safe_load(told.split("---")[1])["base_model"] == card.HUB["smollm2"]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.parametrize("case", [case for case in CASES if case not in WITHOUT])
def test_its_lines_answer_as_the_release_does(
    case: str, made: Callable[[str], Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = made(case)
    found = lines(release)
    assert set(found) == libraries(case)
    predictor = Predictor(release)
    monkeypatch.chdir(release.folder)
    picture = digits()["image"][0]
    (release.folder / "photo.png").write_bytes(_bytes(picture))
    try:
        for code in found.values():
            space: dict[str, Any] = {}
            exec(code, space)  # what a reader of the card would do
            check(case, predictor, space, picture)
    finally:
        (release.folder / "photo.png").unlink()


def libraries(case: str) -> set[str]:
    known = {
        "spans": {"transformers", "onnxruntime", "peft"},
        "pictures": {"onnxruntime"},
        "trees": {"LightGBM"},
        "answers by words": {"NumPy"},
    }
    both = {"transformers", "onnxruntime"}
    return known.get(case, both if case in EXPORTED else {"transformers"})


def check(case: str, predictor: Predictor, space: dict[str, Any], picture: str) -> None:
    logits = np.asarray(space["logits"])
    if case.startswith("answers"):
        question = " ".join(space["terms"]) if "terms" in space else "your question"
        best = predictor.answers([question])[0]["answers"]
        assert logits[best[0]["place"]] == pytest.approx(logits.max(), abs=1e-3)
        assert logits.ravel()[best[0]["place"]] == pytest.approx(best[0]["score"], abs=1e-2)
        return
    asked: Any = "your text"
    if case == "spans":
        asked = spans.joined(["your", "words"])
    elif case.startswith("pairs"):
        asked = ("your text", "another text")
    elif case == "pictures":
        asked = predictor.task.typed(picture, Path())
    elif case == "trees":
        asked = space["row"]
    ours = predictor.logits([asked])[0]
    if case == "trees":
        assert logits[0] == pytest.approx(ours[1] - ours[0], abs=1e-4)
        return
    np.testing.assert_allclose(logits.reshape(ours.shape), ours, atol=2e-3)


def _bytes(picture: str) -> bytes:
    import base64

    return base64.b64decode(picture.partition(",")[2])


def test_pairs_are_filed_by_what_they_are_given() -> None:
    for match, named in (("label", "text-classification"), ("score", "sentence-similarity")):
        told = {"train": "rows.csv", "match": match}
        asked = recipes.validate({"name": "n", "task": "text-matching", "data": told})
        assert card.pipeline_tag(asked) == named


def test_a_value_is_told_in_the_columns_unit(made: Callable[[str], Release]) -> None:
    release = made("numbers")
    told = (release.folder / "card.md").read_text(encoding="utf-8")
    centre, width = map(float, re.findall(r"the answer is (\S+) \+ (\S+) times the logit", told)[0])
    predictor = Predictor(release)
    (logit,) = predictor.logits(["your text"])[0]
    (answer,) = predictor.answers(["your text"])
    assert centre + width * logit == pytest.approx(answer["value"], abs=1e-3)
    assert "of the column `score`" in told


@pytest.mark.parametrize("case", sorted(WITHOUT))
def test_what_has_no_counterpart_shows_no_lines(case: str, made: Callable[[str], Release]) -> None:
    assert lines(made(case)) == {}
    told = (made(case).folder / "card.md").read_text(encoding="utf-8")
    assert "seedbed predict ./FOLDER" in told
    assert "Without, in the release" not in told


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_chinese_characters_are_words_for_the_lines_too(
    made: Callable[[str], Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = made("spans")
    monkeypatch.chdir(release.folder)
    ours = Predictor(release).logits([spans.joined(["中", "went"])])[0]
    for code in lines(release).values():
        space: dict[str, Any] = {}
        exec(code.replace('"your", "words"', '"中", "went"'), space)
        np.testing.assert_allclose(np.asarray(space["logits"]), ours, atol=2e-3)
