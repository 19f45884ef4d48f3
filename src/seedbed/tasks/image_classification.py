"""A picture in, one label (or several) out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from seedbed.data.pictures import PREFIX, Picture, pixels, print_of
from seedbed.data.table import Table
from seedbed.recipe import Data
from seedbed.tasks.labels import Labels

EXAMPLE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR42mNogAIGyhgAgIQg"
    "ARDoahcAAAAASUVORK5CYII="
)
"""A small grey square."""


class ImageClassification(Labels):
    """One label a picture; several where the recipe sets `data.label_separator`."""

    name: ClassVar[str] = "image-classification"
    reads: ClassVar[str] = "image"
    base: ClassVar[str] = "efficientnet-lite0"
    example: ClassVar[str] = EXAMPLE
    rungs: ClassVar[tuple[str, ...]] = ("baseline", "probe", "full")

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._prints: dict[Picture, str] = {}

    def columns(self) -> Mapping[str, str] | None:
        """Return the columns of the picture and of the label."""
        return {self.data.image: "data.image", self.data.label: "data.label"}

    def inputs(self, table: Table) -> Sequence[Picture]:
        """Return the pictures: data URLs as they are, else the files that are named."""
        cells = table.column(self.data.image, key="data.image")
        return [self.typed(cell, table.path.parent) for cell in cells]

    def typed(self, text: str, folder: Path) -> Picture:
        """Return a data URL as it is, else the file that is named.

        What a server is asked never comes here: nobody is to read its files.
        """
        return text if text.startswith(PREFIX) else folder / Path(text).expanduser()

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows name no picture."""
        return [not cell.strip() for cell in table.column(self.data.image, key="data.image")]

    def texts(self, table: Table) -> Sequence[str]:
        """Return each picture's perceptual hash, and a digest of its pixels, as words."""
        found = self.inputs(table)
        for one in found:
            if one not in self._prints:
                self._prints[one] = print_of(pixels(one))
        return [self._prints[one] for one in found]

    def shown(self, table: Table) -> Sequence[str]:
        """Return what a person knows a row by: the file's name, or the row's number."""
        return [
            one.name if isinstance(one, Path) else f"picture {number}"
            for one, number in zip(self.inputs(table), table.numbers, strict=True)
        ]
