"""How much quality is lost when texts are spoilt on purpose, as people spoil them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from seedbed.data.table import Index
from seedbed.judge import pictures
from seedbed.judge.say import Said
from seedbed.judge.scored import Scored
from seedbed.judge.texts import is_chinese, is_ideograph
from seedbed.tasks.base import Targets

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SPOILT_CHARACTERS = 20  # one in so many characters, one at least

_WIDE = str.maketrans(",.!?:;()", "，。！？：；（）")
_NARROW = str.maketrans("，。！？：；（）", ",.!?:;()")


def _neighbours() -> dict[str, str]:
    near: dict[str, str] = {}
    for place, row in enumerate(_ROWS):
        lines = _ROWS[max(0, place - 1) : place + 2]
        for i, key in enumerate(row):
            around = "".join(line[max(0, i - 1) : i + 2] for line in lines)
            near[key] = around.replace(key, "")
    return near


_NEAR = _neighbours()


def typos(text: str, draw: random.Random) -> str:
    """Return the text with one character in twenty mistyped, one at least.

    Latin letters: the key beside it, two keys swapped, one left out, one doubled. Chinese
    characters: two swapped, one left out, one doubled (never a homophone: that could change the
    meaning rather than the typing).
    """
    chinese = is_chinese(text)
    places = [i for i, c in enumerate(text) if (is_ideograph(c) if chinese else c.isalpha())]
    count = min(len(places), max(1, len(places) // _SPOILT_CHARACTERS))
    letters = list(text)
    # from the end, so that places further left stay where they are
    for i in sorted(draw.sample(places, count), reverse=True):
        ways = ("swap", "drop", "double") if chinese else ("near", "swap", "drop", "double")
        _mistype(letters, i, draw.choice(ways), draw)
    return "".join(letters)


def _mistype(letters: list[str], i: int, way: str, draw: random.Random) -> None:
    near = _NEAR.get(letters[i].lower())
    if way == "near" and near:
        key = draw.choice(near)
        letters[i] = key.upper() if letters[i].isupper() else key
    elif way == "swap" and i + 1 < len(letters) and not letters[i + 1].isspace():
        letters[i], letters[i + 1] = letters[i + 1], letters[i]
    elif way == "drop":
        del letters[i]
    else:
        letters.insert(i, letters[i])


def upper(text: str, draw: random.Random) -> str:
    """Return the text in capitals."""
    return text.upper()


def lower(text: str, draw: random.Random) -> str:
    """Return the text in small letters."""
    return text.lower()


def punctuation(text: str, draw: random.Random) -> str:
    """Return the text with punctuation and spaces as a careless writer leaves them.

    Chinese: half-width for full-width marks and the other way round, the last mark lost. Else:
    marks lost or doubled, spaces doubled, none after a comma.
    """
    if is_chinese(text):
        turned = text.translate(_NARROW)
        if turned == text:
            turned = text.translate(_WIDE)
        bare = turned.rstrip("。.！!？?，,")
        return bare if bare and draw.random() < 0.5 else turned
    out = []
    for c in text:
        if c == " ":
            out.append(draw.choice((" ", " ", "  ")))
        elif c in ",.!?;:":
            out.append(draw.choice(("", c + c, c)))
        else:
            out.append(c)
    return re.sub(r", +(?=\w)", ",", "".join(out))


def first_half(text: str, draw: random.Random) -> str:
    """Return the first half of the words; of the characters where the text is Chinese."""
    if is_chinese(text):
        return text[: (len(text) + 1) // 2]
    words = text.split()
    return " ".join(words[: (len(words) + 1) // 2])


Spoil = Callable[[str, random.Random], str]

KINDS: Mapping[str, Spoil] = {
    "typos": typos,
    "upper": upper,
    "lower": lower,
    "punctuation": punctuation,
    "first_half": first_half,
}
"""Ways to spoil a text, in the order the report shows them."""

SAID: Mapping[str, Said] = {
    "typos": {
        "en": "one character in twenty mistyped, one at least",
        "zh": "每二十个字符打错一个（至少一个）",
    },
    "upper": {"en": "all in capitals", "zh": "全部大写"},
    "lower": {"en": "all in small letters", "zh": "全部小写"},
    "punctuation": {
        "en": "punctuation and spaces as a careless writer leaves them",
        "zh": "标点与空格随意书写",
    },
    "first_half": {"en": "only the first half of the text", "zh": "只保留文本的前一半"},
}


SPOILT: Mapping[str, Sequence[str]] = {"text": tuple(KINDS), "image": tuple(pictures.KINDS)}
"""Ways to spoil each kind of input."""


def spoilt(kind: str, texts: Sequence[Any], numbers: Sequence[int], seed: int) -> list[str]:
    """Return spoilt copies; each depends only on the seed, the kind, its text and its number."""
    spoil = partial(pictures.spoilt, kind) if kind in pictures.KINDS else KINDS[kind]
    return [
        spoil(text, random.Random(f"{seed} {kind} {number}"))
        for text, number in zip(texts, numbers, strict=True)
    ]


def robustness(scored: Scored) -> list[dict[str, Any]]:
    """Return the metric on spoilt copies of some test rows, and what was lost, by kind.

    All kinds spoil the same rows, and their difference to the unspoilt rows is paired. A kind
    that changes no text (capitals in Chinese) is left out.
    """
    if scored.task.reads not in SPOILT:
        return []
    drawn = np.random.default_rng(scored.seed).permutation(len(scored))
    rows = np.sort(drawn[: scored.settings.robustness_rows])
    texts = [scored.inputs[row] for row in rows]
    numbers = [int(scored.numbers[row]) for row in rows]
    copies = {kind: spoilt(kind, texts, numbers, scored.seed) for kind in SPOILT[scored.task.reads]}
    copies = {kind: copy for kind, copy in copies.items() if copy != texts}
    asked = scored.ask([text for copy in copies.values() for text in copy])
    answers = scored.task.judged(scored.metric, asked, scored.schema)
    return [
        _compared(scored, kind, rows, answers[i * len(rows) : (i + 1) * len(rows)])
        for i, kind in enumerate(copies)
    ]


def _compared(scored: Scored, kind: str, rows: Index, answers: Targets) -> dict[str, Any]:
    truth = scored.truth[rows]
    lost = scored.difference(truth, answers, scored.judged(scored.metric)[rows])
    return {
        "kind": kind,
        "said": SAID.get(kind) or pictures.SAID[kind],
        "rows": len(rows),
        **scored.interval_of(scored.metric, truth, answers).as_dict(),
        "difference": lost.value,
        "difference_low": lost.low,
        "difference_high": lost.high,
    }
