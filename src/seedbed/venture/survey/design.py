"""A conjoint survey as a design: products as rows of numbers, and which was chosen of which.

Numbers stay as they are; a text becomes one column for each level but the first in the alphabet.
What a logit could not be fitted to is refused here, and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import logit
from seedbed.venture.survey.logit import Choices
from seedbed.venture.survey.table import Survey, distinct

OWN = ("respondent", "question", "alternative", "chosen")
PRICE, NONE = "price", "none"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the design: a number as it is, or whether a text is this level.

    Attributes:
        attribute: Name of the survey's column.
        level: The text; None where the attribute is a number.
    """

    attribute: str
    level: str | None = None

    @property
    def name(self) -> str:
        """What people call it: `support = phone`, or `price`."""
        return self.attribute if self.level is None else f"{self.attribute} = {self.level}"


def design(survey: Survey) -> tuple[tuple[Column, ...], dict[str, str], np.ndarray]:
    """Return the columns, the base level of each text attribute, and the rows (R, K)."""
    none = taking_nothing(survey)
    columns, base, values = [Column(PRICE)], {}, [np.where(none, 0.0, _prices(survey, none))]
    for name in (one for one in survey.columns if one not in (*OWN, PRICE)):
        cells = np.array(survey.cells(name))
        numbers = _numbers(cells, none)
        if numbers is not None:
            columns.append(Column(name))
            values.append(numbers)
            continue
        levels = distinct(cells[~none])
        if "" in levels:
            raise _blank(survey, name, cells, none)
        base[name] = levels[0]
        for level in levels[1:]:
            columns.append(Column(name, level))
            values.append(((cells == level) & ~none).astype(float))
    if none.any():
        columns.append(Column(NONE))
        values.append(none.astype(float))
    return tuple(columns), base, np.column_stack(values)


def taking_nothing(survey: Survey) -> np.ndarray:
    """Return which rows stand for taking nothing (R,)."""
    if "alternative" not in survey.columns:
        return np.zeros(len(survey.rows), bool)
    return np.array([one.casefold() == NONE for one in survey.cells("alternative")])


def _prices(survey: Survey, none: np.ndarray) -> np.ndarray:
    kept = np.flatnonzero(~none)
    rows = tuple(survey.rows[i] for i in kept)
    told = Survey(survey.path, survey.columns, rows, tuple(survey.lines[i] for i in kept))
    found = np.zeros(len(none))
    found[kept] = told.prices(PRICE)
    return found


def _numbers(cells: np.ndarray, none: np.ndarray) -> np.ndarray | None:
    """Return a column's numbers, nought for taking nothing; None where it holds texts."""
    found = np.zeros(len(cells))
    try:
        found[~none] = cells[~none].astype(float)
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def _blank(survey: Survey, name: str, cells: np.ndarray, none: np.ndarray) -> SurveyWrong:
    empty = np.flatnonzero((cells == "") & ~none)
    return SurveyWrong(
        expected=f"a level of {name!r} for every product",
        got=f"nothing, in {len(empty):,} rows; the first on line {survey.lines[int(empty[0])]}",
        do="Fill them in; a row for taking nothing has `none` in the column `alternative`.",
        where=survey.path,
    )


def choices(survey: Survey, x: np.ndarray) -> Choices:
    """Return the choices, rows sorted by person and question."""
    people, person = np.unique(survey.people(), return_inverse=True)
    asked, question = np.unique(np.array(survey.cells("question")), return_inverse=True)
    taken = survey.answers("chosen")
    order = np.lexsort((*x.T, taken, question, person))
    key = person[order] * len(asked) + question[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    counts = np.add.reduceat(taken[order].astype(int), starts)
    sizes = np.diff([*starts, len(key)])
    wrong = np.flatnonzero((counts != 1) | (sizes < 2))
    if wrong.size:
        first = order[starts[wrong[0]]]
        told = f"{counts[wrong[0]]} of {sizes[wrong[0]]} chosen"
        raise SurveyWrong(
            expected="exactly one chosen product of two or more in each question",
            got=f"{told}, in question {str(asked[question[first]])!r} of"
            f" {str(people[person[first]])!r}"
            + (f", and {wrong.size - 1:,} more such questions" if wrong.size > 1 else ""),
            do="Correct the rows, or take those questions out.",
            where=survey.path,
        )
    return Choices(x[order], taken[order], starts, person[order][starts])


def estimable(survey: Survey, columns: Sequence[Column], made: Choices) -> None:
    """Refuse choices that a logit cannot be fitted to.

    Raises:
        SurveyWrong: attributes that never differ or make each other up, or that part what was
            chosen from what was not without exception; they are named.
    """
    same = [columns[i].name for i in logit.collinear(made)]
    if same:
        raise SurveyWrong(
            expected="attributes that differ within questions, each in its own way",
            got=f"{', '.join(same)}: always the same, or made up of the others",
            do="Take those columns out, or ask questions that tell them apart.",
            where=survey.path,
        )
    parting = [columns[i].name for i in logit.separating(made)]
    if parting:
        raise SurveyWrong(
            expected="choices that no attribute explains without exception",
            got=f"every choice follows from {', '.join(parting)}: the weights would be infinite",
            do="Ask more people, or questions in which that attribute has a price.",
            where=survey.path,
        )


def value(column: Column, product: Mapping[str, Any]) -> float:
    """Return a product's number in a column of the design."""
    if column.name == NONE:
        return float(bool(product.get(NONE, False)))
    said = product.get(column.attribute, 0)
    return float(said == column.level) if column.level is not None else float(said)
