"""Activations of the frozen lower layers, computed once and read from a memory map after.

`top` tunes the upper layers only, so what the lower ones say of a row never changes. It is kept as
bfloat16 in one flat file, row after row without padding: 768 bytes a word piece at width 384.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.batches import Index, fitting
from seedbed.errors import RungUnavailable
from seedbed.home import disk
from seedbed.tune.inputs import Inputs
from seedbed.tune.maps import claim
from seedbed.tune.memory import trimmed


class Given(nn.Module):
    """Stands where the embeddings stood and hands on the activations it is given."""

    def forward(self, *_: Any, inputs_embeds: Tensor | None = None, **__: Any) -> Tensor:
        """Return `inputs_embeds` as it came: (b, t, d)."""
        assert inputs_embeds is not None
        return inputs_embeds


class Cut:
    """An encoder cut in two between its layers.

    Args:
        encoder: A transformers encoder with `embeddings` and `encoder.layer`.
        top: Layers above the cut.

    Raises:
        RungUnavailable: its parts have other names, so where to cut cannot be told.
    """

    def __init__(self, encoder: nn.Module, top: int) -> None:
        inner: Any = encoder
        layers = getattr(getattr(inner, "encoder", None), "layer", None)
        if not isinstance(layers, nn.ModuleList) or not hasattr(inner, "embeddings"):
            raise RungUnavailable(
                expected="an encoder with `embeddings` and `encoder.layer`, as BERT and RoBERTa",
                got=type(encoder).__name__,
                do="Use the rung `full` or `adapter` for this base model.",
                where="rung top",
                zh=f"{type(encoder).__name__} 没有 `embeddings` 和 `encoder.layer`；"
                "请改用 `full` 或 `adapter`",
            )
        self.encoder = inner
        self.embeddings = inner.embeddings
        self.layers = list(layers)
        self.at = max(0, len(self.layers) - top)

    def lower(self) -> nn.Module:
        """Return the encoder up to the cut."""
        self.encoder.embeddings = self.embeddings
        self.encoder.encoder.layer = nn.ModuleList(self.layers[: self.at])
        return cast(nn.Module, self.encoder)

    def upper(self) -> nn.Module:
        """Return the encoder from the cut on; it takes `inputs_embeds`."""
        self.encoder.embeddings = Given()
        self.encoder.encoder.layer = nn.ModuleList(self.layers[self.at :])
        return cast(nn.Module, self.encoder)

    def whole(self) -> nn.Module:
        """Return the encoder as it was."""
        self.encoder.embeddings = self.embeddings
        self.encoder.encoder.layer = nn.ModuleList(self.layers)
        return cast(nn.Module, self.encoder)


class Activations:
    """Batches of cached activations, as the training loop takes them.

    Args:
        path: The flat file.
        lengths: Word pieces of each row (n,).
        width: Of a vector.
    """

    def __init__(self, path: Path, lengths: Index, width: int) -> None:
        self.lengths = lengths
        self.width = width
        self._starts = np.concatenate([[0], np.cumsum(lengths)])
        self._flat = torch.from_file(
            str(path), shared=False, size=int(self._starts[-1]) * width, dtype=torch.bfloat16
        ).view(-1, width)

    def batch(self, rows: Index) -> dict[str, Tensor]:
        """Return `inputs_embeds` (b, t, width) and `attention_mask` (b, t)."""
        longest = int(self.lengths[rows].max())
        hidden = torch.zeros((len(rows), longest, self.width), dtype=torch.bfloat16)
        mask = torch.zeros((len(rows), longest), dtype=torch.int64)
        for i, row in enumerate(rows):
            start, end = int(self._starts[row]), int(self._starts[row + 1])
            hidden[i, : end - start] = self._flat[start:end]
            mask[i, : end - start] = 1
        return {"inputs_embeds": hidden, "attention_mask": mask}


def keep(lower: nn.Module, inputs: Inputs, path: Path, progress: Callable[[int], None]) -> None:
    """Write the activations of rows to `path`; a whole file of the right size is left as it is.

    The map is written in place and a marker beside it says that it is whole, so that a killed run
    starts it again. Where memory runs out, fewer rows are computed at once.
    """
    lengths = inputs.lengths
    starts = np.concatenate([[0], np.cumsum(lengths)])
    width = cast(Any, lower).config.hidden_size
    whole = path.with_suffix(".whole")
    if whole.is_file() and path.is_file() and path.stat().st_size == starts[-1] * width * 2:
        return
    whole.unlink(missing_ok=True)

    def compute(batch: Index) -> Tensor:
        return cast(Tensor, lower(**inputs.batch(batch)).last_hidden_state.bfloat16())

    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        claim(path, int(starts[-1]) * width * 2)
        flat = torch.from_file(
            str(path), shared=True, size=int(starts[-1]) * width, dtype=torch.bfloat16
        ).view(-1, width)
        done = 0
        with torch.inference_mode():
            for batch, hidden in trimmed(fitting(lengths, 128, 4096, compute)):
                for i, row in enumerate(batch):
                    flat[starts[row] : starts[row + 1]] = hidden[i, : lengths[row]]
                done += len(batch)
                progress(done)
        whole.touch()
