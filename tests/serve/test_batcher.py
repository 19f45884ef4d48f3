from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed import registry
from seedbed.errors import AnswerFailed, DeadlinePassed, Draining, Overloaded, RequestWrong
from seedbed.release import gate
from seedbed.release.store import Release
from seedbed.serve import batcher as batchers
from seedbed.serve import replica as replicas
from seedbed.serve.batcher import COPIES, Batcher, Computed
from seedbed.serve.replica import Ran, Replica, Row
from seedbed.serve.speed import Speed, apportioned
from seedbed.serve.turns import Turns
from seedbed.serve.work import Call


class Stub:
    """A replica that gives back what a row holds, at a speed of its own."""

    release = SimpleNamespace(name="stub", number=1)
    embeds = True

    def __init__(self, rate: float = 20_000.0, *, slow: bool = False) -> None:
        self.rate = rate
        self.slow = slow
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Semaphore(0)
        self.raises: Exception | None = None

    def run(self, rows: Sequence[Row]) -> Ran:
        self.entered.release()
        assert self.open.wait(10)
        if self.raises is not None:
            raise self.raises
        if self.slow:
            time.sleep(sum(row.size for row in rows) / self.rate)
        self.batches.append([row.content for row in rows])
        found = np.array([[row.content, row.size] for row in rows], dtype=np.float32)
        return Ran("stub", found, found)


def exact(release: Release) -> Replica:
    """Return a replica whose answers do not depend on what else is in a batch, as int8's do."""
    replica = Replica(release, threads=1)
    replica._engines.order = ["onnx-float32"]
    replica._engines.single = "onnx-float32"
    return replica


def rows(*contents: int, size: int = 10) -> list[Row]:
    return [Row(content, size) for content in contents]


@asynccontextmanager
async def running(replica: Any) -> AsyncIterator[Batcher]:
    batcher = Batcher(replica)
    try:
        yield batcher
    finally:
        if isinstance(replica, Stub):
            replica.open.set()
        await batcher.drain()


def tried(replica: Any, work: Callable[[Batcher], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with running(replica) as batcher:
            await work(batcher)

    asyncio.run(whole())


async def held(stub: Stub, batcher: Batcher) -> asyncio.Task[Computed]:
    """Have the engine hang on a batch of one row."""
    stub.open.clear()
    task = asyncio.create_task(batcher.logits(rows(-1), lane="held"))
    await asyncio.to_thread(stub.entered.acquire)
    return task


async def until(told: Callable[[], bool]) -> None:
    for _ in range(500):
        if told():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come about")


def test_two_hundred_calls_each_get_their_own_answer(demo: Release, exam: gate.Exam) -> None:
    replica = exact(demo)
    want = replica.run(replica.encode(exam.texts)).logits

    async def work(batcher: Batcher) -> None:
        async def one(i: int) -> Computed:
            own = replica.encode(exam.texts[i : i + 1 + i % 3])
            return await batcher.logits(own, lane=str(i % 5))

        places = [i % (len(exam.texts) - 3) for i in range(200)]
        for i, found in zip(places, await asyncio.gather(*map(one, places)), strict=True):
            np.testing.assert_allclose(found.logits, want[i : i + 1 + i % 3], atol=1e-3)
            assert found.features is None
            assert found.engine in replica._engines.order
        assert batcher.load().rows == 0
        assert batcher.load().computed == sum(1 + i % 3 for i in places)

    tried(replica, work)


def test_a_call_of_no_row_is_wrong() -> None:
    async def work(batcher: Batcher) -> None:
        with pytest.raises(RequestWrong, match="at least one row"):
            await batcher.logits([], lane="a")

    tried(Stub(), work)


def test_a_call_of_many_rows_is_split_and_gathered_in_order() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        own = [Row(i, 1 + i * 7 % 120) for i in range(500)]
        found = await batcher.features(own, lane="a")
        np.testing.assert_array_equal(found.logits[:, 0], np.arange(500))
        np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1, atol=1e-6)
        assert found.tokens == sum(row.size for row in own)
        assert len(stub.batches) > 20

    tried(stub, work)


def test_embeddings_are_the_engines_features_of_length_one(
    demo: Release, plain: Release, exam: gate.Exam
) -> None:
    replica, linear = exact(demo), Replica(plain)

    async def work(batcher: Batcher) -> None:
        own = replica.encode(exam.texts[:9])
        found = await batcher.features(own, lane="a")
        want = replica.run(own).features
        np.testing.assert_allclose(found.features, replicas.unit(want), atol=1e-5)

    async def refused(batcher: Batcher) -> None:
        with pytest.raises(RequestWrong, match="no embeddings"):
            await batcher.features(linear.encode(["a"]), lane="a")
        assert (await batcher.logits(linear.encode(["a"]), lane="a")).logits.shape == (1, 3)

    tried(replica, work)
    tried(linear, refused)


def test_the_loop_is_woken_once_for_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        calls = [asyncio.create_task(batcher.logits(rows(i), lane=str(i))) for i in range(30)]
        await until(lambda: batcher.load().rows == 30)
        loop = asyncio.get_running_loop()
        woken, wake = [], loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *a: (woken.append(a), wake(*a)))
        stub.open.set()
        await asyncio.gather(first, *calls)
        monkeypatch.undo()
        assert [len(batch) for batch in stub.batches] == [1, 30]
        assert len(woken) == 2

    tried(stub, work)


