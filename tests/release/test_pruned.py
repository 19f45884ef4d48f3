"""Pruned engines: kept where they are not worse, refused where they are, told what they are."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from safetensors.numpy import save_file
from transformers import DistilBertConfig, DistilBertModel

import release_sample as sample
from seedbed.backbones.head import Linear
from seedbed.backbones.modalities.base import load
from seedbed.backbones.pruning import prune
from seedbed.errors import EngineUnavailable
from seedbed.home import Home, read_json
from seedbed.judge.report import render
from seedbed.release import gate, store
from seedbed.release.build import build
from seedbed.release.engines.export import PRUNED, SHARE
from seedbed.release.engines.openvino_bf16 import OpenvinoBf16Engine
from seedbed.release.engines.pruned import OnnxFloat32Pruned, OnnxInt8Pruned
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.tune.events import Events

NAMES = ["onnx-float32-pruned", "onnx-int8-pruned", "openvino-bf16-pruned"]


@pytest.fixture(scope="module")
def pruned(candidate: Path, exam: gate.Exam, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Give a release with whole and pruned engines, a tenth of the neurons cut."""
    home = Home(tmp_path_factory.mktemp("home"))
    return sample.release(home, candidate, exam, ["onnx-float32", *NAMES], prune=0.1)


def kept(release: Release) -> dict[str, dict[str, Any]]:
    return {row["engine"]: row for row in release.read("gate.json")["engines"] if row["kept"]}


def test_what_is_not_worse_is_kept_and_smaller(pruned: Release) -> None:
    found = kept(pruned)
    able = [name for name in NAMES if not (name in NAMES[2:] and OpenvinoBf16Engine.missing())]
    assert list(found) == ["torch-float32", "onnx-float32", *able]
    assert [row["pruned"] for row in found.values()] == [None, None, *[0.1] * len(able)]
    assert found["onnx-float32-pruned"]["bytes"] < found["onnx-float32"]["bytes"]
    for name in able:
        assert found[name]["why"]["en"]
        assert found[name]["rows_per_second"] > 0


def test_its_files_are_the_releases(pruned: Release) -> None:
    files = pruned.verify().manifest["files"]
    for engine in (OnnxFloat32Pruned, OnnxInt8Pruned):
        assert set(engine(pruned.folder, 1).files()) <= set(files)
    assert read_json(pruned.folder / SHARE) == {"share": 0.1}


def test_it_answers_as_the_model_without_those_neurons(pruned: Release, exam: gate.Exam) -> None:
    modality = load(pruned.folder / "model")
    network = modality.network(pruned.folder / "model")
    prune(network, 0.1)
    texts = exam.texts[:16]
    batch = modality.batch(modality.encode(texts))
    with torch.inference_mode():
        features = network(**{name: torch.from_numpy(one) for name, one in batch.items()})
    want = Linear.load(pruned.folder / "model").logits(features.numpy())
    ours = OnnxFloat32Pruned(pruned.folder, 1).logits(texts)
    np.testing.assert_allclose(ours, want, atol=1e-3 * np.abs(want).max())
    whole = Predictor(pruned, engine="torch-float32", threads=1).logits(texts)
    assert np.abs(ours - whole).max() > 1e-3 * np.abs(whole).max()


@pytest.mark.parametrize("name", NAMES[:2])
def test_a_copy_answers_by_it(pruned: Release, tmp_path: Path, name: str) -> None:
    there = store.opened(shutil.copytree(pruned.folder, tmp_path / "elsewhere")).verify()
    answers = Predictor(there, engine=name, threads=1).answers(["My PIN?", "the exchange rate"])
    assert [answer["label"] for answer in answers] == ["card", "rate"]


def test_a_cut_file_is_named(pruned: Release, tmp_path: Path) -> None:
    folder = shutil.copytree(pruned.folder, tmp_path / "elsewhere")
    path = folder / PRUNED
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(store.ReleaseDamaged, match="onnx-pruned"):
        store.opened(folder).verify()


def test_the_card_and_the_report_say_what_was_cut(pruned: Release) -> None:
    card = (pruned.folder / "card.md").read_text(encoding="utf-8")
    assert "| onnx-int8-pruned (10 % of neurons cut) |" in card
    assert "| onnx-float32 |" in card
    page = render(pruned.read("report.json") | {"robustness": []})
    assert page.count("10.0% of neurons cut") == len(kept(pruned)) - 2


def test_what_is_worse_is_refused_and_leaves_no_file(stage: Path, exam: gate.Exam) -> None:
    found = gate.run(stage, exam, kind="encoder", engines=NAMES[:1], prune=0.9, threads=1)
    model, row = found.engines
    assert not row["kept"]
    assert row["value"] < model["value"]
    assert "loses more than the" in row["why"]["en"]
    assert row["pruned"] == 0.9
    assert found.latency == found.throughput == "torch-float32"
    assert not list((stage / "engines").iterdir())


def test_another_architecture_is_refused_with_the_reason(stage: Path, exam: gate.Exam) -> None:
    model = stage / "model"
    config = DistilBertConfig(dim=16, hidden_dim=32, n_layers=1, n_heads=2)
    for name in ("config.json", "model.safetensors", "head.safetensors"):
        (model / name).unlink()  # links, which are not to be written through
    DistilBertModel(config).save_pretrained(model)
    head = {"weight": np.zeros((3, 16), np.float32), "bias": np.zeros(3, np.float32)}
    save_file(head, model / "head.safetensors")
    found = gate.run(stage, exam, kind="encoder", engines=NAMES[:2], prune=0.25, threads=1)
    for row in found.engines[1:]:
        assert not row["kept"]
        assert row["why"] == {
            "en": "cannot be pruned: no feed-forward layers like BERT's in a DistilBertModel",
            "zh": "无法剪枝：DistilBertModel 中没有 BERT 那样的前馈层",
        }
        assert row["rows_per_second"] is None


def test_the_recipe_asks_for_it_and_a_linear_release_says_why_not(tmp_path: Path) -> None:
    for part, count in (("train", 60), ("validation", 30), ("test", 30)):
        rows.write(tmp_path / f"{part}.csv", rows.made(count, count))
    few = {"judge__robustness_rows": 1, "judge__explained_rows": 0, "judge__bootstrap": 100}
    asked = {"gate__engines": None, "gate__prune": 0.2}
    recipe = rows.recipe("minilm", tmp_path, ladder__only="baseline", **few, **asked)
    built = build(recipe, Home(tmp_path / "home"), Events())
    tried = {row["engine"]: row for row in built.read("report.json")["engines"]}
    assert [tried[name]["pruned"] for name in NAMES] == [0.2] * 3
    assert {name for name, row in tried.items() if row["kept"]} == {"linear"}
    said = {tried[name]["why"]["en"] for name in NAMES}
    assert said == {"cannot be pruned: the model is of kind linear, no encoder"}
    assert {tried[name]["why"]["zh"] for name in NAMES} == {"无法剪枝：模型（linear）不是编码器"}
    assert not [name for name in built.manifest["files"] if name.startswith("engines/")]


def test_they_are_left_out_where_they_are_not_asked_for(made: Release) -> None:
    tried = [row["engine"] for row in made.read("gate.json")["engines"]]
    assert "onnx-int8" in tried
    assert not set(NAMES) & set(tried)
    assert not [name for name in made.manifest["files"] if "pruned" in name]
    with pytest.raises(EngineUnavailable, match="onnx-int8-pruned"):
        Predictor(made, engine="onnx-int8-pruned")
