"""Pictures: an input is a file, or the file's bytes as a data URL; here it becomes pixels.

Whatever it was (grey, indexed, with an alpha channel, 16 bits deep, turned by its Exif tag), it
comes out as bytes (height, width, 1) or (height, width, 3).
"""

from __future__ import annotations

import base64
import binascii
import io
from hashlib import blake2b
from pathlib import Path
from struct import error as StructError
from typing import Any
from zlib import error as ZlibError

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import ExtraMissing, ImageBroken, ImageTooLarge

Pixels = NDArray[np.uint8]
Picture = str | Path

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
MOST_PIXELS = 50_000_000
"""A picture that unpacks into more is refused before it is unpacked."""
MOST_SENT = 20_000_000
"""The same for a picture that somebody sends, instead of a file."""
MOST_BYTES = 32 << 20
PREFIX = "data:"
NEAR_LEAST = 48
"""Pixels a side from which a perceptual hash tells pictures apart: smaller ones all look alike."""

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, StructError, ZlibError, OverflowError)


def pixels(one: Picture) -> Pixels:
    """Return the pixels of a picture: (height, width, 1) where it is grey, else (…, 3).

    Raises:
        ImageBroken: it is missing, cut short, or none of the formats that are read.
        ImageTooLarge: it would unpack into more than `MOST_PIXELS`.
    """
    most = MOST_PIXELS if isinstance(one, Path) else MOST_SENT
    image = _opened(content(one), shown(one), most)
    try:
        return _plain(image)
    except _UNREADABLE as cause:
        raise _broken(str(cause) or type(cause).__name__, shown(one)) from None


def content(one: Picture) -> bytes:
    """Return the bytes of a picture's file."""
    if isinstance(one, Path):
        try:
            if one.stat().st_size > MOST_BYTES:
                raise _large(f"a file of {one.stat().st_size:,} bytes", str(one))
            return one.read_bytes()
        except OSError as cause:
            raise _broken(cause.strerror or "no such file", str(one)) from None
    if len(one) > MOST_BYTES * 4 // 3 + 100:
        raise _large(f"{len(one):,} characters", shown(one))
    text = one.partition(",")[2] if one.startswith(PREFIX) else one
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _broken("what is no base64", shown(one)) from None


def data_url(found: Pixels) -> str:
    """Return pixels as a data URL with a PNG in it."""
    out = io.BytesIO()
    grey = found.ndim == 2 or found.shape[-1] == 1
    _library().fromarray(found.reshape(found.shape[:2]) if grey else found).save(out, "PNG")
    return as_url(out.getvalue(), "png")


def as_url(content: bytes, kind: str) -> str:
    """Return a picture's file as a data URL."""
    return f"{PREFIX}image/{kind};base64,{base64.b64encode(content).decode()}"


def thumbnail(found: Pixels, side: int) -> Pixels:
    """Return pixels no larger than `side` either way, in proportion."""
    height, width, depth = found.shape
    if max(height, width) <= side:
        return found
    share = side / max(height, width)
    return resized(found, max(1, round(height * share)), max(1, round(width * share)), depth)


def resized(found: Pixels, height: int, width: int, depth: int) -> Pixels:
    """Return pixels stretched to a size, grey (depth 1) or in colour (3)."""
    if found.shape == (height, width, depth):
        return found
    library = _library()
    image = library.fromarray(found[:, :, 0] if found.shape[-1] == 1 else found)
    image = image.convert("L" if depth == 1 else "RGB")
    if image.size != (width, height):
        image = image.resize((width, height), library.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image, dtype=np.uint8).reshape(height, width, depth)


def print_of(found: Pixels) -> str:
    """Return what duplicates are found by: words, of which alike pictures share nearly all.

    Of a picture from `NEAR_LEAST` pixels on they are the signs of 64 low frequencies (a perceptual
    hash), of a smaller one a digest of its pixels alone. Equal pixels have the same words.
    """
    height, width, _ = found.shape
    exact = blake2b(f"{found.shape}".encode() + found.tobytes(), digest_size=8).hexdigest()
    if min(height, width) < NEAR_LEAST:
        return f"picture{exact}"
    from scipy.fft import dctn

    waves = dctn(resized(found, 32, 32, 1)[:, :, 0].astype(np.float64))[:9, :9].ravel()[1:65]
    signs = waves > np.median(waves)
    words = [f"w{i}{'ab'[int(sign)]}" for i, sign in enumerate(signs)]
    return " ".join([*words, f"picture{exact}"])


def shown(one: Picture) -> str:
    """Return how a picture is called: its file's name, or how large it is."""
    return one.name if isinstance(one, Path) else f"a picture of {len(one) * 3 // 4:,} bytes"


def _opened(file: bytes, name: str, most: int) -> Any:
    library = _library()
    try:
        image = library.open(io.BytesIO(file), formats=FORMATS)
    except (library.DecompressionBombError, library.DecompressionBombWarning) as cause:
        raise _large(str(cause), name) from None
    except _UNREADABLE:
        raise _broken(f"{len(file):,} bytes that are none of these", name) from None
    width, height = image.size
    if width * height > most:
        raise _large(f"{width:,} × {height:,} pixels", name)
    return image


def _plain(image: Any) -> Pixels:
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 or 32 bits of grey
        deep = np.asarray(image, dtype=np.float64)
        scaled = deep * (255 / (65535 if deep.max() > 255 else 255))
        return np.clip(scaled, 0, 255).astype(np.uint8)[:, :, None]
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        sheet = _library().new("RGBA", clear.size, "white")
        sheet.alpha_composite(clear)
        image = sheet.convert("L" if image.mode == "LA" else "RGB")
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode in ("1", "F") else "RGB")
    found = np.asarray(image, dtype=np.uint8)
    return found[:, :, None] if found.ndim == 2 else found


def _library() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ExtraMissing(
            expected="Pillow, which reads pictures",
            got="it is not installed",
            do="pip install pillow",
        ) from None
    return Image


def _broken(got: str, where: str) -> ImageBroken:
    return ImageBroken(
        expected=f"a picture: {', '.join(FORMATS)}",
        got=got,
        do="Open it with a viewer; save it again, or leave it out.",
        where=where,
    )


def _large(got: str, where: str) -> ImageTooLarge:
    return ImageTooLarge(
        expected=f"a picture of at most {MOST_PIXELS:,} pixels and {MOST_BYTES >> 20} MB",
        got=got,
        do="Make it smaller: models read some hundred pixels a side.",
        where=where,
    )
