from __future__ import annotations

import random
import time
from collections import Counter
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.serve import queue
from seedbed.serve.queue import Budget, FairQueue, Waiting

BUDGET = Budget(tokens=400, rows=64, overhead=20)
LANES = st.sampled_from("abcde")
SIZES = st.integers(1, 600)
DRAWS = st.integers(0, 1 << 32).map(random.Random)
BUDGETS = st.builds(Budget, st.integers(1, 600), st.integers(1, 40), st.integers(0, 50))
PUSH = st.tuples(st.just("push"), LANES, SIZES)
ACTIONS = st.one_of(
    PUSH,
    PUSH,
    st.tuples(st.just("push until"), LANES, st.integers(0, 60)),
    st.tuples(st.just("cancel"), st.integers(0, 200), st.none()),
    st.tuples(st.just("take"), st.none(), st.none()),
)


def made(tokens: int = 1 << 40, rows: int = 1 << 40) -> FairQueue[int]:
    return FairQueue(tokens, rows)


def flood(waiting: FairQueue[int], lane: str, rows: int, draw: random.Random) -> None:
    for i in range(rows):
        waiting.push(lane, draw.choice((8, 12, 17, 60, 128)), i)


@settings(max_examples=300)
@given(st.lists(ACTIONS, max_size=150), BUDGETS)
def test_each_row_comes_out_once_unless_it_was_cancelled_or_late(
    actions: list[tuple[str, object, object]], budget: Budget
) -> None:
    waiting = made()
    pushed: list[Waiting[int]] = []
    gone: set[int] = set()
    out: list[tuple[float, Waiting[int]]] = []
    for now, (verb, first, second) in enumerate(actions):
        if verb == "push":
            pushed.append(waiting.push(first, second, len(pushed)))
        elif verb == "push until":
            pushed.append(waiting.push(first, 10, len(pushed), deadline=now + second))
        elif verb == "cancel" and pushed:
            row = pushed[first % len(pushed)]
            if row.item not in {taken.item for _, taken in out}:
                gone.add(row.item)
            waiting.cancel([row])
        elif verb == "take":
            out += [(now, row) for row in _checked(waiting.take(budget, now), budget)]
    end = len(actions)
    while batch := _checked(waiting.take(budget, end), budget):
        out += [(end, row) for row in batch]
    times = Counter(row.item for _, row in out)
    assert set(times.values()) <= {1}
    assert not gone & set(times)
    assert all(now < row.deadline for now, row in out)
    left = {row.item for row in pushed} - set(times) - gone
    assert all(pushed[item].deadline <= end for item in left)
    assert (len(waiting), waiting.tokens) == (0, 0)
    assert waiting._lanes == {}
    assert waiting._turns == []


def _checked(batch: list[Waiting[int]], budget: Budget) -> list[Waiting[int]]:
    if len(batch) > 1:
        assert len(batch) <= budget.rows
        assert len(batch) * max(row.size for row in batch) <= budget.tokens
    return batch


@given(DRAWS, st.integers(0, 30))
def test_one_row_beside_a_flood_of_five_thousand_is_in_the_next_batch(
    draw: random.Random, before: int
) -> None:
    waiting = made()
    flood(waiting, "flood", 5000, draw)
    for _ in range(before):
        waiting.take(BUDGET, 0)
    alone = waiting.push("alone", draw.choice((9, 200)), -1)
    batches = [waiting.take(BUDGET, 0), waiting.take(BUDGET, 0)]
    assert [alone] in batches[: 1 if before else 2]  # nor does it wait for the flood's rows with it


@given(st.lists(st.lists(SIZES, max_size=20), max_size=8), DRAWS, st.integers(0, 20))
def test_a_row_of_a_key_that_comes_waits_one_batch_for_each_other_key_at_most(
    others: list[list[int]], draw: random.Random, before: int
) -> None:
    waiting = made()
    for lane, sizes in enumerate(others):
        for size in sizes:
            waiting.push(str(lane), size, 0)
    for _ in range(before):
        waiting.take(BUDGET, 0)
    alone = waiting.push("alone", draw.randint(1, 300), 1)
    for _ in range(len(others) + 1):
        if alone in waiting.take(BUDGET, 0):
            break
        for lane in range(len(others) + 1):  # nobody who comes later goes before it
            waiting.push(str(lane), draw.randint(1, 300), 0)
    else:
        pytest.fail("it waits for longer")


