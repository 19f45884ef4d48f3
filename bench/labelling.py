"""The rows that `seedbed label` chooses against as many drawn at random: banking77, few labels."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from bench.base import Figure, rows
from seedbed.backbones import base
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import compute_dtype
from seedbed.backbones.tokens import Tokens
from seedbed.tune.choose import choose
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded
from seedbed.tune.linear import Scale, fit

PER_CLASS = 5
MORE = 385
DRAWS = 3


def run() -> list[Figure]:
    folder = rows("banking77")
    train, test = _read(folder / "train.csv"), _read(folder / "test.csv")
    labels = sorted({label for _, label in train})
    features = tuple(_frozen([text for text, _ in part]) for part in (train, test))
    truth = np.array([labels.index(label) for _, label in train])
    held = np.array([labels.index(label) for _, label in test])
    found = [_draw(seed, features, truth, held, len(labels)) for seed in range(DRAWS)]
    start, chance, chosen = (np.array([one[i] for one in found]) for i in range(3))
    each = ", ".join(f"{b:.4f} → {c:.4f}" for b, c in zip(chance, chosen, strict=True))
    return [
        Figure(
            f"banking77, {PER_CLASS} rows a class and {MORE} more: chosen against random",
            f"better in each of {DRAWS} draws",
            f"{chosen.mean():.4f} against {chance.mean():.4f}, from {start.mean():.4f} ({each})",
            bool((chosen > chance).all()),
            {"start": start.tolist(), "random": chance.tolist(), "chosen": chosen.tolist()},
        )
    ]


def _read(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def _frozen(texts: list[str]) -> Any:
    backbone = base.fetch("minilm", Path())
    text = Text(Tokens(backbone.folder, 128, backbone.prefix), backbone.pooling)
    network = text.network(backbone.folder, dtype=compute_dtype("auto"))
    return extract(network, Encoded(text, text.encode(texts)), lambda done: None)


def _draw(
    seed: int, features: tuple[Any, ...], truth: Any, held: Any, labels: int
) -> tuple[float, float, float]:
    """Return the accuracy with the first rows alone, with random rows added, and with chosen."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(truth))
    first = np.concatenate([order[truth[order] == label][:PER_CLASS] for label in range(labels)])
    pool = np.setdiff1d(order, first)
    logits, before = _fitted(features, truth, held, first, labels)
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores /= scores.sum(axis=1, keepdims=True)
    some = pool[draw.choice(len(pool), MORE, replace=False)]
    best = pool[choose(scores[pool], features[0][pool], MORE, several=False, seed=seed)]
    by_chance, by_choice = (
        _fitted(features, truth, held, np.concatenate([first, more]), labels)[1]
        for more in (some, best)
    )
    return before, by_chance, by_choice


def _fitted(
    features: tuple[Any, ...], truth: Any, held: Any, known: Any, labels: int
) -> tuple[Any, float]:
    """Return logits of all training rows, and accuracy on the test rows, of a probe on some."""
    scale = Scale.of(features[0][known])
    head = fit(scale(features[0][known]), truth[known], labels, l2=3e-3, steps=30)
    right = head.logits(scale(features[1])).argmax(axis=1) == held
    return head.logits(scale(features[0])), float(right.mean())
