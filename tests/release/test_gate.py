from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed import registry
from seedbed.backbones.head import Linear
from seedbed.errors import KindUnknown, MemoryShort
from seedbed.release import exam as exams
from seedbed.release import gate
from seedbed.release.engines.base import lacking
from seedbed.release.engines.onnx_int8 import FILE, OnnxInt8Engine
from seedbed.release.engines.openvino_bf16 import OpenvinoBf16Engine
from seedbed.release.engines.processor import NO_BFLOAT16
from seedbed.release.store import Release
from seedbed.tasks.base import Schema

ROW = {"engine", "kept", "sure", "why", "value", "difference", "low", "high", "disagree"}
ROW |= {
    "rows_per_second",
    "p50_ms",
    "p99_ms",
    "bytes",
    "load_seconds",
    "latency",
    "throughput",
    "pruned",
}


def test_every_engine_that_runs_here_is_measured(made: Release) -> None:
    told = made.read("gate.json")
    kinds = {name: registry.kind("engines", name) for name in registry.names("engines")}
    able = {name for name, kind in kinds.items() if kind.kind == "encoder" and not kind.missing()}
    able -= {name for name in able if name.endswith("-pruned")}  # only where they are asked for
    assert {row["engine"] for row in told["engines"] if row["kept"]} == able
    for row in told["engines"]:
        assert set(row) == ROW
        assert row["why"]["en"]
        assert row["why"]["zh"]
        if row["kept"]:
            assert 0 < row["p50_ms"] <= row["p99_ms"]
            assert row["rows_per_second"] > 0
            assert row["low"] <= row["difference"] <= row["high"]
            files = registry.kind("engines", row["engine"])(made.folder, 1).files()
            assert "model/tokenizer.json" in files
            assert row["bytes"] == sum(made.manifest["files"][name]["bytes"] for name in files)


def test_another_head_sits_the_exam_where_it_is_given(stage: Path, exam: gate.Exam) -> None:
    kept = Linear.load(stage / "model")
    mute = Linear(kept.weight * 0, np.array([0, 1, 0], np.float32))
    told = gate.run(
        stage, replace(exam, head=mute), kind="encoder", engines=["torch-float32"], threads=1
    )
    assert told.engines[0]["value"] == pytest.approx((exam.truth == 1).mean())
    assert (Linear.load(stage / "model").weight == kept.weight).all()


def test_the_best_for_one_row_and_for_many_are_chosen(made: Release) -> None:
    told = made.read("gate.json")
    kept = [row for row in told["engines"] if row["kept"]]
    rows = told["rows"]
    assert told["latency"] == gate.fastest(kept, rows, lambda row: 1 / float(row["p50_ms"]))
    assert told["throughput"] == gate.fastest(kept, rows, lambda row: row["rows_per_second"])
    for use in ("latency", "throughput"):
        assert [row["engine"] for row in told["engines"] if row[use]] == [told[use]]


