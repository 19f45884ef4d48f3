"""banking77 with five rows a label, the whole ladder beside a plain twin."""

from __future__ import annotations

from bench.base import Figure
from bench.few_rows import figure

MANY, REACH = 5, 0.82


def run() -> list[Figure]:
    return [figure(MANY, REACH)]
