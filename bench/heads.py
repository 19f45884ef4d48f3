"""The probe's head by our L-BFGS against scikit-learn's LogisticRegression."""

from __future__ import annotations

import time

import numpy as np

from bench.base import Figure
from seedbed.tune.linear import fit


def run() -> list[Figure]:
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(77, 384)).astype(np.float32)
    targets = draw.integers(0, 77, 10_000)
    features = (centres[targets] + 3 * draw.normal(size=(10_000, 384))).astype(np.float32)
    l2 = 3e-3
    began = time.perf_counter()
    head = fit(features, targets, 77, l2=l2, steps=100)
    ours = time.perf_counter() - began
    from sklearn.linear_model import LogisticRegression

    began = time.perf_counter()
    twin = LogisticRegression(C=1 / (l2 * len(targets)), max_iter=100).fit(features, targets)
    theirs = time.perf_counter() - began
    agree = float((head.logits(features).argmax(1) == twin.predict(features)).mean())
    return [
        Figure(
            "a head of 77 labels on 10,000 rows of 384 features, against scikit-learn",
            "faster, same answers",
            f"{theirs / ours:.1f} times ({ours:.1f} s against {theirs:.1f} s), {agree:.1%} alike",
            theirs > ours and agree > 0.99,
            {"ours": ours, "theirs": theirs, "agree": agree},
        )
    ]
