"""Makes files and tasks that the tests of this folder share."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seedbed import recipe as recipes
from seedbed.recipe import Recipe
from seedbed.tasks.text_classification import TextClassification

Rows = Sequence[tuple[str, str]]


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([("text", "label"), *rows])
    return path


def write_jsonl(
    path: Path, rows: Rows, encoding: str = "utf-8", *, ascii_only: bool = False
) -> Path:
    lines = [json.dumps({"text": t, "label": n}, ensure_ascii=ascii_only) for t, n in rows]
    path.write_bytes("".join(line + "\n" for line in lines).encode(encoding))
    return path


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def write_excel(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def make(folder: Path, train: Rows, **data: Any) -> tuple[Recipe, TextClassification]:
    """Write the rows given as Rows, and return a recipe over them with its task."""
    files = {"train": train} | {k: data.pop(k) for k in ("validation", "test") if k in data}
    names = {name: str(write_csv(folder / f"{name}.csv", rows)) for name, rows in files.items()}
    recipe = recipes.validate({"name": "sample", "data": names | data})
    return recipe, TextClassification(recipe.data)


WORDS = ("red", "blue", "old", "new", "cold", "warm", "big", "small", "dry", "wet", "loud", "calm")


def sentence(i: int) -> str:
    """Return a sentence of twelve words that is unlike those of other numbers."""
    words = []
    for step in range(12):
        i, rest = (i * 48271 + 11 * step + 7) % 2147483647, i
        words.append(WORDS[rest // 7 % len(WORDS)] + str(rest % 97))
    return " ".join(words)
