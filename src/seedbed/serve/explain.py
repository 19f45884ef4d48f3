"""What drove an answer: each part of a text is left out once, and the score looked at.

The same occlusion as the judge's (`judge/explain.py`), over the model that answers. Each part that
is left out is one more row for the model, and counts as one: `parts` says beforehand how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from seedbed.errors import BodyTooLarge
from seedbed.judge.texts import parts

MOST_PARTS = 24
"""Parts of a text at most; of a longer one, neighbours are joined."""

MOST_CHARACTERS = 200_000
"""Of all the texts of a call that asks for explanations."""


def split(texts: Sequence[str]) -> list[list[str]]:
    """Return the parts of each text: words, or pairs of Chinese characters.

    Raises:
        BodyTooLarge: the texts are too long; each is put together anew for each of its parts.
    """
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise BodyTooLarge(
            expected=f"at most {MOST_CHARACTERS:,} characters to be explained in a call",
            got=f"{sum(map(len, texts)):,}",
            do="Send them in several calls, or leave `explain` out.",
            where="texts",
        )
    return [parts(text, MOST_PARTS) for text in texts]


def without(pieces: Sequence[str]) -> Iterator[str]:
    """Yield the text without each of its parts."""
    for i in range(len(pieces)):
        yield "".join([*pieces[:i], *pieces[i + 1 :]])


def weighed(
    whole: Mapping[str, float], pieces: Sequence[str], variants: Sequence[Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Return the parts with their places in the text and their weights.

    Args:
        whole: The scores of the text, by label.
        pieces: Its parts.
        variants: The scores without each of them.
    """
    label = max(whole, key=whole.__getitem__)
    ends = list(accumulate(map(len, pieces)))
    return [
        {
            "text": piece,
            "start": end - len(piece),
            "end": end,
            "weight": round(whole[label] - variant[label], 6),
        }
        for piece, end, variant in zip(pieces, ends, variants, strict=True)
    ]
