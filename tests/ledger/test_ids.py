"""Ids sort by time and do not meet."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from seedbed.ledger.clock import DAY, Manual, System
from seedbed.ledger.ids import first_id, new_id

MOMENTS = st.integers(0, 200 * 366 * DAY)


@given(MOMENTS, MOMENTS)
def test_ids_sort_by_the_millisecond(one: int, other: int) -> None:
    if one // 1000 < other // 1000:
        assert new_id("call", one) < new_id("call", other)
        assert new_id("call", one) < first_id("call", other)
    assert first_id("call", one) <= new_id("call", one)


def test_an_id_is_a_prefix_and_a_ulid() -> None:
    assert re.fullmatch(r"key_[0-7][0-9A-HJKMNP-TV-Z]{25}", new_id("key", System().now()))


def test_ids_of_one_moment_differ_and_sort_by_their_order() -> None:
    made = [new_id("call", 0) for _ in range(10_000)]
    assert sorted(set(made)) == made


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = Manual(5)
    assert (clock.now(), clock.now()) == (5, 5)
    assert clock.advance(seconds=1, microseconds=2) == 1_000_007
    assert clock.advance(hours=-1) < 0
    assert clock.set(9) == clock.now() == 9
