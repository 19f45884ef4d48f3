"""Text encoders: loaded by transformers, pooled here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from seedbed.backbones import prefixed
from seedbed.backbones.network import Network
from seedbed.errors import ArchitectureUnsupported
from seedbed.home import read_json

UNLOADABLE = (ValueError, KeyError, TypeError, ImportError, OSError, RuntimeError)
"""What transformers raises, beside its libraries' own, for a folder that it cannot load."""


def load_encoder(folder: Path, *, dtype: torch.dtype | None = None) -> nn.Module:
    """Load a folder's encoder, without a pooler, safetensors only, in evaluation mode.

    Attention is the plain one: on a CPU, for rows of tens of word pieces, it is a third faster
    forward and five times backward than the fused kernel. A prefix that lies there is attached.

    Raises:
        ArchitectureUnsupported: transformers cannot make an encoder of the folder.
    """
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import AutoModel

    options: dict[str, Any] = {"use_safetensors": True, "local_files_only": True}
    options["dtype"] = dtype or torch.float32
    with quiet():
        try:
            config = read_json(folder / "config.json")
            if config["model_type"] in ("bert", "roberta", "xlm-roberta", "camembert"):
                options["add_pooling_layer"] = False
            model = AutoModel.from_pretrained(folder, attn_implementation="eager", **options)
        except (*UNLOADABLE, SafetensorError, StrictDataclassError) as cause:
            raise ArchitectureUnsupported(
                expected="an encoder that transformers loads",
                got=str(cause).splitlines()[0],
                do="Use an encoder such as BERT, RoBERTa or XLM-R.",
                where=str(folder),
            ) from None
    learnt = prefixed.kept(folder)
    if learnt is not None:
        prefixed.attach(model, learnt)
    return cast(nn.Module, model.eval())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' load report and bar off the terminal: they tell of what is meant."""
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def pool(hidden: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Return float32 vectors: hidden (b, t, d), mask (b, t) → (b, d), or (b, t, d) for `none`."""
    if pooling == "none":
        return hidden.float()
    if pooling == "cls":
        return hidden[:, 0].float()
    spread = mask.unsqueeze(-1).float()
    return (hidden.float() * spread).sum(1) / spread.sum(1)


def left_out(
    batch: Mapping[str, Tensor], special: Sequence[int], share: float, draw: torch.Generator
) -> Tensor:
    """Return a batch's mask (b, t) without a share of its word pieces, drawn one by one.

    Special pieces stay; a text that would lose all others keeps them all.

    Args:
        batch: `input_ids` and `attention_mask`, (b, t) each.
        special: Ids of the special pieces.
        share: Of the others, how many are left out on the average.
        draw: Behind the draw.
    """
    ids, mask = batch["input_ids"], batch["attention_mask"]
    loose = (mask == 1) & ~torch.isin(ids, torch.tensor(special, dtype=ids.dtype))
    gone = loose & (torch.rand(ids.shape, generator=draw) < share)
    bare = (gone == loose).all(1, keepdim=True)
    return mask.masked_fill(gone & ~bare, 0)


class Pooled(Network):
    """A text encoder and pooling.

    Args:
        encoder: A transformers encoder.
        pooling: `mean`, `cls`, or `none`: a vector for each word piece.
    """

    def __init__(self, encoder: nn.Module, pooling: str) -> None:
        super().__init__()
        config: Any = encoder.config
        self.encoder = encoder
        self.pooling = pooling
        self.width = int(config.hidden_size)
        self.layers = int(config.num_hidden_layers)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
    ) -> Tensor:
        """Return features: ids, mask and types (b, t) → (b, d), float32."""
        batch = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            batch["token_type_ids"] = token_type_ids
        return pool(self.encoder(**batch).last_hidden_state, attention_mask, self.pooling)


class Compared(Pooled):
    """A text encoder over pairs: the texts of a row stand one after the other in the batch."""

    def __init__(self, encoder: nn.Module, pooling: str) -> None:
        super().__init__(encoder, pooling)
        self.width = 2 * self.width + 1

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
    ) -> Tensor:
        """Return |u - v|, u · v and their cosine: ids and mask (2b, t) → (b, 2d + 1), float32."""
        texts = super().forward(input_ids, attention_mask, token_type_ids)
        texts = torch.nn.functional.normalize(texts, dim=-1)
        one, other = texts[::2], texts[1::2]
        both = one * other
        return torch.cat([(one - other).abs(), both, both.sum(-1, keepdim=True)], dim=-1)


class Tagged(Pooled):
    """A text encoder that gives a vector for each word: that of its first piece."""

    def forward(  # type: ignore[override]
        self, input_ids: Tensor, attention_mask: Tensor, firsts: Tensor
    ) -> Tensor:
        """Return features: ids and mask (b, t), firsts (b, words) → (b, words, d), float32."""
        pieces = super().forward(input_ids, attention_mask)
        places = firsts.unsqueeze(-1).expand(-1, -1, pieces.shape[-1])
        return pieces.gather(1, places)

    def answered(self, logits: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """Return the logits (b, words, k), all 0 behind a row's last word and for words cut off.

        There every tag is as likely as any other, so that the most likely sequence of a row's tags
        does not depend on the rows beside it.
        """
        return logits * (batch["firsts"] > 0).unsqueeze(-1)
