from __future__ import annotations

import pytest

from seedbed.serve import windows
from seedbed.serve.aliases import MILLION, Setting, chosen, drawn
from seedbed.serve.windows import Measured, Rule, Window

GOOD = Measured(calls=1000, errors=2, p95_us=20_000)


def test_a_window_tells_of_the_last_minutes() -> None:
    window = Window()
    for i in range(100):
        window.call(0.0, 1000 * (i + 1))
    window.call(1.0, None)
    window.compared(1.0, rows=10, agreed=7)
    window.judged(1.0, right=True)
    window.judged(2.0, right=False)
    assert window.measured(2.0) == Measured(101, 1, 95_000, 10, 7, 2, 1)
    assert window.measured(windows.SECONDS + 0.5) == Measured(1, 1, None, 10, 7, 2, 1)
    assert window.measured(windows.SECONDS + 3) == Measured()
    assert (Measured().error_rate, Measured().agreement) == (0.0, 1.0)
    for _ in range(windows.MOST_CALLS + 5):
        window.call(400.0, 1)
    assert window.measured(400.0).calls == windows.MOST_CALLS


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (Measured(), None),
        (Measured(calls=19, errors=19), None),
        (Measured(calls=20, errors=2, p95_us=1000), "2 of 20 calls failed, 2 of 1000 before"),
        (Measured(calls=100, errors=5, p95_us=1000), None),
        (Measured(calls=20, p95_us=30_000), None),
        (Measured(calls=20, p95_us=30_100), "95th percentile 30.1 ms against 20.0 ms"),
        (Measured(calls=19, p95_us=900_000), None),
        (Measured(calls=20, p95_us=900, compared=99, agreed=0), None),
        (Measured(compared=100, agreed=79), "79 of 100 rows answered as the other release does"),
        (Measured(compared=100, agreed=80), None),
    ],
)
def test_the_rule(new: Measured, reason: str | None) -> None:
    assert Rule().broken(new, GOOD) == reason


def test_a_release_is_not_slow_beside_one_that_nobody_called() -> None:
    assert Rule().broken(Measured(calls=50, p95_us=10**6), Measured()) is None
    quick = Measured(calls=50, p95_us=1000)
    assert Rule().broken(Measured(calls=50, p95_us=9000), quick) is None  # milliseconds are noise


def test_a_share_takes_the_same_callers_and_keeps_them_as_it_grows() -> None:
    callers = [f"cus_{i}" for i in range(4000)]
    tenth = {c for c in callers if drawn("demo", c) < MILLION // 10}
    half = {c for c in callers if drawn("demo", c) < MILLION // 2}
    assert 320 < len(tenth) < 480
    assert 1900 < len(half) < 2100
    assert tenth < half
    assert tenth == {c for c in callers if drawn("demo", c) < MILLION // 10}
    other = {c for c in callers if drawn("other", c) < MILLION // 10}
    assert 0 <= drawn("demo", "\ud800") < MILLION  # a caller may be called anything
    assert len(tenth & other) < 80  # those who try one release are not those who try all


def test_the_version_goes_before_the_pin_and_the_pin_before_the_share() -> None:
    settings = {
        "champion": Setting(1),
        "canary": Setting(2, share=MILLION),
        "staging": Setting(3),
        "shadow": Setting(4, shadow=True),
    }

    def choose(**asked: object) -> tuple[int, str] | None:
        return chosen("demo", settings, caller="cus_1", **asked)

    assert choose() == (2, "canary")
    assert choose(pin=7) == (7, "pin")
    assert choose(pin=7, version="staging") == (3, "staging")
    assert choose(pin=7, version="12") == (12, "12")
    assert choose(version="champion") == (1, "champion")
    assert choose(version="nightly") is None
    assert chosen("demo", {"champion": Setting(1)}, caller="a") == (1, "champion")
    assert chosen("demo", {}, caller="a") is None
