"""llama.cpp for causal models: weights in 8 bits, one row after the other."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.backbones.wish import Wish
from seedbed.errors import ReleaseError, SetupError
from seedbed.release import gguf
from seedbed.release.engines.base import Reason
from seedbed.release.engines.causal import CausalEngine
from seedbed.tasks.base import Doubles, Floats

if TYPE_CHECKING:
    from seedbed.backbones.modalities.causal import Said

FILE = "engines/llama.cpp/model.gguf"
BATCH = 512
"""Tokens that are computed at once, at most."""
PACKAGE = "llama-cpp-python"


class LlamaCppEngine(CausalEngine):
    """llama.cpp, weights in 8 bits: for models of Llama's architecture, where it is installed."""

    name: ClassVar[str] = "llama.cpp"
    needs: ClassVar[tuple[str, ...]] = (FILE, "model/head.json", "model/tokenizer.json")

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        self.model = Model(folder / FILE, self.modality.context, threads)

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that its Python package is not installed, where that is so."""
        if find_spec("llama_cpp") is not None:
            return None
        how = f"{PACKAGE} (pip install {PACKAGE})"
        return Reason(f"not installed: {how}", f"未安装 {how}")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what says that there is no such file of this model."""
        return (*super().failures(), ReleaseError, SetupError)

    @classmethod
    def build(cls, folder: Path, sample: Sequence[Any]) -> None:
        """Write the model as GGUF."""
        gguf.export(folder, folder / FILE)

    def _scored(self, rows: Sequence[Said]) -> Floats:
        return np.stack([self._sums(row) for row in rows])

    def _sums(self, row: Said) -> Floats:
        first, found = max(row.prompt, 1), np.zeros(3)
        told = self.model.read(row.ids[:-1].tolist(), first - 1)
        for token, logits in zip(row.ids[first:].tolist(), told, strict=True):
            top = logits.max()
            lost = top + np.log(np.exp(logits - top).sum()) - logits[token]
            found += lost, 1, logits.argmax() == token
        return found.astype(np.float32)

    def _write(self, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            self._answer(wish)

    def _answer(self, wish: Wish) -> None:
        draw, ids = np.random.default_rng(wish.seed), list(wish.ids)
        start = 0
        while len(wish.written) < wish.most and not wish.stopped:
            (logits,) = self.model.read(ids, len(ids) - 1, start=start)
            start += len(ids)
            token = _drawn(logits, wish.temperature, draw)
            wish.stopped = token in self.modality.ends
            if not wish.stopped:
                wish.written.append(token)
                wish.stopped = wish.ended(wish.written)
            ids = [token]


class Model:
    """A model that llama.cpp holds, with keys and values of one row.

    Args:
        path: A GGUF file.
        context: Tokens of a row at most.
        threads: To compute with.

    Raises:
        RuntimeError: llama.cpp cannot load it, or compute.
    """

    def __init__(self, path: Path, context: int, threads: int) -> None:
        import llama_cpp

        logging.getLogger(PACKAGE).setLevel(logging.CRITICAL)  # or it prints all that it loads
        self._lib: Any = llama_cpp
        asked = self._lib.llama_model_default_params()
        asked.n_gpu_layers = 0
        model = self._lib.llama_model_load_from_file(str(path).encode(), asked)
        if not model:
            raise RuntimeError(f"llama.cpp cannot load {path.name}")
        weakref.finalize(self, self._lib.llama_model_free, model)
        told = self._lib.llama_context_default_params()
        told.n_ctx, told.n_batch, told.n_ubatch = context, BATCH, BATCH
        told.n_threads = told.n_threads_batch = threads
        self._context = self._lib.llama_init_from_model(model, told)
        if not self._context:
            raise RuntimeError(f"llama.cpp has no room for {context:,} tokens of {path.name}")
        weakref.finalize(self, self._lib.llama_free, self._context)
        self._batch = self._lib.llama_batch_init(BATCH, 0, 1)
        weakref.finalize(self, self._lib.llama_batch_free, self._batch)
        vocabulary = self._lib.llama_model_get_vocab(model)
        self._width = int(self._lib.llama_vocab_n_tokens(vocabulary))

    def read(self, ids: Sequence[int], wanted: int, *, start: int = 0) -> Iterator[Doubles]:
        """Yield what is expected after each token from place `wanted` on: logits (vocabulary,).

        Args:
            ids: Tokens.
            wanted: Place among them.
            start: How many tokens of the row were read before; from 0 on it is another row.
        """
        if start == 0:
            self._lib.llama_memory_clear(self._lib.llama_get_memory(self._context), True)  # noqa: FBT003
        for at in range(0, len(ids), BATCH):
            part = ids[at : at + BATCH]
            self._fill(part, start + at, wanted - at)
            failed = self._lib.llama_decode(self._context, self._batch)
            if failed:
                raise RuntimeError(f"llama.cpp cannot compute: llama_decode gave {failed}")
            for i in range(max(0, wanted - at), len(part)):
                logits = self._lib.llama_get_logits_ith(self._context, i)
                yield np.ctypeslib.as_array(logits, (self._width,)).astype(np.float64)

    def _fill(self, ids: Sequence[int], start: int, wanted: int) -> None:
        batch = self._batch
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i], batch.pos[i] = token, start + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = i >= wanted


def _drawn(logits: Doubles, temperature: float, draw: np.random.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    shares = np.exp((logits - logits.max()) / temperature)
    return int(draw.choice(len(shares), p=shares / shares.sum()))
