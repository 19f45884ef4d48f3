"""Periods are counted from the anchor in calendar months, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.ledger import periods
from seedbed.ledger.periods import Every, micros, moment, period_of

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2120, 1, 1)).map(
    lambda when: micros(when.replace(tzinfo=UTC))
)
EVERY = st.sampled_from(["day", "month", "year"])


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("anchor", "every", "now", "start", "end"),
    [
        ("2026-01-15", "month", "2026-01-15", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "month", "2026-02-14T23:59:59.999999", "2026-01-15", "2026-02-15"),
        ("2026-01-15", "month", "2026-02-15", "2026-02-15", "2026-03-15"),
        ("2026-01-31", "month", "2026-02-20", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "month", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "month", "2026-03-30", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "month", "2026-04-30", "2026-04-30", "2026-05-31"),
        ("2024-01-31", "month", "2024-02-29", "2024-02-29", "2024-03-31"),
        ("2026-03-10T17:30", "month", "2026-12-10T17:29", "2026-11-10T17:30", "2026-12-10T17:30"),
        ("2024-02-29", "year", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", "year", "2028-03-01", "2028-02-29", "2029-02-28"),
        ("2026-06-01T12:00", "day", "2026-06-03T11:59", "2026-06-02T12:00", "2026-06-03T12:00"),
        ("2026-06-01", "month", "2026-05-31", "2026-05-01", "2026-06-01"),
    ],
)
def test_the_period_of_a_moment(anchor: str, every: Every, now: str, start: str, end: str) -> None:
    assert period_of(at(anchor), every, at(now)) == (at(start), at(end))


@given(TIMES, EVERY, TIMES)
def test_periods_follow_each_other_without_a_gap(anchor: int, every: Every, now: int) -> None:
    period = period_of(anchor, every, now)
    assert period[0] <= now < period[1]
    assert period_of(anchor, every, period[0]) == period
    assert period_of(anchor, every, period[1] - 1) == period
    following = periods.after(anchor, every, period)
    assert following[0] == period[1]
    assert periods.before(anchor, every, following) == period


@given(TIMES)
def test_times_keep_their_microseconds(now: int) -> None:
    assert micros(moment(now)) == now


def test_a_year_has_twelve_months() -> None:
    found = list(periods.between(at("2026-01-31"), "month", at("2026-01-31"), at("2027-01-31")))
    assert len(found) == 12
    assert [moment(start).day for start, _ in found[:4]] == [31, 28, 31, 30]
    assert (
        list(periods.between(at("2026-01-31"), "month", at("2026-02-01"), at("2026-03-30"))) == []
    )
