"""A release whose encoder is the base model's, with a learnt prefix before each text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows
from test_card import code

from seedbed import registry
from seedbed.errors import WrongValue
from seedbed.home import Home
from seedbed.recipe import override
from seedbed.release import transfer
from seedbed.release.build import build
from seedbed.release.predictor import Predictor
from seedbed.tune.events import Events

ENGINES = ["torch-float32", "onnx-float32"]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.filterwarnings("ignore:Token type ids are not supported:UserWarning")
def test_every_engine_answers_with_the_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count, part, seed in ((60, "train", 1), (30, "validation", 2), (30, "test", 3)):
        rows.write(tmp_path / f"{part}.csv", rows.made(count, seed))
    recipe = rows.recipe(
        rows.two_layers(tmp_path / "base"),
        tmp_path,
        train__adapter="prefix",
        ladder={"only": "adapter", "epochs": {"adapter": 1}},
        gate={"engines": ENGINES, "margin": 0.9},
        judge={"robustness_rows": 5, "explained_rows": 1},
    )
    home = Home(tmp_path / "home")
    release = build(recipe, home, Events())
    texts = [text for text, _ in rows.made(20, 5)]
    engines = {name: registry.kind("engines", name)(release.folder, 1) for name in ENGINES}
    found = {name: engine.logits(texts) for name, engine in engines.items()}
    np.testing.assert_allclose(found["onnx-float32"], found["torch-float32"], atol=1e-3)
    assert Predictor(release).answers(texts)[0]["label"] in rows.SIGNS

    card = (release.folder / "card.md").read_text(encoding="utf-8")
    assert "### transformers" not in card  # alone it would read without the prefix
    monkeypatch.chdir(release.folder)
    ours = engines["torch-float32"].logits(["your text"])
    for library in ("peft", "onnxruntime"):
        space: dict[str, object] = {}
        exec(code(card, library), space)
        np.testing.assert_allclose(np.asarray(space["logits"]), ours, atol=1e-3)
    with pytest.raises(WrongValue, match="a prefix before the base model's own encoder"):
        transfer.start(home, override(recipe, {"transfer": "small"}))
