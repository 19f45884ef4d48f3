"""How fast the cap is reached, in every draw: who has bought by month, the peak, the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.market import bass
from seedbed.venture.plan import Plan


@dataclass(frozen=True, slots=True)
class Adoption:
    """Bass's diffusion over the plan's months.

    Attributes:
        cap: k·S (N,).
        months: 0 to the horizon (T + 1,).
        bought: Who has bought by each month's end, closed form (N, T + 1).
        steps: The same by whole months, one by one (N, T + 1).
        peak: When most buy in a month, in months from now (N,); infinite where nobody ever begins.
        highest: How many buy in a month at the peak (N,).
        beyond: Share of the draws whose peak lies after the horizon.
        full: Share of the draws in which today's customers are the whole market already.
        never: Share of the draws in which nobody ever buys.
    """

    cap: Array
    months: Array
    bought: Array
    steps: Array
    peak: Array
    highest: Array
    beyond: float
    full: float
    never: float


def adoption(plan: Plan) -> Adoption:
    """Return who will have bought by when.

    Raises:
        MeasurementMissing: share, population, innovation or imitation has no value.
    """
    draws = plan.draws
    cap = draws["market.share"] * draws["market.population"]
    p, q = draws["market.innovation"], draws["market.imitation"]
    now = np.broadcast_to(np.asarray(draws.get_or("customers.now", 0.0), float), cap.shape)
    full = now >= cap
    start = np.where(full, 1.0, now / np.where(full, 1.0, cap))
    months = np.arange(plan.venture.months + 1, dtype=float)
    share = bass.share(months, p[:, None], q[:, None], start[:, None])
    held = np.maximum(cap, now)
    steps = bass.discrete(plan.venture.months, p, q, held, now)
    peak = bass.peak(p, q, start)
    return Adoption(
        cap=cap,
        months=months,
        bought=held[:, None] * share,
        steps=np.column_stack([now, steps]),
        peak=peak,
        highest=held * bass.highest(p, q, start),
        beyond=float(np.mean((peak > months[-1]) & np.isfinite(peak))),
        full=float(np.mean(full)),
        never=float(np.mean(np.isinf(peak))),
    )
