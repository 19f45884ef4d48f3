"""Priors of Bass's p and q by analogy: a small table of published categories, to be edited.

A prior is where one begins who has measured nothing. It is shown in the register with its source
and date, and gives way to `market.innovation` and `market.imitation` of the venture file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from seedbed.errors import VentureWrong
from seedbed.recipe import nearest
from seedbed.venture.market.bass import monthly
from seedbed.venture.result import Said

FILE = "analogies.yaml"


@dataclass(frozen=True, slots=True)
class Prior:
    """A rate by month: its middle, and the points that hold nine in ten."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Analogy:
    """A category whose diffusion is over, by month.

    Attributes:
        name: As `market.analogy` names it.
        title: What it is.
        innovation: Bass's p a month.
        imitation: Bass's q a month.
        source: Where the figures stand.
        date: Of the source.
    """

    name: str
    title: Said
    innovation: Prior
    imitation: Prior
    source: str
    date: date


@cache
def table() -> dict[str, Analogy]:
    """Return every category by its name."""
    import yaml

    text = (files("seedbed.venture.market") / FILE).read_text(encoding="utf-8")
    return {name: _analogy(name, told) for name, told in yaml.safe_load(text).items()}


def analogy(name: str) -> Analogy:
    """Return a category.

    Raises:
        VentureWrong: there is none of that name; the nearest is named.
    """
    known = table()
    if name in known:
        return known[name]
    near = nearest(name, known)
    raise VentureWrong(
        expected=f"one of {', '.join(known)}",
        got=repr(name),
        do=f"Did you mean {near!r}?" if near else "Or give market.innovation and market.imitation.",
        where="market.analogy",
    )


def _analogy(name: str, told: dict[str, Any]) -> Analogy:
    rates = [_prior(told[key]) for key in ("innovation", "imitation")]
    return Analogy(name, Said(**told["title"]), *rates, told["source"], told["date"])


def _prior(yearly: dict[str, float]) -> Prior:
    return Prior(*(float(monthly(yearly[key])) for key in ("value", "low", "high")))