def test_an_engine_next_to_random_is_refused(
    stage: Path, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = OnnxInt8Engine.build

    def spoilt(folder: Path, sample: Sequence[str]) -> None:
        import onnx
        from onnx import numpy_helper

        real(folder, sample)
        model = onnx.load(folder / FILE)
        draw = np.random.default_rng(0)
        for part in model.graph.initializer:
            weight = numpy_helper.to_array(part)
            if weight.dtype == np.int8 and weight.ndim == 2:
                noise = draw.integers(-127, 127, weight.shape, dtype=np.int8)
                part.CopyFrom(numpy_helper.from_array(noise, part.name))
        (folder / FILE).unlink()
        onnx.save(model, folder / FILE)

    monkeypatch.setattr(OnnxInt8Engine, "build", spoilt)
    found = gate.run(stage, exam, kind="encoder", engines=["onnx-int8"], threads=1)
    model, int8 = found.engines
    assert model["kept"]
    assert not int8["kept"]
    assert int8["value"] < 0.6 < model["value"]
    assert "loses more than the" in int8["why"]["en"]
    assert found.latency == found.throughput == "torch-float32"
    assert not (stage / "engines/onnx-int8").exists()
    assert not (stage / "engines/onnx").exists()


def test_an_engine_that_fails_is_refused_with_its_reason_and_the_rest_go_on(
    stage: Path, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(folder: Path, sample: Sequence[str]) -> None:
        raise RuntimeError("unsupported operator Frobnicate\nand a long trace")

    monkeypatch.setattr(OpenvinoBf16Engine, "build", build)
    monkeypatch.setattr(OpenvinoBf16Engine, "missing", lambda: None)
    monkeypatch.setattr(OnnxInt8Engine, "missing", lambda: NO_BFLOAT16)
    names = ["openvino-bf16", "onnx-int8"]
    found = gate.run(stage, exam, kind="encoder", engines=names, threads=1)
    _, openvino, int8 = found.engines
    assert openvino["why"] == {
        "en": "cannot run here: unsupported operator Frobnicate",
        "zh": "无法在本机运行：unsupported operator Frobnicate",
    }
    assert int8["why"]["zh"] == "无法在本机运行：此处理器不支持 bfloat16 运算"
    assert openvino["rows_per_second"] is int8["value"] is None
    assert set(openvino) == ROW


@pytest.mark.parametrize(
    ("part", "said"),
    [("forward", "memory for one row"), ("__init__", "memory for the model itself")],
)
def test_no_memory_for_the_model_itself_is_a_clear_error(
    stage: Path, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch, part: str, said: str
) -> None:
    def short(self: object, *_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(registry.kind("engines", "torch-float32"), part, short)
    with pytest.raises(MemoryShort, match=said):
        gate.run(stage, exam, kind="encoder", engines=["torch-float32"], threads=1)


def test_a_package_that_is_missing_is_named_in_both_languages() -> None:
    gone = lacking("numpy", "no_such_package", "nor_this")
    assert gone == (
        "not installed: no_such_package, nor_this (pip install no_such_package nor_this)",
        "未安装 no_such_package、nor_this（pip install no_such_package nor_this）",
    )
    assert lacking("numpy") is None


def test_an_engine_that_no_one_knows_is_an_error(stage: Path, exam: gate.Exam) -> None:
    with pytest.raises(KindUnknown, match="onnx-int4"):
        gate.run(stage, exam, kind="encoder", engines=["onnx-int4"])


def marked(
    exam: gate.Exam, rows: int, lost: int, won: int, margin: float = 0.005
) -> dict[str, Any]:
    """Return the report's row of an engine that got some rows wrong, and others right, anew."""
    truth = np.zeros(rows, dtype=np.int64)
    model, engine = truth.copy(), truth.copy()
    model[: rows // 20 + won] = 1
    engine[: rows // 20] = 1
    engine[-lost:] = 1 if lost else engine[-lost:]
    asked = replace(exam, schema=Schema(("a", "b")), margin=margin, texts=[""] * rows, truth=truth)
    speed = exams.Speed(1.0, 1.0, 1.0, 1.0, 1)
    answers, reference = exams.Answers(engine, engine), exams.Answers(model, model)
    found = exams.marked("tried", asked, answers, reference, speed)
    assert found["difference"] == pytest.approx((won - lost) / rows)
    assert found["disagree"] == lost + won
    return found


@pytest.mark.parametrize(
    ("rows", "lost", "won", "kept", "sure", "said"),
    [
        (20, 0, 0, True, False, "as the model does; too few rows to say more"),
        (1000, 0, 0, True, True, "answers all 1,000 rows as the model does"),
        (100, 1, 0, True, False, "too few rows to say whether"),
        (100, 1, 1, True, False, "too few rows to say whether"),
        (100, 2, 0, False, False, "loses more than the 1.00 allowed"),
        (100, 5, 5, False, False, "beyond the 4.39 that so many rows allow"),
        (1000, 2, 2, True, True, "within the margin of 0.50"),
        (1000, 6, 6, True, False, "loses more than the margin of 0.50; kept"),
        (1000, 3, 1, True, False, "loses more than the margin of 0.50; kept"),
        (1000, 10, 2, False, False, "loses more than the 0.50 allowed"),
        (1000, 9, 0, False, False, "loses more than the 0.50 allowed"),
        (1000, 30, 30, False, False, "beyond the 1.00 that so many rows allow"),
        (10_000, 20, 15, True, True, "within the margin of 0.50"),
        (10_000, 60, 0, False, False, "loses more than the 0.50 allowed"),
        (10_000, 240, 200, False, False, "beyond the 0.50 that so many rows allow"),
    ],
)
def test_the_rule(
    exam: gate.Exam, rows: int, lost: int, won: int, *, kept: bool, sure: bool, said: str
) -> None:
    found = marked(exam, rows, lost, won)
    assert (found["kept"], found["sure"]) == (kept, sure)
    assert said in found["why"]["en"]
    assert ("行数太少" in found["why"]["zh"]) == ("too few rows" in found["why"]["en"])


def test_what_is_sure_is_within_the_recipes_margin(exam: gate.Exam) -> None:
    for margin in (0.002, 0.005, 0.01, 0.05):
        for lost, won in ((0, 0), (1, 1), (3, 3), (6, 6), (8, 2)):
            found = marked(exam, 1000, lost, won, margin)
            assert found["sure"] == (found["low"] >= -margin)
    assert not marked(exam, 1000, 6, 6, 0.005)["sure"]
    assert marked(exam, 1000, 6, 6, 0.01)["sure"]


def test_rows_are_capped_and_drawn_by_the_seed(exam: gate.Exam) -> None:
    first, again = exam.sample(30), exam.sample(30)
    other = replace(exam, seed=1).sample(30)
    assert first.texts == again.texts != other.texts
    assert len(first.texts) == len(first.truth) == 30
    places = [exam.texts.index(text) for text in first.texts]
    np.testing.assert_array_equal(exam.truth[places], first.truth)
    assert exam.sample(1000) is exam


@pytest.mark.parametrize(
    ("rates", "chosen"),
    [
        ({"onnx-int8": (1000.0, 14), "openvino-bf16": (510.0, 2)}, "openvino-bf16"),
        ({"onnx-int8": (1000.0, 14), "openvino-bf16": (490.0, 2)}, "onnx-int8"),
        ({"onnx-int8": (1000.0, 5), "openvino-bf16": (900.0, 2)}, "onnx-int8"),
        ({"onnx-int8": (1000.0, 14)}, "onnx-int8"),
    ],
)
def test_an_engine_that_answers_otherwise_must_be_clearly_faster(
    rates: dict[str, tuple[float, int]], chosen: str
) -> None:
    kept = [{"engine": n, "rate": rate, "disagree": count} for n, (rate, count) in rates.items()]
    assert gate.fastest(kept, 1000, lambda row: float(row["rate"])) == chosen


class Slow:
    """Counts what it is asked; each answer takes longer than all single rows together may."""

    asked = 0

    def logits(self, texts: list[str]) -> None:
        self.asked += len(texts)
        time.sleep(gate.SINGLE_SECONDS * 1.05)


def test_what_takes_seconds_is_timed_by_two_rows() -> None:
    engine = Slow()
    (took,) = gate._singles(engine, ["a"] * 9)  # type: ignore[arg-type]
    assert took >= 1000 * gate.SINGLE_SECONDS
    assert engine.asked == 2