@given(DRAWS)
def test_a_caller_who_comes_back_each_time_waits_for_one_batch_of_the_flood_at_most(
    draw: random.Random,
) -> None:
    waiting = made()
    flood(waiting, "flood", 3000, draw)
    for _ in range(50):
        alone = waiting.push("alone", draw.choice((9, 60, 128)), -1)
        first, second = waiting.take(BUDGET, 0), waiting.take(BUDGET, 0)
        assert alone in first or alone in second
        if alone in second:
            waiting.take(BUDGET, 0)


@given(st.integers(0, 80), DRAWS)
def test_no_row_waits_for_more_batches_than_rows_stood_before_it(
    place: int, draw: random.Random
) -> None:
    waiting = made()
    flood(waiting, "one", place, draw)
    odd = waiting.push("one", 300, -1)  # fits nothing that comes
    for _ in range(place + 1):
        if odd in waiting.take(BUDGET, 0):
            return
        flood(waiting, "one", 5, draw)
    pytest.fail("it starves")


@given(DRAWS)
def test_two_floods_get_the_same_share_of_the_engine(draw: random.Random) -> None:
    waiting = made()
    short, long = 0, 0
    for _ in range(4000):
        waiting.push("short", draw.randint(8, 20), 0)
        waiting.push("long", draw.randint(100, 128), 0)
    for _ in range(100):
        for row in waiting.take(BUDGET, 0):
            short += row.size * (row.lane == "short")
            long += row.size * (row.lane == "long")
    assert abs(short - long) <= (queue.LEAD_BATCHES + 1) * BUDGET.tokens


def test_rows_of_near_equal_length_go_together() -> None:
    draw = random.Random(5)
    waiting = made()
    useful = padded = batches = 0
    for _ in range(64):
        waiting.push("one", draw.choice((draw.randint(8, 30), draw.randint(60, 128))), 0)
    for _ in range(400):
        batch = waiting.take(BUDGET, 0)
        useful += sum(row.size for row in batch)
        padded += len(batch) * max(row.size for row in batch)
        batches += 1
        for _ in batch:
            waiting.push("one", draw.choice((draw.randint(8, 30), draw.randint(60, 128))), 0)
    assert useful > 0.93 * padded
    assert padded > 0.75 * batches * BUDGET.tokens


@given(st.lists(SIZES, min_size=1, max_size=40), st.integers(0, 39), BUDGETS)
def test_no_other_batch_around_a_row_is_denser(sizes: list[int], at: int, budget: Budget) -> None:
    near = [Waiting("a", size, i, inf, i) for i, size in enumerate(sizes)]
    anchor = near[at % len(near)]

    def density(rows: list[Waiting[int]]) -> float:
        padded = len(rows) * max(row.size for row in rows)
        return sum(row.size for row in rows) / (padded + budget.overhead)

    found = queue._densest(list(near), anchor, budget)
    assert anchor in found
    ordered = sorted(near, key=lambda row: row.size)
    place = ordered.index(anchor)
    for first in range(place + 1):
        for last in range(place, len(near)):
            rows = ordered[first : last + 1]
            if len(rows) * rows[-1].size <= budget.tokens and len(rows) <= budget.rows:
                assert density(found) >= density(rows) - 1e-12


def test_keys_with_one_row_each_share_batches() -> None:
    waiting = made()
    for lane in range(64):
        waiting.push(str(lane), 10, lane)
    assert [len(waiting.take(BUDGET, 0)) for _ in range(3)] == [40, 24, 0]


def test_the_batches_of_a_flood_are_shorter_while_guests_come() -> None:
    draw, budget = random.Random(1), Budget(tokens=1000, rows=64, overhead=20)
    waiting = made()
    flood(waiting, "flood", 2000, draw)
    full = sum(row.size for row in waiting.take(budget, 0.0))
    waiting.push("guest", 10, 0)
    waiting.take(budget, 0.0)
    beside = sum(row.size for row in waiting.take(budget, 0.5 * queue.GUEST_SECONDS))
    after = sum(row.size for row in waiting.take(budget, 1.5 * queue.GUEST_SECONDS))
    assert beside <= queue.GUEST_SHARE * budget.tokens < full
    assert after > queue.GUEST_SHARE * budget.tokens