def test_a_lone_call_is_computed_at_once() -> None:
    async def work(batcher: Batcher) -> None:
        queued = [(await batcher.logits(rows(1), lane="a")).queued_us for _ in range(200)]
        assert sorted(queued)[100] < 500

    tried(Stub(), work)


def test_callers_who_come_back_together_are_batched_together() -> None:
    stub = Stub(slow=True)

    async def work(batcher: Batcher) -> None:
        async def caller(i: int) -> None:
            for _ in range(25):
                await batcher.logits(rows(i, size=60), lane=str(i))

        await asyncio.gather(*map(caller, range(4)))
        assert len(stub.batches) <= 50  # of 100 rows; 25 if nobody was ever late

    tried(stub, work)


def test_a_cancelled_calls_rows_are_not_computed() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        gone = asyncio.create_task(batcher.logits(rows(*range(100)), lane="a"))
        stays = asyncio.create_task(batcher.logits(rows(7), lane="b"))
        await until(lambda: batcher.load().rows == 101)
        gone.cancel()
        await until(lambda: batcher.load().rows == 1)
        stub.open.set()
        await asyncio.gather(first, stays)
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert stub.batches == [[-1], [7]]

    tried(stub, work)


def test_a_call_that_is_cancelled_while_it_is_computed_hurts_nobody() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        first.cancel()
        stub.open.set()
        assert (await batcher.logits(rows(3), lane="a")).logits[0, 0] == 3

    tried(stub, work)


def test_a_deadline_ends_a_call_and_its_rows() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        now = time.monotonic()
        with pytest.raises(DeadlinePassed):
            await batcher.logits(rows(5), lane="a", deadline=now + 0.05)
        assert 0.05 <= time.monotonic() - now < 5
        assert batcher.load().rows == 0
        with pytest.raises(DeadlinePassed):
            await batcher.logits(rows(6), lane="a", deadline=now)
        stub.open.set()
        await first
        found = await batcher.logits(rows(7), lane="a", deadline=time.monotonic() + 5)
        assert found.logits[0, 0] == 7
        assert stub.batches == [[-1], [7]]

    tried(stub, work)


def test_what_is_too_much_is_refused_at_once_with_a_time_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batchers, "LEAST_RATE", 1.0)
    stub = Stub(rate=1000.0)

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        calls = [
            asyncio.create_task(batcher.logits(rows(i, size=100), lane="flood")) for i in range(50)
        ]
        await until(lambda: sum(call.done() for call in calls) == 30)
        with pytest.raises(Overloaded):
            batcher.check_room(lane="flood")
        batcher.check_room(lane="other")
        refused = [call for call in calls if call.done()]
        for i, call in enumerate(refused):
            error = call.exception()
            assert isinstance(error, Overloaded)
            assert error.retry_after == pytest.approx(0.1), i
        assert batcher.load().tokens == 2000  # half of four seconds' work
        assert batcher.load().wait == pytest.approx(2.0)
        other = asyncio.create_task(batcher.logits(rows(1), lane="other"))
        await asyncio.sleep(0)
        stub.open.set()
        await asyncio.gather(first, other, *(call for call in calls if call not in refused))

    tried(stub, work)


