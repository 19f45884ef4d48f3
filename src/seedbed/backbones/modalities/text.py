"""Texts, or pairs of texts, as word pieces."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.backbones.base import Backbone
from seedbed.backbones.modalities.base import Arrays, Modality
from seedbed.backbones.tokens import Pieces, Tokens
from seedbed.errors import ArchitectureUnsupported, TokenizerMissing, WrongValue
from seedbed.home import read_json
from seedbed.recipe import LONGEST_CHOSEN, Train

if TYPE_CHECKING:
    import torch

    from seedbed.backbones.encoder import Pooled

SHORTEST_CHOSEN = 128
"""The fewest word pieces that are kept where the recipe leaves it open: short rows cost nothing."""
LENGTH_SHARE = 0.97
"""So many of so many training rows must fit in whole; the few longer ones are cut."""


class Text(Modality):
    """A row is its word pieces, and its size how many they are.

    Args:
        tokens: The tokenizer.
        pooling: How a text's vectors become one: `mean`, `cls`; or `none`, one a word piece.
    """

    name: ClassVar[str] = "text"
    files: ClassVar[tuple[str, ...]] = (
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
    )
    needs: ClassVar[tuple[str, ...]] = ("tokenizer.json",)
    odd: ClassVar[tuple[Any, ...]] = ("a", "two words")

    def __init__(self, tokens: Tokens, pooling: str) -> None:
        self.tokens = tokens
        self.pooling = pooling
        self.most = tokens.max_tokens
        self.train: Train | None = None

    @classmethod
    def check(cls, folder: Path) -> None:
        """Ask for a tokenizer.json, and a config.json that tells of an encoder."""
        if not (folder / "tokenizer.json").is_file():
            raise TokenizerMissing(
                expected="a tokenizer.json",
                got="none",
                do="Save the model's fast tokenizer into the folder: "
                "AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER).",
                where=str(folder),
            )
        try:
            config = read_json(folder / "config.json")
        except ValueError:
            config = "what is no JSON"
        known = isinstance(config, dict) and "model_type" in config
        if not known or not config.keys() & {"hidden_size", "dim"}:  # DistilBERT calls it dim
            raise ArchitectureUnsupported(
                expected="the configuration of a text encoder (model_type, hidden_size)",
                got=f"keys {', '.join(sorted(config)[:8])}"
                if isinstance(config, dict)
                else str(config),
                do="Use an encoder such as BERT, RoBERTa or XLM-R.",
                where=str(folder / "config.json"),
            )

    @classmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Text:
        """Return the tokenizer, cut where the recipe says, else where nearly all inputs fit.

        Raises:
            WrongValue: the recipe asks for more than the base model can read.
        """
        given, most = train.max_tokens, backbone.positions or sys.maxsize
        if given is not None and given > most:
            raise WrongValue(
                expected=f"train.max_tokens of at most {most}, all that {backbone.name} can read",
                got=str(given),
                do="Lower it, or leave it out: then it is chosen by the rows.",
            )
        types = backbone.types > 1 and any(isinstance(one, tuple) for one in inputs)
        if given is None:
            whole = Tokens(backbone.folder, LONGEST_CHOSEN, backbone.prefix, types=types)
            given = min(most, _length(whole, inputs))
        found = cls(Tokens(backbone.folder, given, backbone.prefix, types=types), backbone.pooling)
        found.train = train
        return found

    @classmethod
    def load(cls, folder: Path, told: Mapping[str, Any]) -> Text:
        """Return the tokenizer that lies in the folder."""
        types = told.get("types", False)
        tokens = Tokens(folder, told["max_tokens"], told["prefix"], types=types)
        return cls(tokens, told["pooling"])

    def told(self) -> dict[str, Any]:
        """Return pooling, prefix, length, and whether rows tell a pair's two texts apart."""
        return {
            "reads": self.name,
            "pooling": self.pooling,
            "prefix": self.tokens.prefix,
            "max_tokens": self.most,
            "types": self.tokens.types,
        }

    def pinned(self) -> dict[str, Any]:
        """Return the length."""
        return {"train.max_tokens": self.most}

    @property
    def axes(self) -> Mapping[str, Mapping[int, str]]:
        """Ids and mask; the types too where pairs are told apart."""
        names = ("input_ids", "attention_mask", *["token_type_ids"] * self.tokens.types)
        return {name: {0: "rows", 1: "pieces"} for name in names}

    def encode(self, inputs: Sequence[str | tuple[str, str]]) -> list[Pieces]:
        """Return the word pieces of each text or pair, special ones included."""
        return self.tokens.encode(inputs)

    def ids(self, row: Any) -> Pieces:
        """Return the word pieces of a row (size,)."""
        found: Pieces = row if row.ndim == 1 else row[0]
        return found

    def size(self, row: Pieces) -> int:
        """Return how many word pieces a row has."""
        return int(row.shape[-1])

    def batch(self, rows: Sequence[Pieces]) -> Arrays:
        """Return ids, mask (and types), each (rows, longest)."""
        return dict(zip(self.axes, self.tokens.pad(rows), strict=True))

    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> Pooled:
        """Load the encoder, with pooling."""
        from seedbed.backbones.encoder import Pooled, load_encoder

        return Pooled(load_encoder(folder, dtype=dtype), self.pooling).eval()

    def augment(
        self, batch: dict[str, torch.Tensor], draw: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Return the texts with some word pieces masked, as the recipe says; special ones stay.

        What the mask hides is neither attended to nor pooled, and what stays keeps its place: the
        text is read as if those words could not be made out.
        """
        if self.train is None or self.train.augment == "none" or "input_ids" not in batch:
            return batch
        from seedbed.backbones.encoder import left_out

        special = [one for part in self.tokens.specials() for one in part]
        mask = left_out(batch, special, self.train.augment_share, draw)
        return batch | {"attention_mask": mask}


def _length(tokens: Tokens, inputs: Sequence[Any]) -> int:
    """Return a length that nearly all inputs fit in."""
    found = np.percentile([row.shape[-1] for row in tokens.encode(inputs)], 100 * LENGTH_SHARE)
    return max(SHORTEST_CHOSEN, 32 * math.ceil(float(found) / 32))
