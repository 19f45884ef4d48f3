"""A folder of pictures, with a folder in it for each label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from seedbed.data.cells import absent, no_rows
from seedbed.data.pictures import SUFFIXES, pixels
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import ImageBroken, ImageTooLarge


class PicturesReader(Reader):
    """Pictures as columns `image` (where the file lies) and `label` (its folder's name)."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    folders: ClassVar[bool] = True
    by_hand: ClassVar[str] = (
        "Move these pictures, counted from 1 by folder and name, to a folder elsewhere."
    )

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the pictures by folder and name; what begins with a dot is passed over."""
        if not path.is_dir():
            raise absent(path)
        number = 0
        for folder in sorted(one for one in path.iterdir() if one.is_dir()):
            if folder.name.startswith("."):
                continue
            for file in sorted(folder.rglob("*")):
                if file.suffix.lower() not in SUFFIXES or file.name.startswith("."):
                    continue
                number += 1
                try:
                    pixels(file)
                except (ImageBroken, ImageTooLarge) as cause:
                    report(broken, Broken(number, 0, cause))
                    continue
                yield Row(number, {"image": str(file.resolve()), "label": folder.name})
        if not number:
            raise no_rows(path, "no folder of pictures in it, one a label")
