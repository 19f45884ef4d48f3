from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import release_sample as sample
from seedbed import recipe as recipes
from seedbed import registry
from seedbed.errors import EngineUnavailable
from seedbed.home import Home
from seedbed.release import gate, store
from seedbed.release.engines.export import ONNX
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.serve import replica as replicas
from seedbed.serve.replica import Replica
from seedbed.tasks.base import Promise, Schema


@pytest.fixture(scope="module")
def replica(demo: Release) -> Replica:
    return Replica(demo, threads=1)


def test_it_answers_as_the_predictor_does(replica: Replica, demo: Release, exam: gate.Exam) -> None:
    ran = replica.run(replica.encode(exam.texts))
    want = Predictor(demo, threads=1)
    np.testing.assert_allclose(ran.logits, want.logits(exam.texts), atol=1e-4)
    answers = replica.answers(ran.logits, exam.texts)
    assert answers == want.worded(ran.logits)
    short = replica.answers(ran.logits, exam.texts, scores=False)
    assert short == [{k: v for k, v in row.items() if k != "scores"} for row in answers]
    assert replica.decided(ran.logits, exam.texts) == [row["label"] for row in answers]
    assert replica.answers(ran.logits[:0], []) == replica.decided(ran.logits[:0], []) == []


def test_it_tells_what_it_is(replica: Replica, plain: Release) -> None:
    assert replica.labels == ("card", "rate", "transfer")
    assert replica.max_tokens == 32
    assert replica.embeds
    assert replica.rate > 100
    assert [row.size for row in replica.encode(["", "card", "card " * 100])] == [2, 3, 32]
    linear = Replica(plain)
    assert not linear.embeds
    assert [row.size for row in linear.encode(["", "my own card"])] == [1, 3]
    assert linear.run(linear.encode(["", "my card"])).features is None


def test_one_row_and_many_have_each_its_engine(demo: Release) -> None:
    told = demo.read("gate.json")
    replica = Replica(demo, threads=1)
    one, two = replica.encode(["a", "b"])
    assert replica.run([one]).engine == told["latency"]
    assert replica.run([one, two]).engine == told["throughput"]


def test_engines_share_a_tokenizer(demo: Release) -> None:
    ours = registry.kind("engines", "onnx-float32")(demo.folder, 1)
    theirs = registry.kind("engines", "onnx-int8")(demo.folder, 1)
    assert ours.modality is theirs.modality


def test_features_have_length_one(replica: Replica, exam: gate.Exam) -> None:
    ran = replica.run(replica.encode(exam.texts[:5]))
    assert ran.features is not None
    np.testing.assert_allclose(np.linalg.norm(replicas.unit(ran.features), axis=1), 1, atol=1e-6)
    assert not replicas.unit(np.zeros((1, 4), np.float32)).any()


def test_an_engine_that_gives_no_numbers_is_left(
    demo: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(demo, threads=1)
    first = replica._engines.order[0]
    engine = replica._engines._loaded[first]
    width = engine.head.weight.shape[1]
    monkeypatch.setattr(
        engine, "forward", lambda batch: np.full((len(batch["input_ids"]), width), np.nan)
    )
    ran = replica.run(replica.encode(["a", "b"]))
    assert ran.engine != first
    assert replica._engines.failed == {first: "its outputs are not finite"}


def test_an_engine_that_failed_is_tried_again_later(
    demo: Release, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    replica = Replica(demo, threads=1)
    rows = replica.encode(["a", "b"])
    first = replica._engines.order[0]
    kind = registry.kind("engines", first)
    with monkeypatch.context() as broken:
        broken.setattr(kind, "forward", _no_memory)
        assert replica.run(rows).engine != first
    assert replica.run(rows).engine != first
    monkeypatch.setattr(replica, "_patience", 0.0)
    with caplog.at_level(logging.INFO, logger="seedbed.serve.replica"):
        assert replica.run(rows).engine == first
    assert f"trying again: {first}" in caplog.text


def test_where_all_engines_fail_the_next_call_tries_again_soon(
    demo: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = Replica(demo, threads=1)
    rows = replica.encode(["a", "b"])
    with monkeypatch.context() as broken:
        for name in replica._engines.order:
            broken.setattr(registry.kind("engines", name), "forward", _no_memory)
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match="bad allocation"):
                replica.run(rows)
    monkeypatch.setattr(replicas, "DOWN_SECONDS", 0.0)
    assert replica.run(rows).engine == replica._engines.order[0]


def _no_memory(*args: object) -> None:
    raise RuntimeError("bad allocation")


def test_a_release_without_a_sound_engine_is_not_loaded(spoilt: Path) -> None:
    for path in (ONNX, "engines/onnx-int8/model.onnx", "model/model.safetensors"):
        if (spoilt / path).exists():
            (spoilt / path).unlink()
            (spoilt / path).write_bytes(b"not a model")
    with pytest.raises(EngineUnavailable):
        Replica(store.opened(spoilt), threads=1)


def test_it_lets_go_of_its_engines(demo: Release) -> None:
    replica = Replica(demo, threads=1)
    replica.close()
    assert replica._engines._loaded == {}


@given(
    scores=st.lists(st.floats(0, 1, width=32), min_size=2, max_size=80),
    several=st.booleans(),
    threshold=st.floats(0, 1),
)
def test_a_short_answer_is_the_long_one_without_scores(
    scores: list[float], several: bool, threshold: float
) -> None:
    schema = Schema(tuple(f"label {i}" for i in range(len(scores))), multi_label=several)
    task = registry.kind("tasks", "text-classification")(recipes.parse(sample.RECIPE).data)
    row, promise = np.array(scores, dtype=np.float32), Promise(threshold)
    long = dict(task.answer(row, schema, promise))
    del long["scores"]
    assert task.brief(row, schema, promise) == long


def test_releases_share_a_tokenizer_where_it_is_the_same(releases: Home, demo: Release) -> None:
    ours = registry.kind("engines", "onnx-float32")(demo.folder, 1)
    theirs = registry.kind("engines", "onnx-float32")(store.find(releases, "demo/2").folder, 1)
    assert ours.modality is theirs.modality
