from __future__ import annotations

import asyncio
import gc
import shutil
import time
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from records import MemoryRecords

import release_sample as sample
from seedbed.errors import (
    EngineUnavailable,
    LedgerUnavailable,
    ReleaseDamaged,
    ReleaseMissing,
    RequestWrong,
)
from seedbed.home import Home
from seedbed.release import gate, store
from seedbed.serve import fleet, table, windows
from seedbed.serve import traffic as traffics
from seedbed.serve.aliases import Setting
from seedbed.serve.traffic import Compared, Missed, Route, Rule, Traffic

QUICK = Rule(calls=5, rows=20, slack_us=80_000)  # a busy machine is slow by tens of milliseconds
ADMIN = "key_admin"


@asynccontextmanager
async def serving(
    home: Home, records: MemoryRecords | None = None, rule: Rule = QUICK
) -> AsyncIterator[Traffic]:
    traffic = Traffic(home, records or MemoryRecords(), threads=1, rule=rule)
    await traffic.start()
    try:
        yield traffic
    finally:
        await traffic.close()


def tried(
    home: Home,
    work: Callable[[Traffic], Awaitable[None]],
    records: MemoryRecords | None = None,
) -> None:
    async def whole() -> None:
        async with serving(home, records) as traffic:
            await work(traffic)

    asyncio.run(whole())


@pytest.fixture
def own(releases: Home, tmp_path: Path) -> Home:
    """Give a home that a test may change: `demo/1`, `demo/2` and `demo/3`."""
    home = Home(tmp_path / "own")
    home.releases.mkdir(parents=True)
    shutil.copytree(releases.releases / "demo", home.releases / "demo", copy_function=_linked)
    return home


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def damage(home: Home, which: str) -> None:
    path = home.releases / which / "model" / "head.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.unlink()
    path.write_bytes(bytes(content))


async def called(traffic: Traffic, texts: list[str], **asked: Any) -> tuple[Route, list[str]]:
    """Call as the server does; return the route and the labels."""
    asked = {"customer": "cus_1", **asked}
    began = time.monotonic()
    with await traffic.route("demo", **asked) as route:
        rows = route.replica.encode(texts)
        await asyncio.sleep(0)
        computed = await route.batcher.logits(rows, lane=asked["customer"])
        labels = [
            row["label"] for row in route.replica.answers(computed.logits, texts, scores=False)
        ]
        await traffic.compare(route, texts, computed.logits, call_id=asked.get("call", "call_1"))
    traffic.observe(route, ok=True, latency_us=int(1e6 * (time.monotonic() - began)))
    return route, labels


def beginning_with(number: int) -> MemoryRecords:
    """Return records in which a number has long been the champion."""
    records = MemoryRecords()
    records.kept["demo"] = {"champion": (number, None, False)}
    return records


async def until(told: Callable[[], bool]) -> None:
    for _ in range(500):
        if told():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come about")


def test_a_name_without_a_champion_gets_its_latest(releases: Home) -> None:
    records = MemoryRecords()

    async def work(traffic: Traffic) -> None:
        assert traffic.names() == ["demo", "plain"]
        route, _ = await called(traffic, ["my card"])
        assert (route.number, route.alias, route.shadow) == (3, "champion", None)
        assert records.kept == {"demo": {"champion": (3, None, False)}} | {
            "plain": {"champion": (1, None, False)}
        }
        assert {row["by"] for row in records.rollouts} == {"seedbed"}
        assert [load[:2] for load in traffic.loads()] == [("demo", 3), ("plain", 1)]

    tried(releases, work, records)
    before = list(records.rollouts)
    tried(releases, work, records)
    assert records.rollouts == before  # a second start finds them


