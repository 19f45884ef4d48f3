"""What the rungs below have come to, for a rung that builds upon the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedbed import registry
from seedbed.backbones.head import Linear
from seedbed.backbones.modalities.base import load
from seedbed.backbones.network import compute_dtype
from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded
from seedbed.tune.rows import likelihood
from seedbed.tune.rungs.base import Candidate

TEMPERATURES = np.geomspace(0.3, 5.0, 24)


def best(context: Context, *, plain: bool = False) -> Candidate | None:
    """Return the rung climbed in this run, of those that read, that scores best on validation.

    Args:
        context: The run.
        plain: Only those that build upon no other rung and no other model.
    """
    order = context.recipe.ladder.order
    names = [name for name in order if not (plain and registry.kind("rungs", name).builds)]
    folders = (context.run / "rungs" / name for name in names)
    found = [one for one in map(Candidate.load, folders) if one is not None]
    reading = [one for one in found if one.kind == context.modality.kind]
    return max(reading, key=lambda one: validated(context, one), default=None)


def validated(context: Context, candidate: Candidate) -> float:
    """Return a candidate's metric on the validation rows, less what it is too high by."""
    score = context.score(candidate.validation, context.validation.targets)
    return score - candidate.optimism


def chances(context: Context, teacher: Candidate, inputs: Sequence[Any]) -> Floats:
    """Return a chance for each label (n, labels) of inputs, as sure as the teacher may be.

    Its logits are divided by the temperature at which its answers to the validation rows are
    likeliest (Guo et al. 2017): few rows make a model surer than it is right. It is the model that
    gave those answers: the one that did not learn from the validation rows, where another is kept.
    """

    def progress(done: int) -> None:
        context.tell("progress", what="labels", done=done, total=len(inputs))

    folder, head = _unseeing(teacher)
    modality = load(folder)
    dtype = compute_dtype(context.recipe.train.precision)
    network = modality.network(folder, dtype=dtype)
    logits = head.logits(extract(network, Encoded(modality, modality.encode(inputs)), progress))
    truth = context.validation.targets
    fits = [likelihood(teacher.validation / t, truth) for t in TEMPERATURES]
    found = context.task.scores(logits, context.schema, float(TEMPERATURES[int(np.argmax(fits))]))
    return found.astype(np.float32)


def _unseeing(teacher: Candidate) -> tuple[Path, Linear]:
    """Return the folder and the head of the model that learnt from the training rows alone."""
    examined = teacher.examined()
    if examined is not None:
        return examined / "model", Linear.load(examined / "model")
    return teacher.folder, teacher.apart() or Linear.load(teacher.folder)
