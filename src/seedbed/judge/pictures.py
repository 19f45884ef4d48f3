"""Pictures before the judge: spoilt as cameras and senders spoil them, and weighed part by part."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data.pictures import Picture, Pixels, data_url, pixels, resized, thumbnail
from seedbed.judge.say import Said
from seedbed.tasks.base import Floats

NOISE = 20.0
"""Standard deviation of the noise, of 255."""
DARK = 0.6
SHIFT = 0.08
BLUR = 0.04
"""Radius of the blur, as a share of the shorter side."""
WORKED = 320
"""Pixels a side, at most, of a spoilt or weighed copy: more than a network reads."""
THUMB = 96
GRID = 7
"""Windows a side that are covered in turn; each is twice as wide as they lie apart."""

Number = NDArray[np.float64]


def noise(found: Number, draw: random.Random) -> Number:
    """Return pixels with noise added."""
    spots = np.random.default_rng(draw.getrandbits(64)).normal(0, NOISE, found.shape)
    return found + spots


def blur(found: Number, draw: random.Random) -> Number:
    """Return pixels out of focus."""
    from scipy.ndimage import gaussian_filter

    wide = BLUR * min(found.shape[:2])
    blurred: Number = gaussian_filter(found, (wide, wide, 0))
    return blurred


def dark(found: Number, draw: random.Random) -> Number:
    """Return pixels underexposed."""
    return found * DARK


def bright(found: Number, draw: random.Random) -> Number:
    """Return pixels overexposed."""
    return found / DARK


def shift(found: Number, draw: random.Random) -> Number:
    """Return pixels moved by a part of the side, one of eight ways; the edge goes on."""
    ways = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    right, down = draw.choice(ways)
    height, width, _ = found.shape
    rows = np.clip(np.arange(height) - round(down * SHIFT * height), 0, height - 1)
    columns = np.clip(np.arange(width) - round(right * SHIFT * width), 0, width - 1)
    moved: Number = found[rows][:, columns]
    return moved


KINDS = {"noise": noise, "blur": blur, "dark": dark, "bright": bright, "shift": shift}
"""Ways to spoil a picture, in the order the report shows them."""

SAID: Mapping[str, Said] = {
    "noise": {"en": "grain, as of a poor sensor", "zh": "加噪点（如低质量传感器）"},
    "blur": {"en": "out of focus", "zh": "失焦模糊"},
    "dark": {"en": "underexposed: four tenths darker", "zh": "曝光不足（暗四成）"},
    "bright": {"en": "overexposed: two thirds brighter", "zh": "曝光过度（亮三分之二）"},
    "shift": {"en": "moved by a twelfth of the side", "zh": "平移约十二分之一边长"},
}


def spoilt(kind: str, one: Picture, draw: random.Random) -> str:
    """Return a spoilt copy."""
    return _url(KINDS[kind](thumbnail(pixels(one), WORKED).astype(np.float64), draw))


def shown(one: Picture) -> str:
    """Return a small copy that a page can hold."""
    return data_url(thumbnail(pixels(one), THUMB))


def covered(one: Picture) -> list[str]:
    """Return copies of which one window each is covered with the picture's mean, row by row."""
    found = thumbnail(pixels(one), WORKED)
    mean = found.mean(axis=(0, 1))
    copies = []
    for top, bottom in _windows(found.shape[0]):
        for left, right in _windows(found.shape[1]):
            copy = found.copy()
            copy[top:bottom, left:right] = mean
            copies.append(data_url(copy))
    return copies


def weighed(one: Picture, whole: Floats, variants: Floats) -> dict[str, Any]:
    """Return a picture, and what each window weighs in its answer.

    Args:
        one: The picture.
        whole: Its scores (k,).
        variants: Those of the copies that `covered` gave (GRID², k).
    """
    label = int(whole.argmax())
    lost = (whole[label] - variants[:, label]).reshape(GRID, GRID)
    return {"picture": shown(one), "weights": [[float(w) for w in row] for row in lost]}


def heat(found: Mapping[str, Any], side: int = 160) -> str:
    """Return a picture with what spoke for its answer in green, and what against it in orange."""
    picture = pixels(found["picture"])
    height, width, _ = picture.shape
    share = side / max(height, width)
    large = resized(picture, max(1, round(height * share)), max(1, round(width * share)), 3)
    weights = np.array(found["weights"], dtype=np.float64)
    return data_url(_tinted(large, weights))


def _tinted(picture: Pixels, weights: Number) -> Pixels:
    from scipy.ndimage import zoom

    height, width, _ = picture.shape
    top = np.abs(weights).max()
    spread = weights / top if top > 0 else weights
    smooth = zoom(spread, (height / GRID, width / GRID), order=1, grid_mode=True, mode="nearest")
    strength = np.clip(np.abs(smooth), 0, 1)[:, :, None] * 0.6
    colour = np.where(smooth[:, :, None] > 0, (0, 158, 115), (230, 120, 0))
    grey = picture.mean(axis=2, keepdims=True)
    tinted: Pixels = np.clip(grey * (1 - strength) + colour * strength, 0, 255).astype(np.uint8)
    return tinted


def _windows(size: int) -> Sequence[tuple[int, int]]:
    """Return where windows begin and end along a side: overlapping, each twice the distance."""
    step = size / GRID
    return [
        (max(0, round((i - 0.5) * step)), max(1, min(size, round((i + 1.5) * step))))
        for i in range(GRID)
    ]


def _url(found: Number) -> str:
    return data_url(np.clip(np.rint(found), 0, 255).astype(np.uint8))
