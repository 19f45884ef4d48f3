"""What the rungs that retrieve share: how answers are read, their vectors, their index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.backbones.index import Index
from seedbed.backbones.modalities.base import Modality, choose
from seedbed.backbones.network import compute_dtype
from seedbed.home import read_json, sha256, write_json, written_aside
from seedbed.tasks.answers import Answers
from seedbed.tasks.base import Floats
from seedbed.tune.context import CHOICE_ROWS, Context
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded

BEFORE_ANSWERS = {"query: ": "passage: "}
"""What a model was trained to see before an answer, by what it saw before a question."""
MOST_CHOSEN = 256
"""The most word pieces that are kept of an answer where the recipe leaves it open: an answer mostly
says at its beginning what it is about, and twice the length takes twice the time."""


class Library:
    """A run's collection as the base model reads it.

    Args:
        context: The run; its task is `Answers`.
    """

    def __init__(self, context: Context) -> None:
        assert isinstance(context.task, Answers), "rungs that retrieve are of that task alone"
        self.context = context
        self.texts = context.task.collection.texts
        self.reading = _reading(context, self.texts)
        self.rows = self.reading.encode(self.texts)
        self.sizes = self.reading.sizes(self.rows)

    def vectors(self) -> Floats:
        """Return the untuned model's features (answers, width) of the collection, kept."""
        return kept(self.context, self.reading, self.rows)


def library(context: Context) -> Library:
    """Return the collection of a run, encoded once."""
    found: Library | None = vars(context).get("library")
    if found is None:
        found = vars(context)["library"] = Library(context)
    return found


def _reading(context: Context, texts: Sequence[str]) -> Modality:
    """Return how the base model reads answers: with another prefix, and longer."""
    backbone, train = context.backbone, context.recipe.train
    backbone = replace(backbone, prefix=BEFORE_ANSWERS.get(backbone.prefix, backbone.prefix))
    draw = np.random.default_rng(context.recipe.seed)
    drawn = draw.permutation(len(texts))[:CHOICE_ROWS]
    most = train.answer_tokens
    asked = train.model_copy(update={"max_tokens": most})
    found = choose(backbone, asked, [texts[i] for i in drawn])
    if most is None and found.most > MOST_CHOSEN:
        asked = train.model_copy(update={"max_tokens": MOST_CHOSEN})
        found = choose(backbone, asked, ())
    return found


def kept(context: Context, modality: Modality, rows: Sequence[Any]) -> Floats:
    """Return the untuned model's features (n, width) of encoded rows; they lie in the cache."""
    path = context.cache / "features" / f"{_digest(context, modality, rows)}.npy"
    if not path.is_file():
        network = modality.network(
            context.backbone.folder, dtype=compute_dtype(context.recipe.train.precision)
        )

        def progress(done: int) -> None:
            context.tell("progress", what="features", done=done, total=len(rows))

        with written_aside(path) as aside:
            extract(network, Encoded(modality, rows), progress, aside)
    path.touch()
    found: Floats = np.load(path, mmap_mode="r")
    return found


def are_kept(context: Context, modality: Modality, rows: Sequence[Any]) -> bool:
    """Tell whether these rows' features are in the cache."""
    return (context.cache / "features" / f"{_digest(context, modality, rows)}.npy").is_file()


def _digest(context: Context, modality: Modality, rows: Sequence[Any]) -> str:
    digest = hashlib.sha256(sha256(context.backbone.folder / "model.safetensors").encode())
    dtype = compute_dtype(context.recipe.train.precision)
    digest.update(f"{json.dumps(modality.told(), sort_keys=True)}|{dtype}".encode())
    for row in rows:
        digest.update(len(row).to_bytes(4, "little"))
        digest.update(row.tobytes())
    return digest.hexdigest()[:32]


def put(folder: Path, index: Index, reading: Modality) -> None:
    """Make a model's folder one that retrieves: its head is the index, and how answers are read."""
    index.save(folder)
    told = read_json(folder / "head.json")
    write_json(folder / "head.json", told | {"answers": reading.told(), "hidden": index.width})
