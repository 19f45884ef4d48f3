"""What the judge needs to know of a text: its script, and the parts it falls into."""

from __future__ import annotations

import re
from itertools import pairwise

_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_CHINESE = re.compile(f"[{_IDEOGRAPH}]")
_WORDS = re.compile(r"[^\W\d_]+")
# a pair of ideographs, or one left over, or a run of anything else; what follows it stays with it
_CHINESE_PART = re.compile(f"(?:[{_IDEOGRAPH}]{{1,2}}|[^{_IDEOGRAPH}\\W]+|\\W+)\\W*")
_WORD_PART = re.compile(r"\s*\S+\s*")


def is_ideograph(character: str) -> bool:
    """Whether a character is a Chinese one."""
    return _CHINESE.match(character) is not None


def is_chinese(text: str) -> bool:
    """Whether a text is mostly Chinese: more ideographs than words of other scripts."""
    ideographs = len(_CHINESE.findall(text))
    return ideographs > len(_WORDS.findall(_CHINESE.sub(" ", text)))


def parts(text: str, most: int) -> list[str]:
    """Split a text into words, or pairs of Chinese characters, that join to the text again.

    Spaces and punctuation stay with the part before. Where there would be more than `most`
    parts, neighbours are joined into that many of about equal count.
    """
    pattern = _CHINESE_PART if is_chinese(text) else _WORD_PART
    found = pattern.findall(text)
    if len(found) <= most:
        return found
    cuts = [round(i * len(found) / most) for i in range(most + 1)]
    return ["".join(found[a:b]) for a, b in pairwise(cuts)]
