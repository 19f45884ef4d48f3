from __future__ import annotations

import pytest

from seedbed.serve import windows
from seedbed.serve.aliases import MILLION, Setting, chosen, drawn
from seedbed.serve.windows import Measured, Rule, Window

GOOD = Measured(calls=1000, errors=2, p95_us=20_000, median_us=10_000)


def test_a_window_tells_of_the_last_minutes() -> None:
    window = Window()
    for i in range(100):
        window.call(0.0, 1000 * (i + 1))
    window.call(1.0, None)
    window.compared(1.0, rows=10, agreed=7)
    window.judged(1.0, ("call_1", 0), right=True)
    window.judged(2.0, ("call_1", 1), right=False)
    assert window.measured(2.0) == Measured(101, 1, 95_000, 10, 7, 2, 1, 50_000)
    assert window.measured(windows.SECONDS + 0.5) == Measured(1, 1, None, 10, 7, 2, 1)
    assert window.measured(windows.SECONDS + 3) == Measured()
    assert (Measured().error_rate, Measured().agreement) == (0.0, 1.0)
    for _ in range(windows.MOST_CALLS + 5):
        window.call(400.0, 1)
    assert window.measured(400.0).calls == windows.MOST_CALLS


def test_of_a_row_the_last_word_counts_once() -> None:
    window, row = Window(), ("call_1", 0)
    window.judged(1.0, row, right=True)
    window.judged(2.0, row, right=False)
    window.judged(2.0, ("call_1", 1), right=True)
    assert (window.measured(2.0).judged, window.measured(2.0).right) == (2, 1)
    window.judged(3.0, row, right=True)
    assert (window.measured(3.0).judged, window.measured(3.0).right) == (2, 2)
    assert window.measured(windows.SECONDS + 2.5).judged == 1  # what was said last is the younger
    window.judged(4.0, row, right=None)
    assert window.measured(4.0).judged == 0
    for i in range(windows.MOST_ROWS + 5):
        window.judged(5.0, ("call_2", i), right=True)
    assert window.measured(5.0).judged == windows.MOST_ROWS


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (Measured(), None),
        (Measured(calls=19, errors=19), None),
        (Measured(calls=20, errors=2, p95_us=1000), "2 of 20 calls failed, 2 of 1000 before"),
        (Measured(calls=100, errors=5, p95_us=1000), None),
        (Measured(calls=20, p95_us=900_000), None),
        (Measured(calls=20, p95_us=900, compared=99, agreed=0), None),
        (Measured(compared=100, agreed=79), "79 of 100 rows answered as the other release does"),
        (Measured(compared=100, agreed=80), None),
    ],
)
def test_the_rule(new: Measured, reason: str | None) -> None:
    assert Rule().broken(new, GOOD) == reason


@pytest.mark.parametrize(
    ("p95_us", "slower", "faster", "falls"),
    [
        (45_100, 17, 0, True),
        (45_000, 17, 0, False),  # 25 ms more are never too slow
        (45_100, 16, 0, False),  # that many heads in a row are not rare enough
        (90_000, 40, 6, True),
        (90_000, 40, 12, False),
        (90_000, 0, 0, False),
    ],
)
def test_slow_is_what_is_slower_by_enough_and_not_by_chance(
    p95_us: int, slower: int, faster: int, falls: bool
) -> None:
    moments = [(50_000, 20_000)] * slower + [(1000, 50_000)] * faster + [(21_000, 20_000)] * 100
    said = Rule().broken(Measured(calls=100, p95_us=p95_us), GOOD, moments)
    wanted = f"95th percentile {p95_us / 1000} ms against 20.0 ms"
    assert (said or "").startswith(wanted) is falls
    assert (said is None) is not falls


def test_a_release_that_is_slow_most_of_the_time_is_slow() -> None:
    slow, moments = Measured(calls=100, p95_us=20_000, median_us=36_000), [(40_000, 8_000)] * 30
    assert "median 36.0 ms against 10.0 ms" in (Rule().broken(slow, GOOD, moments) or "")


def test_a_slow_release_is_one_that_is_half_as_slow_again() -> None:
    slow = Measured(calls=1000, p95_us=200_000)
    moments = [(149_000, 100_000)] * 500
    assert Rule().broken(slow, Measured(calls=1000, p95_us=100_000), moments) is None
    moments = [(151_000, 100_000)] * 500
    assert Rule().broken(slow, Measured(calls=1000, p95_us=100_000), moments) is not None


def test_a_release_is_not_slow_beside_one_that_nobody_called() -> None:
    assert Rule().broken(Measured(calls=50, p95_us=10**6), Measured(), [(10**6, 1)] * 99) is None
    assert list(Window().beside(Window(), 10.0)) == []


def test_moments_are_those_in_which_both_answered() -> None:
    new, other = Window(), Window()
    for i in range(700):
        now = i * windows.MOMENT_SECONDS
        new.call(now, 1000 + i)
        other.call(now, None)
        if i % 2:
            other.call(now, 2000 + i)
            other.call(now, 9000 + i)
    now = 699 * windows.MOMENT_SECONDS
    found = list(new.beside(other, now))
    assert len(found) == 299  # those of five minutes
    assert {ours - 1000 for ours, _ in found} == set(range(101, 699, 2))
    assert 100 < sum(theirs > 9000 for _, theirs in found) < 200  # drawn by lot
    assert list(new.beside(other, now + 2 * windows.SECONDS)) == []


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
