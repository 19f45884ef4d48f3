"""Finds what is wrong with a table's columns: those that give the answer away, and those of no use.

A column gives the answer away where it alone, cut into levels or bins, tells it almost always: each
half of the training rows is answered by the commonest answer (the mean of numbers) that the other
half has at the same level. Rows that name themselves cannot pass: their levels stand in one half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.data import column_sentences as sentences
from seedbed.data.columns import MISSING, Columns, days, numbers, texts
from seedbed.data.findings import Finding, build
from seedbed.recipe import Data

GIVEN_AWAY = 0.95
"""Share of the errors of a constant answer that a column alone takes away, or of the variance."""
LEAST = 40
"""Rows from which on a column can be told to give the answer away."""
BINS, BIN_ROWS = 64, 20
"""Bins of a number, at most, and the rows that each needs."""
FAR = 10.0
"""Distances between the quartiles, from the nearer of them, from which on a number is far off."""
HOLLOW = 0.5
"""Share of missing cells from which on a finding is a warning."""

Shown = dict[str, Any]
Index = NDArray[np.int64]


def column_findings(
    rows: Sequence[Mapping[str, Any]], labels: Sequence[str], values: Any, data: Data
) -> Iterator[Finding]:
    """Yield what is wrong with the columns of training rows.

    Args:
        rows: Column → cell.
        labels: The label of each row, as one word; empty words where answers are numbers.
        values: The numbers (n,), where answers are.
        data: Kinds of columns, and whether the rows are split by time.
    """
    columns = Columns.fit(rows, data.columns)
    cells = {name: texts(rows, name) for name in rows[0]}
    kinds = {column.name: column.kind for column in columns.used}
    yield _given_away(cells, kinds, labels, values)
    yield _unused(columns, cells)
    yield _copies({name: cells[name] for name in kinds})
    yield _missing({name: cells[name] for name in kinds})
    yield _mixed(cells, kinds)
    yield _outliers(cells, kinds)
    dated = [name for name, kind in kinds.items() if kind == "date"]
    if dated and not data.time:
        shown = [{"column": name, "kind": "date"} for name in dated]
        yield build("column_dates", "warning", len(dated), sentences.dates(dated), shown)


def _given_away(
    cells: Mapping[str, Sequence[str]],
    kinds: Mapping[str, str],
    labels: Sequence[str],
    values: Any,
) -> Finding:
    shown: list[Shown] = []
    numeric = not any(labels)
    truth = values if numeric else np.unique(np.array(labels), return_inverse=True)[1]
    if len(truth) >= LEAST:
        for name, kind in kinds.items():
            told = power(_parts(cells[name], kind), truth, numeric=numeric)
            if told >= GIVEN_AWAY:
                shown.append({"column": name, "kind": kind, "share": round(told, 4)})
    shown.sort(key=lambda one: -one["share"])
    names = [one["column"] for one in shown]
    return build("column_leak", "error", len(shown), sentences.leak(names, GIVEN_AWAY), shown)


def power(parts: Index, truth: NDArray[Any], *, numeric: bool) -> float:
    """Return how much of the answer's uncertainty a column takes away by itself, at most 1.

    Args:
        parts: The level or bin of each row (n,).
        truth: Label numbers or numbers (n,).
        numeric: Whether answers are numbers: then it is a share of their variance.
    """
    order = np.random.default_rng(0).permutation(len(truth))
    halves = order[::2], order[1::2]
    wrong, usual = 0.0, 0.0
    for learn, ask in (halves, halves[::-1]):
        answer = _means if numeric else _commonest
        said = answer(parts[learn], truth[learn], parts[ask])
        plain = answer(np.zeros_like(learn), truth[learn], np.zeros_like(ask))
        if numeric:
            wrong += float(np.square(said - truth[ask]).sum())
            usual += float(np.square(plain - truth[ask]).sum())
        else:
            wrong += float((said != truth[ask]).sum())
            usual += float((plain != truth[ask]).sum())
    return 1 - wrong / usual if usual else 0.0


def _means(parts: Index, truth: Any, asked: Index) -> Any:
    most = int(max(parts.max(), asked.max())) + 1
    counts = np.bincount(parts, minlength=most)
    sums = np.bincount(parts, weights=truth, minlength=most)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), truth.mean())
    return means[asked]


def _commonest(parts: Index, truth: Any, asked: Index) -> Any:
    labels, most = int(truth.max()) + 1, int(max(parts.max(), asked.max())) + 1
    pairs, counts = np.unique(parts * labels + truth, return_counts=True)
    order = np.argsort(counts, kind="stable")  # the last one written is the commonest
    found = np.full(most, np.bincount(truth, minlength=labels).argmax())
    found[pairs[order] // labels] = pairs[order] % labels
    return found[asked]


def _parts(cells: Sequence[str], kind: str) -> Index:
    """Return the level of each cell, or the bin of equally many rows that its number lies in."""
    if kind == "category":
        return np.unique(np.array(cells, dtype=object).astype(str), return_inverse=True)[1]
    found = numbers(cells) if kind == "number" else days(cells)
    known = found[~np.isnan(found)]
    bins = max(4, min(BINS, len(known) // BIN_ROWS))
    ends = np.linspace(0, 1, bins + 1)[1:-1]
    cuts = np.unique(np.quantile(known, ends)) if len(known) else np.zeros(0)
    parts = np.searchsorted(cuts, found, side="left")
    parts[np.isnan(found)] = BINS
    return parts.astype(np.int64)


def _unused(columns: Columns, cells: Mapping[str, Sequence[str]]) -> Finding:
    shown = [
        {"column": name, "reason": why, "examples": _examples(cells[name])}
        for name, why in columns.unused.items()
    ]
    said = sentences.unused(list(columns.unused))
    return build("column_unused", "note", len(shown), said, shown)


def _copies(cells: Mapping[str, Sequence[str]]) -> Finding:
    first: dict[int, str] = {}
    shown: list[Shown] = []
    for name, column in cells.items():
        other = first.setdefault(hash(tuple(column)), name)
        if other != name:
            shown.append({"column": name, "other_column": other})
    said = sentences.copies([one["column"] for one in shown])
    return build("column_copy", "note", len(shown), said, shown)


def _missing(cells: Mapping[str, Sequence[str]]) -> Finding:
    shares = {
        name: sum(cell in MISSING for cell in column) / len(column)
        for name, column in cells.items()
    }
    gaps = sorted(((s, name) for name, s in shares.items() if s), key=lambda one: -one[0])
    shown = [{"column": name, "share": round(share, 4)} for share, name in gaps]
    hollow = [name for share, name in gaps if share >= HOLLOW]
    said = sentences.missing(len(shown), gaps[0][0] if gaps else 0.0, hollow)
    return build("column_missing", "warning" if hollow else "note", len(shown), said, shown)


def _mixed(cells: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> Finding:
    shown: list[Shown] = []
    for name, kind in kinds.items():
        if kind == "category":
            continue
        read = numbers(cells[name]) if kind == "number" else days(cells[name])
        odd = [cells[name][i] for i in np.flatnonzero(np.isnan(read)).tolist()]
        odd = [cell for cell in odd if cell not in MISSING]
        if odd:
            shown.append(
                {"column": name, "kind": kind, "count": len(odd), "examples": _examples(odd)}
            )
    said = sentences.mixed([one["column"] for one in shown])
    return build("column_mixed", "warning", len(shown), said, shown)


def _outliers(cells: Mapping[str, Sequence[str]], kinds: Mapping[str, str]) -> Finding:
    shown: list[Shown] = []
    for name in (name for name, kind in kinds.items() if kind == "number"):
        found = numbers(cells[name])
        found = found[~np.isnan(found)]
        low, high = np.quantile(found, [0.25, 0.75])
        away = FAR * (high - low)
        far = found[(found < low - away) | (found > high + away)] if away else found[:0]
        if len(far):
            examples = ", ".join(f"{one:g}" for one in sorted(set(far), key=abs)[-3:])
            shown.append({"column": name, "count": len(far), "examples": examples})
    said = sentences.outliers([one["column"] for one in shown])
    return build("column_outliers", "note", len(shown), said, shown)


def _examples(cells: Sequence[str]) -> str:
    return ", ".join(cell[:30] for cell in list(dict.fromkeys(cells))[:3])