def test_versions_aliases_and_pins(releases: Home) -> None:
    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        await traffic.set_alias("demo", "staging", 2, by=ADMIN)
        await traffic.pin("demo", "cus_pinned", 3, by=ADMIN)

        async def number(**asked: Any) -> tuple[int, str]:
            with await traffic.route("demo", **({"customer": "cus_1"} | asked)) as route:
                return route.number, route.alias

        assert await number() == (1, "champion")
        assert await number(version="2") == (2, "2")
        assert await number(version="staging") == (2, "staging")
        assert await number(version="previous") == (3, "previous")
        assert await number(version="latest") == (3, "3")
        assert await number(customer="cus_pinned") == (3, "pin")
        assert await number(customer="cus_pinned", version="1") == (1, "1")
        await traffic.pin("demo", "cus_pinned", None, by=ADMIN)
        assert await number(customer="cus_pinned") == (1, "champion")
        await traffic.set_alias("demo", "staging", None, by=ADMIN)
        state = await traffic.state("demo")
        assert state["aliases"]["champion"] == {"number": 1, "share": None, "shadow": False}
        assert state["numbers"] == [1, 2, 3]
        for wrong in ({"version": "staging"}, {"version": "9"}, {"version": "nightly"}):
            with pytest.raises(ReleaseMissing):
                await number(**wrong)

    tried(releases, work)


def test_names_that_were_not_named_are_neither_loaded_nor_answered(releases: Home) -> None:
    records = MemoryRecords()

    async def work() -> None:
        traffic = Traffic(releases, records, threads=1, names=["plain"])
        await traffic.start()
        assert traffic.names() == ["plain"]
        await traffic.refresh()
        assert [load[:2] for load in traffic.loads()] == [("plain", 1)]
        for asked in (traffic.state("demo"), traffic.route("demo", customer="cus_1", version="1")):
            with pytest.raises(ReleaseMissing, match="one of plain"):
                await asked
        assert [load[:2] for load in traffic.loads()] == [("plain", 1)]
        await traffic.close()

    asyncio.run(work())
    assert set(records.kept) == {"plain"}


@pytest.mark.parametrize("name", ["nobody", "../demo", "demo/1", "", ".", "/etc"])
def test_what_is_no_name_is_missing(releases: Home, name: str) -> None:
    async def work(traffic: Traffic) -> None:
        with pytest.raises(ReleaseMissing):
            await traffic.route(name, customer="cus_1")
        with pytest.raises(ReleaseMissing):
            await traffic.state(name)
        assert name not in traffic.names()

    tried(releases, work)


def test_a_canary_takes_a_share_and_the_same_callers_each_time(releases: Home) -> None:
    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        await traffic.set_canary("demo", 2, 0.3, by=ADMIN, reason="try it")

        async def numbers(by: str) -> list[int]:
            found = []
            for i in range(300):
                asked = {"customer": f"cus_{i}"} if by == "customer" else {"sticky": f"user{i}"}
                with await traffic.route("demo", **({"customer": "one"} | asked)) as route:
                    found.append(route.number)
            return found

        first = await numbers("customer")
        assert 60 < Counter(first)[2] < 120
        assert await numbers("customer") == first
        assert 60 < Counter(await numbers("user"))[2] < 120
        await traffic.promote("demo", by=ADMIN, reason="it is good")
        assert set(await numbers("customer")) == {2}
        with pytest.raises(ReleaseMissing):
            await traffic.promote("demo", by=ADMIN)
        await traffic.roll_back("demo", by=ADMIN)
        assert set(await numbers("customer")) == {1}
        with pytest.raises(ReleaseMissing):
            await traffic.roll_back("demo", by=ADMIN)

    tried(releases, work)


def test_every_move_is_written_down(releases: Home) -> None:
    records = MemoryRecords()

    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN, reason="first")
        await traffic.set_alias("demo", "champion", 1, by=ADMIN, reason="nothing to do")
        await traffic.set_canary("demo", 2, 0.25, by=ADMIN, reason="second")
        await traffic.set_shadow("demo", 3, by=ADMIN, reason="third")
        await traffic.roll_back("demo", by=ADMIN, reason="fourth")
        await traffic.set_shadow("demo", None, by=ADMIN, reason="fifth")

    tried(releases, work, records)
    told = [
        (row["action"], row["before"], row["after"], row["reason"])
        for row in records.rollouts
        if row["by"] == ADMIN
    ]
    assert told == [
        ("set", 3, 1, "first"),
        ("canary", None, 2, "second"),
        ("shadow", None, 3, "third"),
        ("roll_back", 2, 1, "fourth"),
        ("shadow", 3, 1, "fifth"),
    ]
    assert records.kept["demo"] == {"champion": (1, None, False), "previous": (3, None, False)}


