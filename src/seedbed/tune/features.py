"""One pass of the frozen base model over all rows, kept between runs; and how fast it goes."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seedbed.backbones.batches import Index, fitting, gathered
from seedbed.backbones.network import Network, compute_dtype
from seedbed.home import sha256, written_aside
from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.inputs import Encoded, Inputs
from seedbed.tune.maps import floats
from seedbed.tune.memory import trimmed

BATCH_ROWS = 128
BATCH_TOKENS = 4096
CACHE_BYTES = 4 << 30
TELLING_SECONDS = 5.0
"""A pass that took so long says more of the speed than the sample that `measure` took."""


@dataclass(frozen=True)
class Speed:
    """What this machine does.

    Attributes:
        forward: What rows add up to, in size, that go through the frozen base model in a second:
            word pieces of texts.
        layers: Its layers.
    """

    forward: float
    layers: int


def measure(context: Context) -> Speed:
    """Time the base model on a few batches of the training rows, about half a second of work."""
    network, rows = _network(context), context.encoded[0]
    sample = np.linspace(0, len(rows) - 1, min(256, len(rows)), dtype=int)
    inputs = Encoded(context.modality, [rows[i] for i in sample])

    def rate(rows: Index) -> float:
        batch = inputs.batch(rows)
        began = time.perf_counter()
        network(**batch)
        return int(inputs.lengths[rows].sum()) / (time.perf_counter() - began)

    with torch.inference_mode():
        rates = [one for _, one in fitting(inputs.lengths, 32, BATCH_TOKENS, rate)]
    # The upper quartile: the first batches warm up, and another program may slow some down.
    return Speed(float(np.quantile(rates, 0.75)), network.layers)


def pooled(context: Context) -> Floats:
    """Return pooled features (n, d) of the training and then the validation rows, mapped.

    They lie in the cache, whose name is a digest of the weights, the encoded rows and the
    arithmetic, so that a feature is never another row's or another model's.
    """
    path = _path(context)
    if not path.is_file():
        rows = [*context.encoded[0], *context.encoded[1]]
        with written_aside(path) as aside:
            pass_over(context, rows, aside)
        _prune(path.parent)
    path.touch()
    found: Floats = np.load(path, mmap_mode="r")
    return found


def are_kept(context: Context) -> bool:
    """Tell whether the features of the rows are in the cache."""
    return _path(context).is_file()


def _path(context: Context) -> Path:
    return context.cache / "features" / f"{_digest(context)}.npy"


def pooled_some(context: Context, rows: Index) -> Floats:
    """Return pooled features (n, d) of some training rows, by position; not kept."""
    return pass_over(context, [context.encoded[0][i] for i in rows])


def pass_over(context: Context, rows: Sequence[Any], path: Path | None = None) -> Floats:
    """Return pooled features (n, d) of encoded rows, in a file where one is named."""

    def progress(done: int) -> None:
        context.tell("progress", what="features", done=done, total=len(rows))

    network, inputs = _network(context), Encoded(context.modality, rows)
    began = time.perf_counter()
    found = extract(network, inputs, progress, path)
    seconds = time.perf_counter() - began
    if seconds > TELLING_SECONDS:
        context.speed = Speed(float(inputs.lengths.sum()) / seconds, network.layers)
    return found


def extract(
    network: Network, inputs: Inputs, progress: Callable[[int], None], path: Path | None = None
) -> Floats:
    """Return features of rows: (n, d), in a file where one is named, or (n, words, d).

    Where memory runs out, fewer rows are computed at once.
    """
    rows = len(inputs.lengths)

    def compute(batch: Index) -> Floats:
        found: Floats = network(**inputs.batch(batch)).numpy()
        return found

    def parts() -> Iterator[tuple[Index, Floats]]:
        done = 0
        with torch.inference_mode():
            for batch, part in trimmed(fitting(inputs.lengths, BATCH_ROWS, BATCH_TOKENS, compute)):
                yield batch, part
                done += len(batch)
                progress(done)

    if path is None:
        return gathered(parts(), rows)
    found = floats(path, (rows, network.width))
    for batch, part in parts():
        found[batch] = part
    return found


def _network(context: Context) -> Network:
    dtype = compute_dtype(context.recipe.train.precision)
    return context.modality.network(context.backbone.folder, dtype=dtype)


def _digest(context: Context) -> str:
    digest = hashlib.sha256(sha256(context.backbone.folder / "model.safetensors").encode())
    dtype = compute_dtype(context.recipe.train.precision)
    told = json.dumps(context.modality.told(), sort_keys=True)
    digest.update(f"{told}|{dtype}|{BATCH_ROWS}|{BATCH_TOKENS}".encode())
    for part, sizes in zip(context.encoded, context.sizes, strict=True):
        digest.update(sizes.tobytes())
        for row in part:
            digest.update(row.tobytes())
    return digest.hexdigest()[:32]


def _prune(folder: Path) -> None:
    """Delete the files unused for longest until what is left is under 4 GB."""
    files = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for path in files:
        total += path.stat().st_size
        if total > CACHE_BYTES:
            path.unlink()
