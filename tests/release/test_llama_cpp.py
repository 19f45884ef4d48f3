"""The engine `llama.cpp`, held to the model as it was trained."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from seedbed import registry
from seedbed.errors import NotExportable
from seedbed.home import Home, read_json, write_json
from seedbed.recipe import Data
from seedbed.release import gate, store
from seedbed.release.engines.causal import CausalEngine
from seedbed.release.engines.llama_cpp import FILE, LlamaCppEngine
from seedbed.tasks.base import Schema
from seedbed.tasks.chat import Chat
from seedbed.tasks.text_generation import TextGeneration

PROMPTS = ["What is asthma?", "Say why the sky is blue. " * 30, "1 + 1?", "2 + 2?"]
ROWS = [Chat(({"role": "user", "content": prompt},), "Yes, a little.") for prompt in PROMPTS]


@pytest.fixture(scope="module")
def folder(written: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of a release that writes, which holds what the engine needs."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    made = tmp_path_factory.mktemp("release") / "1"
    shutil.copytree(store.find(written, "style").folder, made, copy_function=os.link)
    LlamaCppEngine.build(made, [])
    return made


@pytest.fixture(scope="module")
def plain(folder: Path) -> CausalEngine:
    engine: CausalEngine = registry.kind("engines", "torch-causal-float32")(folder, 1)
    return engine


@pytest.fixture(scope="module")
def engine(folder: Path) -> LlamaCppEngine:
    return LlamaCppEngine(folder, 1)


def test_answers_are_scored_as_by_the_model(engine: CausalEngine, plain: CausalEngine) -> None:
    ours, theirs = (one.logits(ROWS) for one in (engine, plain))
    np.testing.assert_array_equal(ours[:, 1], theirs[:, 1])
    np.testing.assert_allclose(ours[:, 0] / ours[:, 1], theirs[:, 0] / theirs[:, 1], rtol=0.05)
    alone = np.concatenate([engine.logits([row]) for row in ROWS])
    np.testing.assert_allclose(alone, ours, rtol=1e-4)  # nothing of one row is left for the next


def test_a_prompt_in_parts_is_read_as_a_whole(
    engine: LlamaCppEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = engine.logits(ROWS[1:2])
    assert len(engine.encode(ROWS[1:2])[0].content.ids) > 100
    monkeypatch.setattr("seedbed.release.engines.llama_cpp.BATCH", 64)
    np.testing.assert_allclose(engine.logits(ROWS[1:2]), whole, rtol=1e-3)


def test_it_writes_what_it_holds_likeliest(engine: LlamaCppEngine) -> None:
    rows = engine.encode([row.asked() for row in ROWS[:2]])
    found = engine.run(rows)
    for row, answer, tokens in zip(rows, found.logits, found.tokens or (), strict=True):
        written = answer[answer >= 0].astype(int).tolist()
        ids = row.content.ids.tolist()
        assert tokens == len(ids) + len(written)
        told = list(engine.model.read([*ids, *written[:-1]], len(ids) - 1))
        assert [int(logits.argmax()) for logits in told] == written


def test_a_draw_is_by_its_seed(engine: LlamaCppEngine) -> None:
    def drawn(seed: int) -> list[float]:
        asked = Chat(ROWS[0].messages, temperature=2.0, seed=seed)
        return engine.logits([asked])[0].tolist()

    assert drawn(1) == drawn(1) != drawn(2)


def test_the_gate_holds_it_to_the_model(folder: Path) -> None:
    task, rows = TextGeneration(Data(train="rows.jsonl")), ROWS * 5
    exam = gate.Exam(
        task, Schema(("answer",)), "token_likelihood", 0.5, rows, np.zeros(len(rows), int)
    )
    found = gate.run(
        folder, exam, kind="causal", engines=["torch-causal-float32", "llama.cpp"], threads=1
    )
    by_name = {row["engine"]: row for row in found.engines}
    assert by_name["llama.cpp"]["kept"], by_name["llama.cpp"]["why"]
    assert by_name["llama.cpp"]["bytes"] > (folder / FILE).stat().st_size
    assert (folder / FILE).is_file()


def test_a_model_that_it_cannot_hold_is_its_failure(written: Home, tmp_path: Path) -> None:
    shutil.copytree(store.find(written, "style").folder / "model", tmp_path / "1" / "model")
    config = tmp_path / "1" / "model" / "config.json"
    write_json(config, read_json(config) | {"model_type": "qwen3"})
    with pytest.raises(NotExportable) as refused:
        LlamaCppEngine.build(tmp_path / "1", [])
    assert isinstance(refused.value, LlamaCppEngine.failures())


def test_where_it_is_missing_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.release.engines.llama_cpp.find_spec", lambda name: None)
    told = LlamaCppEngine.missing()
    assert told is not None
    assert "pip install llama-cpp-python" in told.en
    assert "pip install llama-cpp-python" in told.zh
