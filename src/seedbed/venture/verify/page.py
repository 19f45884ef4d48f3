"""The table of published and own answers, for people: cells, and a page of the documentation."""

from __future__ import annotations

import math
from collections.abc import Iterable

from seedbed.venture.verify.base import Problem
from seedbed.venture.verify.solve import Solved

KINDS = {
    "S": "it stands in the source",
    "R": "it was computed again from the published inputs",
    "A": "it follows by algebra",
    "M": "it was quoted from memory of the literature, then computed again",
}

MOST = 6
"""Most decimals of an answer that are shown, however small its tolerance is."""

INTRODUCTION = """\
Each row is a number that somebody published, or that follows by algebra, and what Seedbed's own
model answers. `seedbed verify` computes them all again on your machine and ends with exit code 1
where one is further off than its tolerance: half of the last digit that the source gives.
`seedbed verify --only T21` computes one row.

What comes out is rounded here to one digit more than its source gives, so that this page is the
same on every machine."""


def number(value: float, problem: Problem) -> str:
    """Write an answer with one digit more than its tolerance speaks of."""
    if math.isnan(value):
        return "none"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _signed(value, decimals(problem) + 1)


def published(problem: Problem) -> str:
    """Write the published answer with the digits that its source gives."""
    if math.isinf(problem.published):
        return number(problem.published, problem)
    return _signed(problem.published, decimals(problem))


def difference(one: Solved) -> str:
    """Write the difference with as many digits as ours has."""
    return number(one.difference, one.problem)


def decimals(problem: Problem) -> int:
    """Return how many decimals the published answer has, by its tolerance.

    A tolerance of half of the last digit, 0.0005, speaks of three decimals.
    """
    if problem.digits <= 0:
        return MOST
    return min(MOST, max(0, math.ceil(-math.log10(2 * problem.digits) - 1e-9)))


def markdown(answers: Iterable[Solved]) -> str:
    """Return the page of the documentation, without its heading."""
    lines = [INTRODUCTION, "", "| id | what is asked | published | ours | difference | tolerance |"]
    lines[-1] += " | source |"
    lines.append("|---|---|--:|--:|--:|--:|:-:|---|")
    lines += [_line(one) for one in answers]
    kinds = "; ".join(f"**{letter}** {meaning}" for letter, meaning in KINDS.items())
    lines += ["", f"The letter says how the published answer is known: {kinds}."]
    return "\n".join(lines) + "\n"


def _line(one: Solved) -> str:
    asked = one.problem
    cells = (
        asked.id,
        asked.title,
        published(asked),
        number(one.ours, asked),
        difference(one) + ("" if one.holds else " **above its tolerance**"),
        f"{asked.digits:g}",
        asked.kind,
        asked.source,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _signed(value: float, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) != 0 else text
