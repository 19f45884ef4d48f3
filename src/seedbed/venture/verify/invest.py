"""Published Gittins indices and knowledge gradients, against those of `plan invest`."""

from __future__ import annotations

from functools import partial

from seedbed.venture.verify.base import Problem

_GITTINS = "Gittins, Multi-armed Bandit Allocation Indices, table of Bernoulli bandits, γ = 0.9"
_GRADIENT = "f(z) = zΦ(z) + φ(z): Frazier, Powell and Dayanik 2008, section 3"
_LOSS = "s·f(−|m|/s): Raiffa and Schlaifer, Applied Statistical Decision Theory, 1961, chapter 5"


def _gittins(a: float, b: float) -> float:
    from seedbed.venture.invest.gittins import index

    return index(a, b, 0.9)


def _f(z: float) -> float:
    from seedbed.venture.invest.gradient import f

    return float(f(z))


def _known() -> float:
    """Return the EVPI by regression of a normal worth with mean −0.5 and deviation 1, against 0."""
    import numpy as np
    from scipy.special import ndtri

    from seedbed.venture.invest.information import partial as evpi

    value = ndtri((np.arange(20_000) + 0.5) / 20_000)
    choices = np.array([[0.0], [1.0]])
    return evpi(value, (value - 0.5)[:, None], choices, np.random.default_rng(0)).value


PROBLEMS: tuple[Problem, ...] = (
    *(
        Problem(
            f"T16.{key}", f"Gittins index, Beta({a}, {b}), γ .9: {what}", _GITTINS, "S",
            published, 5e-5, partial(_gittins, a, b),
        )
        for key, what, a, b, published in (
            ("start", "at the start", 1, 1, 0.7029),
            ("1-1", "after 1–1", 2, 2, 0.6346),
            ("2-2", "after 2–2", 3, 3, 0.6010),
            ("9-1", "after 9–1", 10, 2, 0.8695),
        )
    ),
    Problem("T17.0", "knowledge gradient f(0)", _GRADIENT, "A", 0.398942, 5e-7, partial(_f, 0.0)),
    Problem("T17.-1", "knowledge gradient f(−1)", _GRADIENT, "A", 0.083315, 5e-7,
            partial(_f, -1.0)),
    Problem("EVPI.normal", "EVPI of a normal worth, mean −0.5, deviation 1, against nothing",
            _LOSS, "A", 0.1978, 5e-4, _known),
)  # fmt: skip
