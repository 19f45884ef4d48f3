"""Made-up rows with a pattern to learn, a small real base model, and the context of a run."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from seedbed import recipe as recipes
from seedbed.backbones import base
from seedbed.data.table import Table
from seedbed.home import read_json, write_json
from seedbed.recipe import Recipe
from seedbed.tasks.settle import settled
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Event, Events

SIGNS = {
    "card": "card chip pin wallet plastic terminal swipe magnetic",
    "rate": "exchange currency euros dollars percent conversion fee market",
    "transfer": "transfer payee iban beneficiary wire sent recipient standing",
}
REST = (
    "please could somebody look into this for me because yesterday morning it went wrong again and "
    "nobody told my family why we were waiting so long at the shop before the train left town with "
    "our luggage still inside although the weather was fine"
)


def made(rows: int, seed: int = 0) -> list[tuple[str, str]]:
    """Return (text, label): words of the label among others, a tenth of the labels wrong."""
    draw = np.random.default_rng(seed)
    labels = list(SIGNS)
    found = []
    for i in range(rows):
        label = labels[i % len(labels)]
        shown = label if draw.random() > 0.1 else labels[int(draw.integers(len(labels)))]
        words = list(draw.choice(REST.split(), int(draw.integers(4, 16))))
        words += list(draw.choice(SIGNS[shown].split(), int(draw.integers(1, 3))))
        draw.shuffle(words)
        found.append((" ".join(words), label))
    return found


def write(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """Write (text, label) as a csv file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("text", "label"), *rows])
    return path


def two_layers(folder: Path) -> Path:
    """Write two of MiniLM's six layers as a base model of their own."""
    whole = base.fetch("minilm", folder).folder
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", read_json(whole / "config.json") | {"num_hidden_layers": 2})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(whole / name, folder / name)
    kept = ("embeddings.", "encoder.layer.0.", "encoder.layer.1.")
    tensors = load_file(whole / "model.safetensors")
    tensors = {name: tensor for name, tensor in tensors.items() if name.startswith(kept)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def recipe(base_model: Path | str, folder: Path, **changes: Any) -> Recipe:
    """Return a recipe for train.csv, validation.csv and test.csv of a folder; no dots: `__`."""
    data = {part: str(folder / f"{part}.csv") for part in ("train", "validation", "test")}
    plain = {
        "name": "small",
        "data": data,
        "base": str(base_model),
        "budget": {"minutes": 30},
        "train": {"max_tokens": 32, "top_layers": 1, "lora_rank": 4},
        "judge": {"bootstrap": 100, "robustness_rows": 10, "explained_rows": 2},
        "gate": {"engines": ["torch-float32"]},
    }
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return recipes.override(recipes.validate(plain), dotted)


def context(
    base_model: Path | str,
    run: Path,
    *,
    rows: int = 120,
    held: int = 60,
    told: list[Event] | None = None,
    labelled: Any = made,
    **changes: Any,
) -> Context:
    """Return the context of a run on made-up rows; the events go to `told`."""
    made_up, task = settled(recipe(base_model, run, **changes))
    tables = [table(labelled(rows, 1)), table(labelled(held, 2))]
    schema = task.schema(tables[0])
    train, validation = (Split.of(task, one, schema) for one in tables)
    listeners = [] if told is None else [told.append]
    return Context(
        made_up,
        task,
        schema,
        train,
        validation,
        run,
        run / "cache",
        Clock(made_up.budget.minutes * 60),
        Events(*listeners),
        test_rows=held,
    )


def table(rows: Sequence[tuple[str, str]]) -> Table:
    """Return rows as a table in memory."""
    columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
    return Table(Path("rows.csv"), columns, np.arange(1, len(rows) + 1))
