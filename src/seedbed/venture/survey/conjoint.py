"""Choice-based conjoint: what each attribute is worth, in money, and who would take which product.

People choose one of several products, again and again; a product is a price and attributes. The
multinomial logit gives each attribute's weight. Willingness to pay for an attribute is its weight
over that of the price, turned round; its interval is by the delta method, with errors that allow
for the choices of one person hanging together.

Sources: K. Train, Discrete Choice Methods with Simulation (2009), chapters 2 and 3; the delta
method for a ratio as in W. H. Greene, Econometric Analysis. What the logit does not model: people
of different tastes (a latent class or mixed logit would), and that a new product takes buyers from
the most similar one first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import logit
from seedbed.venture.survey.design import (
    NONE,
    PRICE,
    Column,
    design,
    estimable,
    taking_nothing,
    value,
)
from seedbed.venture.survey.design import choices as read_choices
from seedbed.venture.survey.logit import Fit
from seedbed.venture.survey.table import Survey, interval

Z = 1.6448536269514722
"""So many standard errors to each side hold nine tenths."""
SURE = 3.0
"""Below so many standard errors from nought, a weight is no good to divide by."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a column of the design weighs, and what it is worth.

    Attributes:
        name: Of the column.
        weight: β.
        error: Its standard error.
        money: Willingness to pay for one more of it; None where the price's weight is none.
        low: 5 % point of that.
        high: 95 % point.
    """

    name: str
    weight: float
    error: float
    money: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Conjoint:
    """A fitted conjoint.

    Attributes:
        people: Who chose.
        questions: Choice sets.
        columns: Of the design.
        base: The level of each text attribute that others are measured against.
        middle: The mean of each attribute that is a number, over the products asked about.
        fit: The logit.
        worths: One a column.
    """

    people: int
    questions: int
    columns: tuple[Column, ...]
    base: Mapping[str, str]
    middle: Mapping[str, float]
    fit: Fit
    worths: tuple[Worth, ...]

    @property
    def price_weight(self) -> float:
        """β of the price: how much utility one more unit of money costs."""
        return float(self.fit.weights[self._at(PRICE)])

    @property
    def price_sure(self) -> bool:
        """Whether the price's weight is below nought by `SURE` standard errors or more."""
        at = self._at(PRICE)
        return bool(self.price_weight / np.sqrt(self.fit.clustered[at, at]) <= -SURE)

    def row(self, product: Mapping[str, Any]) -> np.ndarray:
        """Return a product as a row of the design (K,).

        Raises:
            SurveyWrong: an attribute is missing, or has a level that nobody was asked about.
        """
        levels = {(one.attribute, one.level) for one in self.columns if one.level}
        for name, base in self.base.items():
            said = product.get(name)
            if said != base and (name, said) not in levels:
                raise SurveyWrong(
                    expected=f"{name}: one of {', '.join(self._levels(name))}",
                    got=repr(said),
                    do="Describe products by what was asked about.",
                )
        return np.array([value(column, product) for column in self.columns])

    def bought(self, price: float) -> float:
        """Return the share that would take a product of base levels at a price, or else nothing.

        Numbers are taken at the middle of what was asked. It needs that `none` could be chosen.
        """
        product: dict[str, Any] = dict(self.base) | dict(self.middle) | {PRICE: price}
        nothing = np.array([float(one.name == NONE) for one in self.columns])
        x = np.array([self.row(product), nothing])
        return float(_softmax((x @ self.fit.weights)[None])[0, 0])

    def shares(
        self, products: Sequence[Mapping[str, Any]], *, draws: int = 2000, seed: int = 0
    ) -> list[tuple[float, float, float]]:
        """Return who would take which of these products: share, 5 and 95 % point of each.

        The intervals come of the weights' own uncertainty, drawn from a normal.
        """
        x = np.array([self.row(product) for product in products])
        chance = np.random.default_rng(seed)
        weights = chance.multivariate_normal(
            self.fit.weights, self.fit.clustered, draws, method="eigh"
        )
        drawn = _softmax(weights @ x.T)
        best = _softmax((x @ self.fit.weights)[None])[0]
        return [(float(best[i]), *interval(drawn[:, i])) for i in range(len(products))]

    def _levels(self, name: str) -> list[str]:
        others = [one.level for one in self.columns if one.attribute == name and one.level]
        return [self.base[name], *others]

    def _at(self, name: str) -> int:
        return [one.name for one in self.columns].index(name)


def analyse(survey: Survey) -> Conjoint:
    """Return the weights of the attributes, and what they are worth.

    Args:
        survey: Columns `respondent`, `question`, `chosen` (yes or no), `price`, and one for each
            attribute: all numbers, or texts that are levels. A row for each product of a
            question. A row whose `alternative` is `none` stands for taking nothing.

    Raises:
        SurveyWrong: a question without exactly one choice or with fewer than two products, a price
            that is no number, an attribute that never differs or that others make up, one person
            alone, or an attribute that parts what was chosen from what was not without exception.
    """
    columns, base, x = design(survey)
    choices = read_choices(survey, x)
    people = int(choices.people.max()) + 1
    if people < 2:
        raise SurveyWrong(
            expected="two people or more",
            got="one, who answered every question",
            do="Ask more people; 30 give a rough interval, 100 a useful one.",
            where=survey.path,
        )
    estimable(survey, columns, choices)
    found = logit.fit(choices)
    worths = _worths(columns, found)
    real = ~taking_nothing(survey)
    numbers = [i for i, one in enumerate(columns) if one.level is None and one.name != NONE]
    middle = {columns[i].attribute: float(x[real, i].mean()) for i in numbers}
    return Conjoint(people, len(choices.starts), columns, base, middle, found, worths)


def _worths(columns: Sequence[Column], found: Fit) -> tuple[Worth, ...]:
    at = [one.name for one in columns].index(PRICE)
    price = found.weights[at]
    told = []
    for i, column in enumerate(columns):
        weight, error = float(found.weights[i]), float(np.sqrt(found.clustered[i, i]))
        if i == at or price >= 0:
            told.append(Worth(column.name, weight, error, None, None, None))
            continue
        money = -weight / price
        slope = np.zeros(len(columns))
        slope[i], slope[at] = -1 / price, weight / price**2
        half = Z * float(np.sqrt(slope @ found.clustered @ slope))
        told.append(Worth(column.name, weight, error, money, money - half, money + half))
    return tuple(told)


def _softmax(utility: np.ndarray) -> np.ndarray:
    power = np.exp(utility - utility.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True))
