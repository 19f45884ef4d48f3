"""`seedbed export`: a release that writes as one file, read back and run by llama.cpp itself."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import cli, registry
from seedbed.home import Home, read_json
from seedbed.recipe import Data
from seedbed.release import store
from seedbed.release.store import Release
from seedbed.tasks.text_generation import TextGeneration


def run(*words: str) -> int:
    """Return the exit code of `seedbed` with some words."""
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def release(written: Home) -> Release:
    return store.find(written, "style")


@pytest.fixture(scope="module")
def made(release: Release, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what the verb said of the release that it wrote."""
    out, said = tmp_path_factory.mktemp("made") / "below" / "style.gguf", io.StringIO()
    with contextlib.redirect_stdout(said):
        assert run("export", str(release.folder), str(out), "--json") == 0
    assert [path.name for path in out.parent.iterdir()] == ["style.gguf"]
    return dict(json.loads(said.getvalue()))


def test_the_file_holds_the_weights_the_tokenizer_and_the_template(
    made: dict[str, Any], release: Release
) -> None:
    gguf = pytest.importorskip("gguf")
    read, model = gguf.GGUFReader(made["file"]), release.folder / "model"
    config = read_json(model / "config.json")
    assert made["release"] == "style/1"
    assert made["bytes"] == Path(made["file"]).stat().st_size
    assert read.fields["general.architecture"].contents() == "llama"
    assert read.fields["llama.block_count"].contents() == config["num_hidden_layers"]
    template = read.fields["tokenizer.chat_template"].contents()
    assert template == read_json(model / "head.json")["template"]
    assert len(read.fields["tokenizer.ggml.tokens"].data) == config["vocab_size"]
    assert len(read.tensors) == 2 + 9 * config["num_hidden_layers"]


def test_llama_cpp_reads_as_the_release_does(made: dict[str, Any], release: Release) -> None:
    """The same tokens of the same prompt, and what it expects next, but for weights in 8 bits."""
    llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    import torch

    engine = registry.kind("engines", "torch-causal-float32")(release.folder, 1)
    asked = TextGeneration(Data(train="rows.jsonl")).asked("What is asthma?")
    ids = engine.encode([asked])[0].content.ids.tolist()
    prompt = engine.modality.tokenizer.decode(ids, skip_special_tokens=False)
    told = llama_cpp.Llama(made["file"], n_ctx=64, logits_all=True, n_threads=1, verbose=False)
    assert told.tokenize(prompt.encode(), add_bos=False, special=True) == ids
    told.eval(ids)
    theirs = np.array(told.scores[: len(ids)])
    with torch.inference_mode():
        ours = engine.model.encoder(input_ids=torch.tensor([ids])).logits[0].numpy()
    ours, theirs = (one - one.mean(axis=1, keepdims=True) for one in (ours, theirs))
    assert np.linalg.norm(theirs - ours) < 0.05 * np.linalg.norm(ours)


def test_a_release_that_does_not_write_is_refused(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with store.writing(Home(tmp_path / "home"), "other") as draft:
        shutil.copytree(release.folder / "model", draft.folder / "model")
        (draft.folder / "model" / "head.json").write_text('{"reads": "text"}', encoding="utf-8")
        folder = draft.commit({"task": "text-classification", "rung": "full"}).folder
    out = tmp_path / "out.gguf"
    assert run("export", str(folder), str(out), "--json") == 1
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "SB505"
    assert "card.md" in told["do"]
    assert not list(tmp_path.glob("*.gguf"))
