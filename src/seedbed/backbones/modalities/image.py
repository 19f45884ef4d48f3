"""Pictures as pixels of one size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.backbones.base import Backbone
from seedbed.backbones.modalities.base import Arrays, Modality
from seedbed.data.pictures import Picture, Pixels, pixels, resized
from seedbed.errors import ArchitectureUnsupported
from seedbed.home import read_json
from seedbed.recipe import Train

if TYPE_CHECKING:
    import torch

    from seedbed.backbones.vision import ImageNetwork

PATCH = 1024
"""Pixels that cost one: a picture of 224 a side costs as much as 49 word pieces."""
SAMPLE = 200
"""Training pictures by which size and depth are chosen."""
KINDS = ("cnn", "efficientnet-lite0")


class Image(Modality):
    """A row is its pixels (channels, side, side), stretched to a square: nothing is cut off.

    Args:
        side: Pixels a side.
        channels: 1 for grey, 3 for colour.
        train: How training pictures are moved about; not at all without it.
    """

    name: ClassVar[str] = "image"
    files: ClassVar[tuple[str, ...]] = ("config.json",)

    def __init__(self, side: int, channels: int, train: Train | None = None) -> None:
        self.side = side
        self.channels = channels
        self.most = max(1, side * side // PATCH)
        self.train = train

    @classmethod
    def check(cls, folder: Path) -> None:
        """Ask for one of the networks that are written here."""
        try:
            kind = read_json(folder / "config.json").get("model_type")
        except (ValueError, AttributeError):
            kind = None
        if kind not in KINDS:
            raise ArchitectureUnsupported(
                expected=f"a network for pictures: {', '.join(KINDS)}",
                got=repr(kind),
                do=f"Set base: {KINDS[1]}, or base: {KINDS[0]}.",
                where=str(folder / "config.json"),
            )

    @classmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Image:
        """Return the size that the recipe says, else one that fits the pictures and the network."""
        step = max(1, len(inputs) // SAMPLE)
        some = [pixels(one).shape for one in inputs[::step]]
        config = read_json(backbone.folder / "config.json")
        middle = float(np.median([(height * width) ** 0.5 for height, width, _ in some]))
        least, most, each = config["sides"]
        fitting = each * round(middle * config["enlarged"] / each)
        side = train.image_side or int(np.clip(fitting, least, most))
        found = cls(side, max(depth for *_, depth in some), train)
        found.rate, found.rows_to_see = config["rate"], config["rows_to_see"]
        found.most_passes = config["most_passes"]
        return found

    @classmethod
    def load(cls, folder: Path, told: Mapping[str, Any]) -> Image:
        """Return the size that the release was tuned with."""
        return cls(told["side"], told["channels"])

    def told(self) -> dict[str, Any]:
        """Return size and depth."""
        return {"reads": self.name, "side": self.side, "channels": self.channels}

    def pinned(self) -> dict[str, Any]:
        """Return the size."""
        return {"train.image_side": self.side}

    @property
    def axes(self) -> Mapping[str, Mapping[int, str]]:
        """The pixels: only the number of rows varies."""
        return {"pixels": {0: "rows"}}

    def encode(self, inputs: Sequence[Picture]) -> list[Pixels]:
        """Return the pixels of each picture (channels, side, side)."""
        side, depth = self.side, self.channels
        square = (resized(pixels(one), side, side, depth) for one in inputs)
        return [np.ascontiguousarray(one.transpose(2, 0, 1)) for one in square]

    def size(self, row: Pixels) -> int:
        """Return what every picture costs."""
        return self.most

    def batch(self, rows: Sequence[Pixels]) -> Arrays:
        """Return the pixels (rows, channels, side, side)."""
        return {"pixels": np.stack(rows)}

    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> ImageNetwork:
        """Load the network; the first layer of one for colour is summed up for grey."""
        from seedbed.backbones.vision import load_network

        return load_network(folder, self.channels, dtype)

    def augment(
        self, batch: dict[str, torch.Tensor], draw: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Return the pictures moved about and lit otherwise a little, as the recipe says."""
        from seedbed.backbones.vision import lit, moved

        if self.train is None:
            return batch
        pixels = batch["pixels"]
        if self.train.move or self.train.flip != "none":
            pixels = moved(pixels, draw, self.train.move, self.train.flip)
        if self.train.light:
            pixels = lit(pixels, draw, self.train.light)
        return {"pixels": pixels}
