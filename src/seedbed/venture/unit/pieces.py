"""Pieces of the section: each part of `plan unit` gives one, and what is missing is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.result import HIGH, LOW, Caution, Chart, Figure, Said, Table
from seedbed.venture.unit.numbers import Doubles


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asks for besides the venture file.

    Attributes:
        retention: A CSV of who is still there after each month.
        reserved: Money an hour of a reserved machine.
    """

    retention: Path | None = None
    reserved: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What one part found."""

    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    cautions: tuple[Caution, ...] = ()
    notes: tuple[Said, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    answer: Said | None = None


def stepped(
    key: str,
    title: Said,
    draws: Doubles,
    *,
    unit: str = "",
    formula: str = "",
    inputs: tuple[str, ...] = (),
) -> Figure:
    """Return a figure whose points are draws themselves: for whole numbers, and with infinities."""
    low, middle, high = (
        float(np.quantile(draws, point, method="inverted_cdf")) for point in (LOW, 0.5, HIGH)
    )
    spread = low < high
    return Figure(
        key,
        title,
        middle,
        unit,
        low=low if spread else None,
        high=high if spread else None,
        formula=formula,
        inputs=inputs,
    )


def cell(value: float, unit: str = "") -> Figure:
    """Return a table's cell: a number with its unit, so that programs get it whole."""
    return Figure("", Said("", ""), value, unit)


def joined(pieces: Iterable[Piece]) -> Piece:
    """Return pieces as one, in their order."""
    each = list(pieces)
    answers = [one.answer for one in each if one.answer]
    return Piece(
        figures=tuple(one for piece in each for one in piece.figures),
        tables=tuple(one for piece in each for one in piece.tables),
        charts=tuple(one for piece in each for one in piece.charts),
        cautions=tuple(one for piece in each for one in piece.cautions),
        notes=tuple(one for piece in each for one in piece.notes),
        data={key: value for piece in each for key, value in piece.data.items()},
        answer=Said(" ".join(one.en for one in answers), "".join(one.zh for one in answers)),
    )


def attempted(key: str, title: Said, work: Callable[[], Piece]) -> Piece:
    """Return a piece, or the warning that it could not be made because a value is missing."""
    try:
        return work()
    except MeasurementMissing as missing:
        en = f"{title.en}: not told, for {missing.where or missing.got} has no value. {missing.do}"
        zh = f"{title.zh}：无法给出，因为缺少 {missing.where or missing.got}。{missing.do}"
        return Piece(cautions=(Caution(f"unit.{key}.missing", Said(en, zh), missing.where),))
