"""The rule on latency, tried on a machine that is noisy in the way that machines are.

Both releases suffer from what the machine suffers from: load that rises and falls, and stalls of a
tenth of a second to two seconds. Calls that end together were computed together. What differs is
how long a release computes.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from seedbed.serve.traffic import JUDGE_EVERY
from seedbed.serve.windows import Rule, Window

WINDOWS = 3000
"""So many without a false alarm bound its rate by 1 in 1,000, with 95 % confidence."""


def calls(
    draw: random.Random, *, seconds: float, rate: float, share: float, slower: float = 1.0
) -> Iterator[tuple[float, bool, int]]:
    """Yield when a call ended, whether the canary answered it, and how long it took (µs)."""
    now, load, stalled, stall = 0.0, 0.0, 0.0, 0.0
    while now < seconds:
        now += draw.expovariate(rate / 2)
        load = 0.9 * load + draw.gauss(0.0, 0.15)
        if draw.random() < 0.01:
            stalled, stall = now + draw.uniform(0.1, 2.0), draw.uniform(0.05, 0.4)
        waits = stall if now < stalled else 0.0
        canary = draw.random() < share
        batch = 0.012 * math.exp(load + draw.gauss(0.0, 0.4)) * (slower if canary else 1.0)
        for _ in range(draw.choice((1, 1, 2, 4))):
            yield now, canary, int(1e6 * (batch + waits * draw.uniform(0.5, 1.0)))


def falls(draw: random.Random, **told: float) -> float | None:
    """Return when the canary is rolled back, if it is."""
    rule, new, other = Rule(), Window(), Window()
    for count, (now, canary, latency_us) in enumerate(calls(draw, **told)):
        (new if canary else other).call(now, latency_us)
        if count % JUDGE_EVERY == 0:
            said = rule.broken(new.measured(now), other.measured(now), new.beside(other, now))
            if said is not None:
                return now
    return None


def test_two_percentiles_alone_would_be_a_lottery() -> None:
    draw = random.Random("o0.5")
    alarms = sum(_by_percentiles(draw, seconds=60, rate=6, share=0.5) for _ in range(200))
    assert alarms == 85  # docs/explanation/roll-backs.md tells of it


def _by_percentiles(draw: random.Random, **told: float) -> bool:
    """Tell whether a canary falls by one percentile against another after 20 calls."""
    new, other = Window(), Window()
    for count, (now, canary, latency_us) in enumerate(calls(draw, **told)):
        (new if canary else other).call(now, latency_us)
        if count % JUDGE_EVERY == 0:
            ours, theirs = new.measured(now), other.measured(now)
            most = theirs.p95_us or 0
            slow = (ours.p95_us or 0) > max(1.5 * most, most + 10_000)
            if slow and min(ours.calls, theirs.calls) >= 20:
                return True
    return False


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_canary_that_is_as_fast_is_left_alone(share: float) -> None:
    draw = random.Random(f"equal {share}")
    alarms = Counter(
        falls(draw, seconds=60, rate=6, share=share) is not None for _ in range(WINDOWS // 3)
    )
    assert alarms == {False: WINDOWS // 3}


@pytest.mark.parametrize(("share", "slower"), [(0.5, 4), (0.1, 6), (0.9, 4)])
def test_a_canary_that_is_slower_is_rolled_back(share: float, slower: float) -> None:
    draw = random.Random(f"slower {share}")
    found = [falls(draw, seconds=300, rate=20, share=share, slower=slower) for _ in range(20)]
    assert None not in found
    assert sorted(at for at in found if at is not None)[10] < 120
