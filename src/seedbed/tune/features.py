"""One pass of the frozen base model over all rows, kept between runs; and how fast it goes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from seedbed.backbones.batches import by_length
from seedbed.backbones.encoder import compute_dtype, load_encoder, pool
from seedbed.backbones.tokens import Pieces, Tokens
from seedbed.home import sha256, written_aside
from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.memory import trimmed

BATCH_ROWS = 128
BATCH_TOKENS = 4096
CACHE_BYTES = 4 << 30


@dataclass(frozen=True)
class Speed:
    """What this machine does.

    Attributes:
        forward: Word pieces a second through the frozen base model.
        layers: Its layers.
    """

    forward: float
    layers: int


def lengths_of(pieces: Sequence[Pieces]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the word pieces of each row (n,)."""
    return np.fromiter((len(row) for row in pieces), dtype=np.int64, count=len(pieces))


def measure(context: Context) -> Speed:
    """Time the base model on a few batches of the training rows, about half a second of work."""
    encoder = _encoder(context)
    pieces = context.pieces[0]
    sample = [pieces[i] for i in np.linspace(0, len(pieces) - 1, min(256, len(pieces)), dtype=int)]
    rates = []
    with torch.inference_mode():
        for batch in by_length(lengths_of(sample), 32, BATCH_TOKENS):
            ids, mask = _tensors(context.tokens, [sample[k] for k in batch])
            began = time.perf_counter()
            encoder(input_ids=ids, attention_mask=mask)
            rates.append(int(mask.sum()) / (time.perf_counter() - began))
    layers = int(cast(Any, encoder).config.num_hidden_layers)
    # The upper quartile: the first batches warm up, and another program may slow some down.
    return Speed(float(np.quantile(rates, 0.75)), layers)


def pooled(context: Context) -> Floats:
    """Return pooled features (n, d) of the training and then the validation rows, mapped.

    They lie in the cache, whose name is a digest of the weights, the word pieces and the
    arithmetic, so that a feature is never another row's or another model's.
    """
    path = _path(context)
    if not path.is_file():
        pieces = [*context.pieces[0], *context.pieces[1]]
        with written_aside(path) as aside:
            _pass(context, pieces, aside)
        _prune(path.parent)
    path.touch()
    found: Floats = np.load(path, mmap_mode="r")
    return found


def are_kept(context: Context) -> bool:
    """Tell whether the features of the rows are in the cache."""
    return _path(context).is_file()


def _path(context: Context) -> Path:
    return context.cache / "features" / f"{_digest(context)}.npy"


def pooled_some(context: Context, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """Return pooled features (n, d) of some training rows, by position; not kept."""
    return _pass(context, [context.pieces[0][i] for i in rows])


def _pass(context: Context, pieces: Sequence[Pieces], path: Path | None = None) -> Floats:
    def progress(done: int) -> None:
        context.tell("progress", what="features", done=done, total=len(pieces))

    encoder, pooling = _encoder(context), context.backbone.pooling
    return extract(encoder, context.tokens, pieces, pooling, progress, path)


def extract(
    encoder: torch.nn.Module,
    tokens: Tokens,
    pieces: Sequence[Pieces],
    pooling: str,
    progress: Callable[[int], None],
    path: Path | None = None,
) -> Floats:
    """Return pooled features (n, d) of rows given as word pieces; in a file where one is named."""
    batches = by_length(lengths_of(pieces), BATCH_ROWS, BATCH_TOKENS)
    shape = (len(pieces), int(cast(Any, encoder).config.hidden_size))
    found: Floats = (
        np.empty(shape, dtype=np.float32)
        if path is None
        else np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    )
    done = 0
    with torch.inference_mode():
        for batch in trimmed(batches):
            ids, mask = _tensors(tokens, [pieces[i] for i in batch])
            hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            found[batch] = pool(hidden, mask, pooling).numpy()
            done += len(batch)
            progress(done)
    return found


def _encoder(context: Context) -> torch.nn.Module:
    dtype = compute_dtype(context.recipe.train.precision)
    return load_encoder(context.backbone.folder, dtype=dtype)


def _tensors(tokens: Tokens, rows: Sequence[Pieces]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, mask = tokens.pad(rows)
    return torch.from_numpy(ids), torch.from_numpy(mask)


def _digest(context: Context) -> str:
    digest = hashlib.sha256(sha256(context.backbone.folder / "model.safetensors").encode())
    dtype = compute_dtype(context.recipe.train.precision)
    digest.update(f"{context.backbone.pooling}|{dtype}|{BATCH_ROWS}|{BATCH_TOKENS}".encode())
    for part in context.pieces:
        digest.update(lengths_of(part).tobytes())
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
