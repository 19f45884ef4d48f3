"""ROUGE-L: how much of a text stands in another in the same order (Lin 2004)."""

from __future__ import annotations

import re
import unicodedata

_WORDS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")


def words(text: str) -> list[str]:
    """Return the words of a text in small letters; of Chinese its characters."""
    return _WORDS.findall(unicodedata.normalize("NFKC", text).lower())


def rouge_l(truth: str, answer: str) -> float:
    """Return F1 of the longest common subsequence of words: 1 where the words are the same."""
    there, said = words(truth), words(answer)
    if not there or not said:
        return float(there == said)
    return 2 * _common(there, said) / (len(there) + len(said))


def _common(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    before = [0] * (len(other) + 1)
    for word in one:
        now = [0]
        for j, candidate in enumerate(other):
            same = before[j] + 1 if word == candidate else max(before[j + 1], now[j])
            now.append(same)
        before = now
    return before[-1]