@pytest.mark.parametrize("alias", ["canary", "shadow", "previous", "pin", "latest", "7", "A", ""])
def test_an_alias_that_may_not_be_set(releases: Home, alias: str) -> None:
    async def work(traffic: Traffic) -> None:
        with pytest.raises(RequestWrong):
            await traffic.set_alias("demo", alias, 1, by=ADMIN)
        with pytest.raises(RequestWrong):
            await traffic.set_alias("demo", "champion", None, by=ADMIN)
        for share in (0.0, -1.0, 1.5, float("nan")):
            with pytest.raises(RequestWrong):
                await traffic.set_canary("demo", 1, share, by=ADMIN)

    tried(releases, work)


def test_swapping_back_and_forth_under_load_fails_no_call(
    releases: Home, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "SPARE_SECONDS", 0.0)  # each swap loads anew
    monkeypatch.setattr(traffics, "TEND_SECONDS", 0.05)
    loaded: list[fleet.Which] = []
    load = fleet.Fleet._loaded
    monkeypatch.setattr(
        fleet.Fleet, "_loaded", lambda self, w: (loaded.append(w), load(self, w))[1]
    )
    seen: Counter[int] = Counter()

    async def work(traffic: Traffic) -> None:
        began = time.monotonic()

        def going() -> bool:
            """Tell whether it is too early to stop: later on a machine that is busy otherwise."""
            swapped = len(loaded) > 6 and min(seen[1], seen[3]) > 50
            return time.monotonic() < began + (4.0 if swapped else 60.0)

        async def caller(place: int) -> None:
            while going():
                texts = exam.texts[place : place + 1 + place % 3]
                route, labels = await called(traffic, texts, customer=f"cus_{place}")
                seen[route.number] += 1
                turned = 1 if route.number == 3 else 0
                truth = exam.truth[place : place + 1 + place % 3]
                want = [exam.schema.labels[(i + turned) % 3] for i in truth]
                assert labels == want, route.number  # of the release that it says, and no other
                await asyncio.sleep(0.002)

        async def mover() -> None:
            number = 1
            while going():
                await traffic.set_alias("demo", "champion", number, by=ADMIN)
                number = 4 - number
                await asyncio.sleep(0.1)

        places = [i for i, right in enumerate(_sure(exam, releases)) if right][:16]
        await asyncio.gather(mover(), *map(caller, places))

    tried(releases, work)
    assert seen[1] > 50
    assert seen[3] > 50
    assert len([which for which in loaded if which[0] == "demo"]) > 4


def _sure(exam: gate.Exam, home: Home) -> list[bool]:
    """Return which rows, with the two that follow, the model has right by far."""
    from seedbed.release.predictor import Predictor

    logits = Predictor(store.find(home, "demo/1"), threads=1).logits(exam.texts)
    ordered = logits.copy()
    ordered.sort(axis=1)
    sure = (logits.argmax(axis=1) == exam.truth) & (ordered[:, -1] - ordered[:, -2] > 5)
    return [bool(sure[i : i + 3].all()) for i in range(len(sure) - 3)]


def test_a_failed_load_leaves_the_old_release_serving(own: Home) -> None:
    records = MemoryRecords()
    damage(own, "demo/2")

    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        before = dict(records.kept["demo"])
        for move in (
            traffic.set_alias("demo", "champion", 2, by=ADMIN),
            traffic.set_canary("demo", 2, 0.5, by=ADMIN),
            traffic.set_shadow("demo", 2, by=ADMIN),
            traffic.pin("demo", "cus_1", 2, by=ADMIN),
        ):
            with pytest.raises(ReleaseDamaged, match=r"head\.safetensors"):
                await move
        with pytest.raises(ReleaseMissing, match="demo/9"):
            await traffic.set_alias("demo", "champion", 9, by=ADMIN)
        assert records.kept["demo"] == before
        assert (await called(traffic, ["my card"]))[0].number == 1

    tried(own, work, records)


def test_a_move_that_cannot_be_written_down_is_not_made(releases: Home) -> None:
    records = MemoryRecords()

    async def work(traffic: Traffic) -> None:
        records.broken = True
        with pytest.raises(LedgerUnavailable):
            await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        assert (await called(traffic, ["my card"]))[0].number == 3

    tried(releases, work, records)


