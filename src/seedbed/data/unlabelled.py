"""Texts without labels: each once, and none of those that are set aside to choose or judge by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.data import read
from seedbed.data.fingerprints import Keys, key
from seedbed.data.load import Asks, Loaded
from seedbed.data.others import LINES, lines
from seedbed.errors import TooFewRows
from seedbed.recipe import Data

LEAST = 50
MOST = 200_000
"""Texts that are kept, drawn by the seed where there are more."""


@dataclass(frozen=True)
class Unlabelled:
    """What a file of texts came to.

    Attributes:
        texts: Those to learn from, in the file's order.
        aside: How many texts were left out for each split whose rows they are, word for word.
    """

    texts: list[str]
    aside: dict[str, int]


def load(path: Path, loaded: Loaded, task: Asks, *, seed: int) -> Unlabelled:
    """Read a file of texts.

    Rows that cannot be read are passed over, and so are empty texts and those met before.

    Args:
        path: A `.txt` with a text a line, or a file that rows are read from, by `data.text`.
        loaded: The run's rows: those to choose and to judge by are not learnt from.
        task: Of the run.
        seed: Behind the draw where texts are too many.

    Raises:
        DataError: the file is of no use.
        TooFewRows: hardly a text is left.
    """
    aside = {
        "validation": _keys(task.texts(loaded.validation)),
        "test": loaded.test.fingerprints().keys,
    }
    found = _texts(path, task.data)
    known = _keys(found)
    _, first = np.unique(known, return_index=True)
    first = np.sort(first[known[first] != 0])
    out = {name: np.isin(known[first], hashes) for name, hashes in aside.items()}
    left = first[~np.logical_or.reduce([np.zeros(len(first), dtype=bool), *out.values()])]
    if len(left) < LEAST:
        raise TooFewRows(
            expected=f"{LEAST} texts or more to read on in",
            got=f"{len(left)} that differ and are not set aside",
            do="Take pretrain: out of the recipe, or name a file with more texts.",
            where=str(path),
        )
    if len(left) > MOST:
        left = np.sort(np.random.default_rng(seed).choice(left, MOST, replace=False))
    counts = {name: int(mask.sum()) for name, mask in out.items()}
    return Unlabelled([found[i] for i in left], counts)


def _texts(path: Path, data: Data) -> list[str]:
    if path.name.lower().endswith(LINES):
        return [row.cells[data.text] for row in lines(path, data.text, data.encoding)]
    table = read.table(
        path,
        [data.text],
        keys={data.text: "data.text"},
        broken=lambda _: None,
        encoding=data.encoding,
    )
    return list(table.columns[data.text])


def _keys(texts: Sequence[str]) -> Keys:
    """Return the hashes of texts (n,), by which the same text is known again."""
    return np.fromiter(map(key, texts), np.uint64, len(texts))
