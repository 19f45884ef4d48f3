"""Puts newly labelled rows beside the training rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seedbed.data import hub, label_studio, read
from seedbed.data.fingerprints import key
from seedbed.home import written_aside
from seedbed.recipe import Data

Cells = dict[str, str]


class Merged(NamedTuple):
    """How many rows are as before, are new, and gave way to a new one of the same text."""

    old: int
    new: int
    replaced: int


def merge(data: Data, labelled: Path, out: Path, *, texts: Sequence[str] = ()) -> Merged:
    """Write the training rows and the newly labelled ones as CSV, with the training rows' columns.

    Rows without a text or a label are passed over; a text that is labelled anew has the new label.

    Args:
        data: The recipe's part that names the training rows and the columns.
        labelled: A file of rows, such as an export of Label Studio.
        out: The file to write.
        texts: Columns that tell rows apart; by default `data.text`.

    Raises:
        DataError: a file cannot be read.
    """
    texts = texts or (data.text,)
    new = list(_labelled(data, labelled, texts))
    told = {_key(cells, texts) for cells in new}
    from_hub = data.train.startswith(hub.PREFIX)
    train = hub.fetch(data.train, "train") if from_hub else Path(data.train)
    old = [row.cells for row in read.rows(train, encoding=data.encoding)]
    kept = [cells for cells in old if _key(cells, texts) not in told]
    columns = dict.fromkeys(name for cells in old for name in cells)
    columns |= dict.fromkeys((*texts, data.label))
    with written_aside(out) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(columns), restval="", extrasaction="ignore")
        table.writeheader()
        table.writerows([*kept, *new])
    return Merged(len(kept), len(new), len(old) - len(kept))


def _key(cells: Cells, texts: Sequence[str]) -> int:
    return key("\n".join(cells.get(name, "") for name in texts))


def _labelled(data: Data, path: Path, texts: Sequence[str]) -> Iterator[Cells]:
    """Yield the labelled rows, with the recipe's names of the columns."""
    names = [name for name in (*texts, data.label, data.group, data.time) if name]
    tags = {label_studio.tag(name): name for name in names}
    for row in read.rows(path):
        cells = {tags.get(name, name): cell for name, cell in row.cells.items()}
        whole = all(cells.get(name, "").strip() for name in texts)
        if whole and cells.get(data.label):
            yield cells | {data.label: _one_cell(cells[data.label], data.label_separator)}


def _one_cell(labels: str, separator: str | None) -> str:
    """Return several labels, a list where they come from JSON, as the recipe's cells hold them."""
    if separator is None or not labels.startswith("["):
        return labels
    return separator.join(map(str, json.loads(labels)))
