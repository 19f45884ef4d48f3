"""NumPy archives of pictures: arrays of pixels, with arrays of labels beside them."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data.cells import absent, no_rows
from seedbed.data.pictures import Pixels, data_url
from seedbed.data.readers.base import Reader, Row, Sink
from seedbed.errors import FormatUnknown, RowBroken

PARTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels")),
    "val": (("x_val", "y_val"), ("val_images", "val_labels")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
"""By what stands behind the #: how archives call the arrays of that part."""
PLAIN = (("images", "labels"), ("x", "y"), ("data", "target"))
NAMES = ("label_names", "classes", "target_names")
LARGEST = 4 << 30


class NpzReader(Reader):
    """Pictures as columns `image` (a data URL) and `label`.

    `rows.npz#train`, `rows.npz#val` and `rows.npz#test` are the parts of an archive that holds
    several, such as MedMNIST's; without # it is `images` and `labels`, or the training part.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".npz", *(f".npz#{part}" for part in PARTS))
    by_hand: ClassVar[str] = "Save the arrays again without these pictures, counted from 1."

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the pictures of one part; all of it is read at once."""
        name, _, part = path.name.partition("#")
        file = path.with_name(name)
        if not file.is_file():
            raise absent(file)
        images, labels, names = _arrays(file, part)
        for number, (image, label) in enumerate(zip(images, labels, strict=True), start=1):
            yield Row(number, {"image": data_url(image), "label": _said(label, names)})


def _said(label: Any, names: Sequence[Any] | None) -> str:
    """Return a label as text; one that is not a number, where numbers are, is missing."""
    if isinstance(label, float) and math.isnan(label):
        return ""
    return str(label) if names is None else str(names[int(label)])


def _arrays(file: Path, part: str) -> tuple[Pixels, Sequence[Any], Sequence[Any] | None]:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > LARGEST:
            raise _unknown(file, f"one that unpacks into {size:,} bytes")
        with np.load(file, allow_pickle=False) as kept:
            pairs = PARTS[part] if part else (*PLAIN, *PARTS["train"])
            pair = next((pair for pair in pairs if set(pair) <= set(kept.files)), None)
            if pair is None:
                raise _unknown(file, f"arrays {', '.join(kept.files)[:200]}")
            images, labels = kept[pair[0]], kept[pair[1]]
            names = next((kept[name].tolist() for name in NAMES if name in kept.files), None)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as cause:
        raise _unknown(file, str(cause).splitlines()[0] or type(cause).__name__) from None
    if not images.size or not labels.size:
        raise no_rows(file, "an array of no pictures")
    labels = np.atleast_1d(labels)
    images, labels = _pixels(images, file), labels.reshape(len(labels), -1)
    if len(images) != len(labels) or labels.shape[1] != 1:
        raise RowBroken(
            expected="a label for each picture",
            got=f"{len(images):,} pictures and labels of shape {labels.shape}",
            do="Save labels as one number a picture.",
            where=f"{file}, {pair[1]}",
        )
    found = [one.item() if hasattr(one, "item") else one for one in labels[:, 0]]
    whole = names is None or all(isinstance(one, int) and 0 <= one < len(names) for one in found)
    return images, found, names if whole else None


def _pixels(images: NDArray[Any], file: Path) -> Pixels:
    """Return pixels (n, height, width, 1 or 3) of what an archive holds."""
    if images.dtype.kind not in "buif":
        raise RowBroken(
            expected="pictures as numbers: bytes from 0 to 255, or numbers from 0 to 1",
            got=f"an array of {images.dtype}",
            do="Save the pixels as numbers.",
            where=str(file),
        )
    if images.ndim == 3:
        images = images[..., None]
    elif images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[-1] not in (1, 3, 4):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim != 4 or images.shape[-1] not in (1, 3, 4):
        raise RowBroken(
            expected="pictures (n, height, width) or (n, height, width, 1, 3 or 4)",
            got=f"an array of shape {images.shape}",
            do="Reshape it, and save it again.",
            where=str(file),
        )
    images = images[..., :3]
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    numbers = np.nan_to_num(images.astype(np.float32))
    most = numbers.max(initial=0.0)
    scale = 255.0 if most <= 1 else 1.0 if most <= 255 else 255.0 / most
    return np.clip(numbers * scale, 0, 255).astype(np.uint8)


def _unknown(file: Path, got: str) -> FormatUnknown:
    return FormatUnknown(
        expected="an archive with images and labels, or x_train, y_train and so on",
        got=got,
        do="Save it by numpy.savez(FILE, images=…, labels=…); name a part as FILE.npz#test.",
        where=str(file),
    )
