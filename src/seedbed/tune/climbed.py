"""What the rungs below have come to, for a rung that builds upon the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

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


def best(context: Context) -> Candidate | None:
    """Return the rung climbed in this run, of those that read, that scores best on validation."""
    folders = (context.run / "rungs" / name for name in context.recipe.ladder.order)
    found = [one for one in map(Candidate.load, folders) if one is not None]
    reading = [one for one in found if one.kind == context.modality.kind]
    truth = context.validation.targets
    return max(reading, key=lambda one: context.score(one.validation, truth), default=None)


def chances(context: Context, teacher: Candidate, inputs: Sequence[Any]) -> Floats:
    """Return a chance for each label (n, labels) of inputs, as sure as the teacher may be.

    Its logits are divided by the temperature at which its answers to the validation rows are
    likeliest (Guo et al. 2017): few rows make a model surer than it is right.
    """

    def progress(done: int) -> None:
        context.tell("progress", what="labels", done=done, total=len(inputs))

    modality = load(teacher.folder)
    dtype = compute_dtype(context.recipe.train.precision)
    network = modality.network(teacher.folder, dtype=dtype)
    head = teacher.apart() or Linear.load(teacher.folder)
    logits = head.logits(extract(network, Encoded(modality, modality.encode(inputs)), progress))
    truth = context.validation.targets
    fits = [likelihood(teacher.validation / t, truth) for t in TEMPERATURES]
    found = context.task.scores(logits, context.schema, float(TEMPERATURES[int(np.argmax(fits))]))
    return found.astype(np.float32)
