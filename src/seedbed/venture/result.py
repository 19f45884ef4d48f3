"""What every verb of the plan returns: an answer, its figures, tables, charts and cautions.

The command line prints a `Section`, the document renders it, `--json` dumps it. A text is a `Said`,
in both languages; a number that is shown is a `Figure`, with its interval and its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

LOW, HIGH = 0.05, 0.95
"""The points of every interval that is shown: nine times in ten the value lies between."""


@dataclass(frozen=True, slots=True)
class Said:
    """One text in both languages."""

    en: str
    zh: str

    def __call__(self, language: str) -> str:
        """Return the text in `en` or `zh`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with where it came from.

    Attributes:
        key: Name for programs, such as `unit.cost_per_answer`.
        title: What it is.
        value: The number; None where it cannot be told.
        unit: Such as `USD`, `months`, `%`, `answers/s`.
        low: 5 % point over the draws, where there are draws.
        high: 95 % point.
        formula: How it comes about, in the register's words.
        inputs: Paths in the register that it rests on.
    """

    key: str
    title: Said
    value: float | Decimal | int | str | None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    formula: str = ""
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; a cell is a text, a number, a `Said`, a `Figure` or None."""

    key: str
    title: Said
    columns: tuple[Said, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: `spec(language)` gives a Vega-Lite specification with its data inside."""

    key: str
    title: Said
    spec: Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning that stays in every rendering; `path` names the assumption it is about."""

    key: str
    said: Said
    path: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What a verb found.

    Attributes:
        key: Name for programs, such as `unit`.
        title: What was asked.
        answer: The answer, in one or two sentences.
        figures: The numbers behind it.
        tables: Rows behind it.
        charts: Pictures of it.
        cautions: What to beware of.
        notes: What is wrong with a formula, and what was not modelled.
        data: The whole result, for programs.
    """

    key: str
    title: Said
    answer: Said
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    cautions: tuple[Caution, ...] = ()
    notes: tuple[Said, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self, language: str) -> dict[str, Any]:
        """Return all of it but the charts' specifications, as JSON has it."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "charts"}
        told["charts"] = [{"key": one.key, "title": one.title(language)} for one in self.charts]
        plain: dict[str, Any] = as_json(told, language)
        return plain


def as_json(value: Any, language: str) -> Any:
    """Return a value as JSON can hold it; money (`Decimal`) becomes text, and NaN null."""
    if isinstance(value, Said):
        return value(language)
    if isinstance(value, (Decimal, date)):
        return str(value)
    if isinstance(value, np.ndarray):
        return as_json(value.tolist(), language)
    if isinstance(value, np.generic):
        return as_json(value.item(), language)
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): as_json(one, language) for key, one in value.items()}
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, str):
        return [as_json(one, language) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.name: getattr(value, one.name) for one in fields(value)}
        return as_json(named, language)
    return value


def figure_of(
    key: str,
    title: Said,
    draws: np.ndarray,
    *,
    unit: str = "",
    formula: str = "",
    inputs: Sequence[str] = (),
) -> Figure:
    """Return a figure from its draws: the median, and the points that hold nine tenths of them."""
    low, middle, high = (float(one) for one in np.quantile(draws, (LOW, 0.5, HIGH)))
    spread = low < high
    return Figure(
        key=key,
        title=title,
        value=middle,
        unit=unit,
        low=low if spread else None,
        high=high if spread else None,
        formula=formula,
        inputs=tuple(inputs),
    )
