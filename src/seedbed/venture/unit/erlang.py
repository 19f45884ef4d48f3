"""How many machines a promise needs: Erlang's formulas (A. K. Erlang, 1917).

    load a   = arrivals / rate: how many machines the work would keep busy for ever
    B(c, a)  = the share of calls that find c machines busy where nobody may wait
    C(c, a)  = the share of calls that must wait where everybody does
    P(wait > t) = C(c, a) · exp(-(c - a) · rate · t)

B by the recursion B(n) = a·B(n-1) / (n + a·B(n-1)), which neither overflows nor cancels; C follows
from B: C = B / (1 - a/c·(1 - B)) (Cooper, *Introduction to Queueing Theory*, 1981, ch. 3).

What they assume: calls come at random and independently (Poisson), the time that one takes is
exponential, machines are alike and answer one call at a time from one queue, nobody gives up, and
the rate of arrivals stands still for long enough. Steady service times wait about half as long
(Allen and Cunneen's factor), bursts wait longer.
"""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seedbed.errors import VentureWrong
from seedbed.venture.unit.numbers import Doubles, at_least_zero, positive, share

MOST = 20_000
"""Machines beyond which no number is looked for."""


def blocked(servers: int, load: ArrayLike) -> Doubles:
    """Return B, the share of calls that find all of `servers` busy and are turned away."""
    offered = positive(load, "load")
    turned = np.ones_like(offered)
    for n in range(1, _servers(servers) + 1):
        turned = offered * turned / (n + offered * turned)
    return turned


def waiting(servers: int, load: ArrayLike) -> Doubles:
    """Return C, the share of calls that must wait; 1 where the load is more than is served."""
    return _waiting(blocked(servers, load), servers, positive(load, "load"))


def late(servers: int, arrivals: ArrayLike, rate: ArrayLike, seconds: ArrayLike) -> Doubles:
    """Return the share of calls that wait longer than so many seconds.

    Args:
        servers: Machines.
        arrivals: Calls a second.
        rate: Calls a second that one machine answers.
        seconds: The wait that is promised.
    """
    speed = positive(rate, "unit.answers_per_second")
    load = positive(arrivals, "unit.peak.answers_per_second") / speed
    return _late(blocked(servers, load), servers, load, speed, _seconds(seconds))


def mean_wait(servers: int, arrivals: ArrayLike, rate: ArrayLike) -> Doubles:
    """Return the mean wait of all calls in seconds; infinite where the load is too high."""
    speed = positive(rate, "unit.answers_per_second")
    load = positive(arrivals, "unit.peak.answers_per_second") / speed
    spare = np.maximum(servers - load, 0.0) * speed
    wait = np.full_like(load, np.inf)
    return np.divide(waiting(servers, load), spare, out=wait, where=spare > 0)


def servers_for(
    arrivals: ArrayLike, rate: ArrayLike, *, seconds: float, promised: float
) -> NDArray[np.int64]:
    """Return the fewest machines of which a share of calls waits at most so many seconds.

    Args:
        arrivals: Calls a second.
        rate: Calls a second that one machine answers; broadcast against `arrivals`.
        seconds: The wait that is promised.
        promised: The share of calls that it is promised to, below 1.

    Raises:
        VentureWrong: a promise to every call, or a load of more than `MOST` machines.
    """
    speed = positive(rate, "unit.answers_per_second")
    offered, speed = np.broadcast_arrays(
        positive(arrivals, "unit.peak.answers_per_second") / speed, speed
    )
    _check_load(offered)
    found = np.zeros(offered.size, dtype=np.int64)
    left, load, pace = np.arange(offered.size), offered.ravel(), speed.ravel()
    turned, most = np.ones_like(load), _miss(promised)
    for n in count(1):
        turned = load * turned / (n + load * turned)
        kept = _late(turned, n, load, pace, _seconds(seconds)) > most
        if kept.all():
            continue
        found[left[~kept]] = n
        left, load, pace, turned = left[kept], load[kept], pace[kept], turned[kept]
        if not left.size:
            break
    return found.reshape(offered.shape)


def arrivals_for(servers: int, rate: ArrayLike, *, seconds: float, promised: float) -> Doubles:
    """Return the most calls a second that so many machines take and keep the promise.

    By bisection: the share of calls that wait too long only grows with the arrivals.
    """
    speed = positive(rate, "unit.answers_per_second")
    most = _miss(promised)
    low, high = np.zeros_like(speed), _servers(servers) * speed
    for _ in range(60):
        middle = (low + high) / 2
        kept = late(servers, middle, speed, seconds) <= most
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return low


def _waiting(turned: Doubles, servers: int, load: Doubles) -> Doubles:
    busy = np.minimum(load / servers, 1.0)
    return np.where(busy < 1, turned / (1.0 - busy * (1.0 - turned)), 1.0)


def _late(turned: Doubles, servers: int, load: Doubles, rate: Doubles, seconds: Doubles) -> Doubles:
    spare = np.maximum(servers - load, 0.0) * rate
    shared: Doubles = _waiting(turned, servers, load) * np.exp(-spare * seconds)
    return np.where(load < servers, shared, 1.0)


def _seconds(seconds: ArrayLike) -> Doubles:
    return at_least_zero(seconds, "unit.peak.wait_seconds")


def _miss(promised: float) -> float:
    kept = float(share(promised, "unit.peak.share"))
    if kept >= 1:
        raise VentureWrong(
            expected="a share below 1: no number of machines keeps a promise to every call",
            got=f"{kept:g}",
            do="Promise it to 0.95 or 0.99 of the calls.",
            where="unit.peak.share",
        )
    return 1.0 - kept


def _servers(servers: int) -> int:
    if servers < 1:
        raise VentureWrong(
            expected="one machine or more", got=f"{servers}", do="Correct it.", where="machines"
        )
    return servers


def _check_load(load: Doubles) -> None:
    if load.size and load.max() > MOST:
        raise VentureWrong(
            expected=f"a load of at most {MOST:,} machines",
            got=f"{load.max():,.0f}",
            do="Check the calls a second at the peak, and the speed of one machine.",
            where="unit.peak.answers_per_second",
        )