def test_room_is_as_many_seconds_as_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def waiting(most_seconds: float, *, slow: bool = False) -> int:
        stub = Stub(rate=10.0 if slow else 10_000.0)
        batcher = Batcher(stub, most_seconds=most_seconds)  # type: ignore[arg-type]
        first = await held(stub, batcher)
        calls = []
        while True:
            each = rows(1, size=1000)
            try:
                with batcher.room(each, lane="flood"):
                    pass
            except Overloaded:
                break
            calls.append(asyncio.create_task(batcher.logits(each, lane="flood")))
            await asyncio.sleep(0)
        found = batcher.load().tokens
        stub.open.set()
        await asyncio.gather(first, *calls)
        await batcher.drain()
        return found

    assert asyncio.run(waiting(2.0)) == 10_000  # half of two seconds' work
    assert asyncio.run(waiting(4.0)) == 20_000
    assert asyncio.run(waiting(4.0, slow=True)) == 16_000  # a slow one takes a call of many rows


def test_a_broken_engine_is_left_for_the_next_and_none_is_an_error(
    demo: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(demo, threads=1)

    def fail(*args: object) -> None:
        raise RuntimeError("bad allocation")

    async def work(batcher: Batcher) -> None:
        own = replica.encode(["a", "b", "c"])
        names = list(replica._engines.order)
        for i, name in enumerate(names):
            monkeypatch.setattr(registry.kind("engines", name), "forward", fail)
            if i + 1 < len(names):
                assert (await batcher.logits(own, lane="a")).engine == names[i + 1]
        with pytest.raises(AnswerFailed, match="bad allocation"):
            await batcher.logits(own, lane="a")
        monkeypatch.undo()
        monkeypatch.setattr(replicas, "DOWN_SECONDS", 0.0)
        assert (await batcher.logits(own, lane="a")).engine == names[0]

    tried(replica, work)


def test_a_fault_fails_the_calls_of_its_batch_alone(caplog: pytest.LogCaptureFixture) -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        second = asyncio.create_task(batcher.logits(rows(*range(200)), lane="a"))
        await until(lambda: batcher.load().rows == 200)
        stub.raises = TypeError("a fault of ours")
        stub.open.set()
        for task in (first, second):
            with pytest.raises(AnswerFailed, match="a fault in the engine"):
                await task
        stub.raises = None
        await until(lambda: batcher.load().rows == 0)
        assert (await batcher.logits(rows(1), lane="a")).engine == "stub"

    with caplog.at_level(logging.ERROR, logger="seedbed.serve.batcher"):
        tried(stub, work)
    assert "a fault of ours" in caplog.text


def test_draining_finishes_what_is_in_it_and_takes_nothing_new() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        calls = [asyncio.create_task(batcher.logits(rows(i), lane=str(i))) for i in range(20)]
        await until(lambda: batcher.load().rows == 20)
        drained = asyncio.create_task(batcher.drain())
        await asyncio.sleep(0.01)
        with pytest.raises(Draining):
            await batcher.logits(rows(1), lane="a")
        stub.open.set()
        await asyncio.gather(first, *calls)
        await drained
        assert not batcher._thread.is_alive()

    tried(stub, work)


def test_one_call_beside_a_flood_waits_for_two_batches_at_most() -> None:
    stub = Stub(slow=True)

    async def work(batcher: Batcher) -> None:
        await asyncio.sleep(0)
        flood = [
            asyncio.create_task(batcher.logits(rows(*range(1, 9), size=50), lane="flood"))
            for _ in range(40)
        ]
        await until(lambda: len(stub.batches) >= 2)
        before = len(stub.batches)
        await batcher.logits(rows(-7), lane="alone")
        place = next(i for i, batch in enumerate(stub.batches) if -7 in batch)
        assert place <= before + 2
        assert stub.batches[place] == [-7]
        await asyncio.gather(*flood)

    tried(stub, work)


def test_a_flood_on_one_release_keeps_its_batches_short_for_a_call_to_another() -> None:
    busy, other = Stub(slow=True), Stub(slow=True)

    async def work() -> None:
        turns = Turns()
        batchers = Batcher(busy, turns=turns), Batcher(other, turns=turns)
        flood = asyncio.create_task(batchers[0].logits(rows(*range(600), size=20), lane="flood"))
        await until(lambda: len(busy.batches) >= 2)
        await batchers[1].logits(rows(1), lane="alone")
        before = len(busy.batches)
        await until(lambda: len(busy.batches) >= before + 3)
        assert max(map(len, busy.batches[before + 1 :])) < 0.5 * len(busy.batches[0])
        await flood
        await asyncio.gather(*(batcher.drain() for batcher in batchers))

    asyncio.run(work())


def test_the_shares_of_a_batch_follow_the_tokens() -> None:
    stub = Stub(rate=2000.0, slow=True)

    async def work(batcher: Batcher) -> None:
        first = await held(stub, batcher)
        counts = (1, 2, 4)
        calls = [
            asyncio.create_task(batcher.logits(rows(*range(n), size=9), lane=str(n)))
            for n in counts
        ]
        await until(lambda: batcher.load().rows == 7)
        stub.open.set()
        found = [(await call).compute_us for call in calls]
        await first
        assert len(stub.batches) == 2
        assert 63 / 2000 <= sum(found) / 1e6 < 0.1
        np.testing.assert_allclose(found, [sum(found) * n / 7 for n in counts], atol=4)

    tried(stub, work)


@given(st.lists(st.integers(1, 1000), min_size=1), st.integers(0, 10**9))
def test_shares_add_up(sizes: list[int], whole: int) -> None:
    shares = apportioned(sizes, whole)
    assert sum(shares) == whole
    for size, share in zip(sizes, shares, strict=True):
        assert abs(share - whole * size / sum(sizes)) <= 1


def test_the_speed_is_followed_and_sets_the_size_of_batches() -> None:
    speed = Speed(1000.0)
    for _ in range(200):
        speed.count(500, 500 / 20_000 + 0.001)
    assert speed.rate == pytest.approx(20_000, rel=0.01)
    assert speed.budget().tokens == pytest.approx(1200, rel=0.01)
    for _ in range(200):
        speed.count(8, 8 / 20_000 + 0.001)  # lone calls are slow for their tokens, not for good
    assert speed.rate == pytest.approx(20_000, rel=0.25)


def test_a_loop_that_has_ended_holds_nobody_up() -> None:
    stub = Stub()
    batcher = Batcher(stub)

    async def leave() -> None:
        await held(stub, batcher)

    asyncio.run(leave())
    stub.open.set()

    async def later() -> None:
        assert (await batcher.logits(rows(4), lane="a")).logits[0, 0] == 4
        await batcher.drain()

    asyncio.run(later())


def test_the_processor_goes_to_one_at_a_time_by_rank() -> None:
    turns, order, inside = Turns(), [], []

    def work(rank: int, name: str) -> None:
        with turns.turn(rank):
            inside.append(name)
            assert len(inside) == 1
            order.append(name)
            inside.remove(name)

    with turns.turn():
        threads = []
        for rank, name in ((1, "shadow"), (0, "first"), (0, "second")):
            threads.append(threading.Thread(target=work, args=(rank, name)))
            threads[-1].start()
            while len(turns._waiting) < len(threads):
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == ["first", "second", "shadow"]
    with turns.turn(5):
        pass


def test_copies_are_computed_in_the_gaps_until_a_caller_comes() -> None:
    """As of the champion before, while all callers are at the next."""
    turns, stub = Turns(), Stub()
    before = Batcher(stub, turns=turns)  # type: ignore[arg-type]

    async def work() -> None:
        with turns.turn():
            copy = asyncio.create_task(before.logits(rows(3), lane=COPIES))
            while not turns._waiting:
                await asyncio.sleep(0.001)
            assert not turns.wanted
            assert turns.guest_at < 0
            await asyncio.sleep(0.05)
            assert not turns.wanted
            call = asyncio.create_task(before.logits(rows(2), lane="a"))
            while not turns.wanted:
                await asyncio.sleep(0.001)
        assert (await call).logits[0, 0] == 2
        assert (await copy).logits[0, 0] == 3
        await before.drain()

    asyncio.run(asyncio.wait_for(work(), 10))


def test_what_is_computed_and_let_go_leaves_nothing_behind() -> None:
    stub = Stub()

    async def work(batcher: Batcher) -> None:
        gc.disable()
        try:
            before = sum(type(each) is Call for each in gc.get_objects())
            for i in range(50):
                await batcher.logits(rows(i), lane="a")
            await asyncio.sleep(0.02)
            after = sum(type(each) is Call for each in gc.get_objects())
            assert after - before <= 1
        finally:
            gc.enable()

    tried(stub, work)