def test_a_row_whose_deadline_nears_goes_first_but_not_twice_in_a_row() -> None:
    budget = Budget(tokens=50, rows=64, overhead=0, urgent=1.0)
    waiting = made()
    for i in range(20):
        waiting.push("early", 50, i)
    for i in range(3):
        waiting.push("hurry", 40, 100 + i, deadline=10.0)
    assert [waiting.take(budget, 8.0)[0].item for _ in range(2)] == [0, 100]
    in_time = [waiting.take(budget, 9.5)[0] for _ in range(4)]
    assert [row.lane for row in in_time] == ["hurry", "early", "hurry", "early"]
    for i in range(300):
        waiting.push("hurry", 40, i, deadline=10.0)
    lanes = [waiting.take(budget, 9.5)[0].lane for _ in range(16)]
    assert lanes.count("hurry") <= 8 + queue.LEAD_BATCHES  # deadlines are no way past the others


def test_a_lane_may_hold_what_is_left_free() -> None:
    waiting = made(tokens=1000, rows=100)
    assert waiting.excess("big", 1, 5000) == 0  # an empty queue takes any call
    while not waiting.excess("flood", 1, 10):
        waiting.push("flood", 10, 0)
    assert waiting.tokens == 500
    assert waiting.excess("flood", 1, 10) == 10
    assert waiting.excess("other", 10, 400) == 0
    assert waiting.excess("other", 10, 600) == 100
    few = made(tokens=1000, rows=10)
    for _ in range(5):
        few.push("flood", 4, 0)
    assert few.excess("flood", 1, 4) == 4
    assert few.excess("other", 5, 4) == 0


def test_what_waits_is_told_in_seconds() -> None:
    waiting = made()
    waiting.push("a", 300, 0)
    waiting.push("b", 200, 0)
    assert waiting.wait(rate=1000.0) == 0.5


def test_lanes_and_deadlines_of_long_ago_are_forgotten() -> None:
    waiting = made()
    waiting.push("stays", 10, 0)
    for i in range(5000):
        row = waiting.push(str(i), 10, i, deadline=1e9)
        waiting.cancel([row])
        waiting.push("stays", 10, i)
        waiting.take(BUDGET, 0)
    assert len(waiting._lanes) < 3 * queue.NEAR_ROWS
    assert len(waiting._deadlines) < 3 * queue.NEAR_ROWS


@pytest.mark.parametrize("lanes", [1, 64, 5000])
def test_a_batch_is_taken_within_a_millisecond(lanes: int) -> None:
    draw = random.Random(2)
    waiting = made()
    for i in range(5000):
        waiting.push(str(i % lanes), draw.randint(5, 128), i, deadline=inf if i % 2 else 1e9)
    took = []
    while len(waiting) > 1000:
        began = time.thread_time()
        waiting.take(BUDGET, 0)
        took.append(time.thread_time() - began)
    assert sorted(took)[len(took) // 2] < 1e-3


@given(st.lists(st.tuples(LANES, SIZES, st.booleans()), max_size=60), st.integers(600, 3000))
def test_what_was_promised_room_has_it_when_it_comes(
    calls: list[tuple[str, int, bool]], most: int
) -> None:
    waiting: FairQueue[int] = FairQueue(most, 20)
    coming: list[tuple[str, int]] = []
    for lane, size, comes in calls:
        if not waiting.excess(lane, 1, size, promised=True):
            waiting.promise(lane, 1, size)
            coming.append((lane, size))
        if comes and coming:
            own, tokens = coming.pop(0)
            waiting.promise(own, -1, -tokens)
            assert waiting.excess(own, 1, tokens) == 0
            waiting.push(own, tokens, 0)
    for own, tokens in coming:
        waiting.promise(own, -1, -tokens)
    assert waiting._promised == {}
    assert waiting._promises == (0, 0)


def test_promises_fill_a_queue_as_rows_do() -> None:
    waiting = made(tokens=1000)
    while not waiting.excess("flood", 1, 10, promised=True):
        waiting.promise("flood", 1, 10)
    assert waiting.excess("flood", 1, 10, promised=True) == 10
    assert waiting.excess("other", 1, 500, promised=True) == 0
    assert waiting.excess("flood", 1, 10) == 0  # none of it is there yet
