"""What the rows look like: how many, which labels, how long, in which scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

_SCRIPTS = (
    "latin",
    "cjk",
    "hiragana",
    "katakana",
    "hangul",
    "cyrillic",
    "arabic",
    "devanagari",
    "thai",
    "greek",
    "hebrew",
)
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
FOREIGN = 0.3
"""Share of letters beyond Latin from which texts are not mainly in English: a Chinese character
says as much as some letters."""
_PIECES_A_WORD = 1.3
"""Word pieces to an English word, about; a character of Chinese is about one."""


def scripts(texts: Sequence[str]) -> dict[str, float]:
    """Return the share of letters in each script, the commonest first; kana count as `japanese`."""
    counts: Counter[str] = Counter()
    letters: Counter[str] = Counter()
    supply = iter(texts)
    while part := "".join(islice(supply, 1000)):
        letters.update(part)
    for char, count in letters.items():
        if char.isalpha():
            counts[_script(char)] += count
    total = sum(counts.values())
    return {name: round(count / total, 4) for name, count in counts.most_common()}


def beyond_latin(shares: Mapping[str, float]) -> float:
    """Return the share of letters that are not Latin, of what `scripts` returned."""
    return sum(share for name, share in shares.items() if name != "latin")


def pieces(text: str) -> int:
    """Return about how many word pieces a text has."""
    alone = 0 if text.isascii() else len(_SPACELESS.findall(text))
    words = len(text.split()) if not alone else len(_SPACELESS.sub(" ", text).split())
    return round(alone + words * _PIECES_A_WORD)


def percentiles(values: Sequence[int]) -> dict[str, int]:
    """Return least, quartiles, 95th and 99th percentile and most."""
    at = {"min": 0, "p25": 25, "p50": 50, "p75": 75, "p95": 95, "p99": 99, "max": 100}
    found = np.percentile(np.array(values or [0]), list(at.values()), method="nearest")
    return {name: int(value) for name, value in zip(at, found, strict=True)}


def profile(
    texts: Mapping[str, Sequence[str]], labels: Mapping[str, Mapping[str, int]], test_rows: int
) -> dict[str, Any]:
    """Return the profile as it stands in the report.

    Args:
        texts: Split → texts; of the sealed test rows there are none.
        labels: Split → label → rows.
        test_rows: Number of test rows.
    """
    every = [text for part in texts.values() for text in part]
    names = sorted({name for part in labels.values() for name in part})
    return {
        "rows": {split: len(part) for split, part in texts.items()} | {"test": test_rows},
        "labels": {
            name: {split: part.get(name, 0) for split, part in labels.items()} for name in names
        },
        "characters": percentiles([len(text) for text in every]),
        "pieces": percentiles([pieces(text) for text in every]),
        "scripts": scripts(every),
    }


def _script(char: str) -> str:
    first = unicodedata.name(char, "").split(" ")[0].lower()
    if first in {"hiragana", "katakana", "halfwidth"}:
        return "japanese"
    if first == "fullwidth":
        return "latin"
    return first if first in _SCRIPTS else "other"