def test_what_another_process_writes_is_taken_over(
    own: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffics, "TEND_SECONDS", 0.05)
    records = MemoryRecords()
    damage(own, "demo/2")

    async def work(traffic: Traffic) -> None:
        async def number() -> int:
            return (await called(traffic, ["my card"]))[0].number

        async def becomes(wanted: int) -> None:
            for _ in range(500):
                if await number() == wanted:
                    return
                await asyncio.sleep(0.01)
            pytest.fail(f"{wanted} never answered")

        records.kept["demo"] = {"champion": (1, None, False)}
        await becomes(1)
        records.kept["demo"] = {"champion": (2, None, False)}
        records.broken = True
        await asyncio.sleep(0.2)
        records.broken = False
        await asyncio.sleep(0.5)
        assert await number() == 1  # the other cannot be loaded
        records.pinned["cus_1", "demo"] = 3
        await becomes(3)

    tried(own, work, records)


def test_a_name_that_comes_while_it_runs_is_served(own: Home, exam: gate.Exam) -> None:
    async def work(traffic: Traffic) -> None:
        with pytest.raises(ReleaseMissing):
            await traffic.route("plain", customer="cus_1")
        await asyncio.to_thread(sample.linear, own, exam)
        with await traffic.route("plain", customer="cus_1") as route:
            assert (route.number, route.alias) == (1, "champion")

    tried(own, work)


def test_a_damaged_champion_holds_up_no_other_and_is_told_to_who_calls_it(
    own: Home, exam: gate.Exam, caplog: pytest.LogCaptureFixture
) -> None:
    sample.linear(own, exam)
    damage(own, "demo/3")
    records = MemoryRecords()
    records.kept["demo"] = {"champion": (3, None, False)}

    async def work(traffic: Traffic) -> None:
        with await traffic.route("plain", customer="cus_1") as route:
            assert route.number == 1
        with pytest.raises(ReleaseDamaged):
            await traffic.route("demo", customer="cus_1")
        assert (await called(traffic, ["my card"], version="1"))[0].number == 1
        await traffic.set_alias("demo", "champion", 2, by=ADMIN)
        assert (await called(traffic, ["my card"]))[0].number == 2

    tried(own, work, records)
    assert "the aliases of demo stay as they were" in caplog.text


def test_a_shadow_is_compared_and_judged_and_costs_no_caller(
    releases: Home, exam: gate.Exam
) -> None:
    async def work(traffic: Traffic) -> None:
        await traffic.set_shadow("demo", 3, by=ADMIN)
        with await traffic.route("demo", customer="cus_1") as route:
            assert (route.number, route.shadow) == (1, 3)
            rows = route.replica.encode(exam.texts)
            computed = await route.batcher.logits(rows, lane="a")
            found = await traffic.compare(route, exam.texts, computed.logits, call_id="call_7")
        assert isinstance(found, Compared)
        assert (found.number, found.rows) == (3, len(exam.texts))
        assert found.agreed < 10
        assert found.tokens == sum(row.size for row in rows)
        labels = route.replica.decided(computed.logits, exam.texts)
        traffic.judged("call_7", 0, right=False, correct="nothing")  # taken back by the next
        traffic.judged("call_7", 0, right=True)
        traffic.judged("call_7", 1, right=False, correct=labels[1])
        traffic.judged("call_7", 1, right=False, correct=labels[1])
        traffic.judged("call_7", 2, right=True)
        traffic.judged("call_7", 2, right=False)  # nobody knows any more
        traffic.judged("call_7", 999, right=False, correct="card")
        traffic.judged("call_other", 0, right=True)
        loaded = (await traffic.state("demo"))["loaded"]
        assert (loaded["3"]["compared"], loaded["3"]["agreed"]) == (found.rows, found.agreed)
        assert (loaded["1"]["judged"], loaded["1"]["right"]) == (2, 2)
        assert (loaded["3"]["judged"], loaded["3"]["right"]) == (2, 0)
        with await traffic.route("demo", customer="cus_1", version="2") as route:
            assert route.shadow is None
            assert await traffic.compare(route, ["a"], computed.logits[:1]) is None

    tried(releases, work, beginning_with(1))


