"""The probe's head by our L-BFGS against scikit-learn's LogisticRegression, on real features."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np

from bench.base import Figure, rows
from seedbed.backbones import base
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import compute_dtype
from seedbed.backbones.tokens import Tokens
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded
from seedbed.tune.linear import Scale, fit

L2 = 3e-3
STEPS = 100
"""Most of both; scikit-learn stops before, at its own default tolerance."""


def run() -> list[Figure]:
    from sklearn.linear_model import LogisticRegression

    with (rows("banking77") / "train.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    names = sorted({row["label"] for row in told})
    targets = np.array([names.index(row["label"]) for row in told])
    features = _features([row["text"] for row in told])
    began = time.perf_counter()
    head = fit(features, targets, len(names), l2=L2, steps=STEPS)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    twin = LogisticRegression(C=1 / (L2 * len(targets)), max_iter=STEPS).fit(features, targets)
    theirs = time.perf_counter() - began
    agree = float((head.logits(features).argmax(1) == twin.predict(features)).mean())
    return [
        Figure(
            "a head of 77 labels on banking77's frozen features, against scikit-learn",
            "faster, same answers",
            f"{theirs / ours:.1f} times ({ours:.1f} s against {theirs:.1f} s), {agree:.1%} alike",
            theirs > ours and agree > 0.99,
            {"ours": ours, "theirs": theirs, "agree": agree},
        )
    ]


def _features(texts: list[str]) -> np.ndarray:
    backbone = base.fetch("minilm", Path())
    text = Text(Tokens(backbone.folder, 128, backbone.prefix), backbone.pooling)
    network = text.network(backbone.folder, dtype=compute_dtype("auto"))
    raw = extract(network, Encoded(text, text.encode(texts)), lambda done: None)
    return Scale.of(raw)(raw)
