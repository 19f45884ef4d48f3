"""Published Sobol indices, against the design and the estimators of `plan risk`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.verify.base import Problem

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]

ROWS = 1 << 18
"""Base rows: enough for four digits."""
SEED = 1


def _sobol_g(points: Floats, *, a: tuple[float, ...]) -> Floats:
    """Return Πᵢ (|4xᵢ − 2| + aᵢ) / (1 + aᵢ)."""
    scale = np.array(a)
    return np.asarray(np.prod((np.abs(4 * points - 2) + scale) / (1 + scale), axis=1))


def _ishigami(points: Floats) -> Floats:
    """Return sin x₁ + 7 sin² x₂ + 0.1 x₃⁴ sin x₁ with x from −π to π."""
    x = np.pi * (2 * points.T - 1)
    return np.asarray(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


def _product(points: Floats) -> Floats:
    """Return the product of uniform factors with mean 1; only their variations matter."""
    return np.asarray(np.prod(1 + np.sqrt(3) * np.array(_CV) * (2 * points - 1), axis=1))


_A = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
_CV = (0.1, 0.2, 0.3, 0.2, 0.4)
_MODELS: dict[str, tuple[int, Model]] = {
    "T9": (8, partial(_sobol_g, a=_A)),
    "T9.four": (4, partial(_sobol_g, a=_A[:4])),
    "T10": (3, _ishigami),
    "T9b": (5, _product),
}


@cache
def _indices(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return S1 and ST of a model."""
    from seedbed.venture.risk import sobol

    inputs, model = _MODELS[name]
    table = model(sobol.design(inputs, ROWS, SEED)).reshape(-1, inputs + 2)
    first, whole = sobol.estimates((table - table.mean()) / table.std())
    return tuple(first), tuple(whole)


def _ours(name: str, order: int, place: int) -> float:
    return _indices(name)[order][place]


def _column(
    key: str, name: str, order: int, published: tuple[float, ...], title: str, source: str
) -> list[Problem]:
    letter = ("S1", "ST")[order]
    kind = "S" if "R package" in source or "SALib" in source else "A"
    return [
        Problem(
            id=f"{key}.{letter}.{i + 1}",
            title=f"{title}: {letter} of input {i + 1}",
            source=source,
            kind=kind,  # type: ignore[arg-type]
            published=value,
            digits=5e-5,
            ours=partial(_ours, name, order, i),
        )
        for i, value in enumerate(published)
    ]


_G = "Sobol G, a = (0, 1, 4.5, 9, 99, 99, 99, 99)"
_G_FOUR = "Sobol G, a = (0, 1, 4.5, 9), as the S1 column is printed beside the ST of eight inputs"
_G_SOURCE = "Saltelli and Sobol' 1995; the R package `sensitivity`, `sobol.fun`"
_G_EXACT = "V_i / V, V_i = 1 / (3 (1 + a_i)²), V = Π (1 + V_i) − 1, all eight inputs"
_I = "Ishigami, A = 7, B = 0.1"
_I_SOURCE = "Ishigami and Homma 1990; SALib, `test_functions.Ishigami`"
_P = "product of independent factors, cv .1 .2 .3 .2 .4"
_P_SOURCE = "S1 = cv_i² / (Π (1 + cv²) − 1)"

PROBLEMS: tuple[Problem, ...] = (
    *_column("T9", "T9.four", 0, (0.7165, 0.1791, 0.0237, 0.0072), _G_FOUR, _G_SOURCE),
    *_column("T9.exact", "T9", 0, (0.71619, 0.17905, 0.02368, 0.00716), _G, _G_EXACT),
    *_column("T9", "T9", 1, (0.7871, 0.2422, 0.0343, 0.0105), _G, _G_SOURCE),
    *_column("T10", "T10", 0, (0.3139, 0.4424, 0.0), _I, _I_SOURCE),
    *_column("T10", "T10", 1, (0.5576, 0.4424, 0.2437), _I, _I_SOURCE),
    *_column("T9b", "T9b", 0, (0.0262, 0.1049, 0.2361, 0.1049, 0.4197), _P, _P_SOURCE),
    *_column("T9b", "T9b", 1, (0.0359, 0.1393, 0.2991, 0.1393, 0.4997), _P, _P_SOURCE),
)