@pytest.mark.parametrize("fault", [EngineUnavailable(expected="", got="", do=""), KeyError("x")])
def test_a_shadow_that_fails_is_nobodys_trouble_and_says_why(
    releases: Home, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        await traffic.set_shadow("demo", 3, by=ADMIN)
        with await traffic.route("demo", customer="cus_1") as route:
            computed = await route.batcher.logits(route.replica.encode(["a"]), lane="a")
            shadow = traffic._fleet.get(("demo", 3))
            assert shadow is not None

            def fail(*_: object) -> None:
                raise fault

            with monkeypatch.context() as patched:
                patched.setattr(shadow.replica, "run", fail)
                missed = await traffic.compare(route, ["a"], computed.logits)
                assert missed == Missed(3, "AnswerFailed")
                patched.setattr(shadow.replica, "encode", fail)
                missed = await traffic.compare(route, ["a"], computed.logits)
                assert missed == Missed(3, type(fault).__name__)
            monkeypatch.setattr(traffic._fleet, "get", lambda which: None)
            missed = await traffic.compare(route, ["a"], computed.logits)
            assert missed == Missed(3, "it is not loaded")
        assert shadow.calls == 0

    tried(releases, work)


async def _breaks(traffic: Traffic, how: str, exam: gate.Exam) -> None:
    """Have the canary do badly, as long as calls go to it."""
    for i in range(400):
        text = exam.texts[i % len(exam.texts)]
        if how == "agreement":
            await called(traffic, [text, text, text], customer=f"cus_{i}")
            continue
        with await traffic.route("demo", customer=f"cus_{i}") as route:
            bad = route.alias == "canary"
        slow = how == "latency" and bad
        traffic.observe(route, ok=not (how == "errors" and bad), latency_us=90_000 if slow else 900)
        await asyncio.sleep(0.001 if how == "latency" else 0)


@pytest.mark.parametrize(
    ("how", "canary", "said"),
    [
        ("errors", 2, "calls failed"),
        ("latency", 2, "95th percentile 90.0 ms against 0.9 ms"),
        ("agreement", 3, "rows answered as the other release does"),
    ],
)
def test_a_bad_canary_is_rolled_back_by_rule(
    releases: Home,
    exam: gate.Exam,
    how: str,
    canary: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(windows, "MOMENT_SECONDS", 0.01)
    records = beginning_with(1)

    async def work(traffic: Traffic) -> None:
        await traffic.set_canary("demo", canary, 0.5, by=ADMIN)
        await _breaks(traffic, how, exam)
        await until(lambda: "canary" not in records.kept["demo"])
        for i in range(100):
            with await traffic.route("demo", customer=f"cus_{i}") as route:
                assert route.number == 1
        last = records.rollouts[-1]
        assert (last["action"], last["before"], last["after"]) == ("roll_back", canary, 1)
        assert last["by"] == "seedbed"
        assert said in last["reason"]
        assert set(last["measured"]) == {"new", "other"}

    tried(releases, work, records)


@pytest.mark.parametrize(("how", "number"), [("errors", 2), ("agreement", 3)])
def test_a_bad_new_champion_is_rolled_back_by_rule(
    releases: Home, exam: gate.Exam, how: str, number: int
) -> None:
    records = beginning_with(1)

    async def work(traffic: Traffic) -> None:
        for _ in range(20):
            await called(traffic, ["my card"])
        await traffic.set_alias("demo", "champion", number, by=ADMIN)
        assert (await traffic.state("demo"))["on_probation"]
        for i in range(300):
            if how == "agreement":
                route, _ = await called(traffic, exam.texts[i % 90 : i % 90 + 3])
            else:
                with await traffic.route("demo", customer="cus_1") as route:
                    pass
                traffic.observe(route, ok=route.number != number, latency_us=1000)
            await asyncio.sleep(0.002)
            if route.number == 1:
                break
        assert route.number == 1
        assert not (await traffic.state("demo"))["on_probation"]
        assert records.rollouts[-1]["action"] == "roll_back"

    tried(releases, work, records)


def test_probation_goes_on_after_a_restart_until_it_is_over(
    releases: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = beginning_with(1)

    async def replace(traffic: Traffic) -> None:
        for i in range(10):
            with await traffic.route("demo", customer="cus_1") as route:
                traffic.observe(route, ok=i > 1, latency_us=1000)
        await traffic.set_alias("demo", "champion", 2, by=ADMIN)

    async def goes_on(traffic: Traffic) -> None:
        assert (await traffic.state("demo"))["on_probation"]
        standing = traffic._table.names["demo"].standing
        assert standing is not None
        assert (standing.error_rate, standing.p95_us) == (0.2, None)

    async def is_over(traffic: Traffic) -> None:
        assert not (await traffic.state("demo"))["on_probation"]
        assert traffic._table.names["demo"].standing is None

    tried(releases, replace, records)
    tried(releases, goes_on, records)
    monkeypatch.setattr(table, "PROBATION_SECONDS", 0.0)
    tried(releases, is_over, records)


def test_a_good_canary_and_a_good_champion_stay(releases: Home, exam: gate.Exam) -> None:
    records = beginning_with(1)

    async def work(traffic: Traffic) -> None:
        await traffic.set_canary("demo", 2, 0.5, by=ADMIN)
        for i in range(200):
            await called(traffic, exam.texts[i % 90 : i % 90 + 2], customer=f"cus_{i}")
        await traffic.promote("demo", by=ADMIN)
        for i in range(200):
            await called(traffic, exam.texts[i % 90 : i % 90 + 2], customer=f"cus_{i}")

    tried(releases, work, records)
    assert records.rollouts[-1]["action"] == "promote"


def test_replaced_releases_are_let_go_of(releases: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffics, "TEND_SECONDS", 0.05)

    async def work(traffic: Traffic) -> None:
        await traffic.set_alias("demo", "champion", 1, by=ADMIN)
        await called(traffic, ["my card"])
        first = traffic._fleet.get(("demo", 1))
        assert first is not None
        gone = weakref.ref(first.replica), weakref.ref(first.batcher)
        del first
        with await traffic.route("demo", customer="cus_1") as held:
            await traffic.set_alias("demo", "champion", 2, by=ADMIN)
            await asyncio.sleep(0.3)
            assert traffic._fleet.get(("demo", 1)) is not None  # ready for a roll-back
            monkeypatch.setattr(fleet, "SPARE_SECONDS", 0.0)
            await asyncio.sleep(0.3)
            found = await held.batcher.logits(held.replica.encode(["a"]), lane="a")
            assert found.logits.shape == (1, 3)
            del found
        del held
        await until(lambda: traffic._fleet.get(("demo", 1)) is None)
        gc.collect()
        assert [each() for each in gone] == [None, None]

    tried(releases, work)


def test_of_what_was_asked_for_by_number_two_stay_loaded(
    releases: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "MOST_SPARE", 1)
    monkeypatch.setattr(traffics, "TEND_SECONDS", 0.05)

    async def work(traffic: Traffic) -> None:
        for version in ("1", "2"):
            await called(traffic, ["a"], version=version)
        await until(lambda: len(traffic.loads()) == 3)
        assert [load[:2] for load in traffic.loads()] == [("demo", 3), ("plain", 1), ("demo", 2)]

    tried(releases, work)


def test_callers_of_an_unloaded_number_wait_for_one_load(
    releases: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[fleet.Which] = []
    load = fleet.Fleet._loaded
    monkeypatch.setattr(fleet.Fleet, "_loaded", lambda self, w: (loads.append(w), load(self, w))[1])

    async def work(traffic: Traffic) -> None:
        found = await asyncio.gather(*(called(traffic, ["a"], version="2") for _ in range(20)))
        assert {route.number for route, _ in found} == {2}
        assert loads.count(("demo", 2)) == 1

    tried(releases, work)


def test_closing_finishes_what_is_under_way(releases: Home) -> None:
    async def work() -> None:
        traffic = Traffic(releases, MemoryRecords(), threads=1)
        await traffic.start()
        with await traffic.route("demo", customer="cus_1") as route:
            rows = route.replica.encode(["a", "b"] * 200)
            call = asyncio.create_task(route.batcher.logits(rows, lane="a"))
            await asyncio.sleep(0)
            await traffic.close()
            assert (await call).logits.shape == (400, 3)
        assert traffic.loads() == []

    asyncio.run(work())


def test_a_setting_is_a_row_of_the_table() -> None:
    assert Setting(*(2, 10, False)) == (2, 10, False)
    assert table.ITSELF == "seedbed"
