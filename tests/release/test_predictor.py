from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seedbed import registry
from seedbed.errors import EngineUnavailable
from seedbed.home import read_json, write_json
from seedbed.release import gate, store
from seedbed.release.engines.base import Reason
from seedbed.release.engines.export import ONNX
from seedbed.release.engines.onnx_int8 import FILE
from seedbed.release.predictor import Engines, Predictor, ranked
from seedbed.release.store import Release

TRAINING = ("torch", "transformers", "peft", "sklearn", "pandas", "altair", "onnx", "datasketch")
ELSEWHERE = """
import json, socket, sys

def blocked(*args, **kwargs):
    raise AssertionError("the network was asked for")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = blocked
from seedbed import cli
try:
    cli.main(sys.argv[1:])
except SystemExit as stop:
    assert not stop.code, stop.code
loaded = [name for name in {training!r} if name in sys.modules]
assert loaded == [], loaded
"""


def choose(folder: Path, engine: str) -> None:
    """Make an engine the gate's choice for one row and for many."""
    told = read_json(folder / "gate.json") | {"latency": engine, "throughput": engine}
    (folder / "gate.json").unlink()
    write_json(folder / "gate.json", told)


def spoil(path: Path, content: bytes = b"not a model") -> None:
    path.unlink()
    path.write_bytes(content)


def test_answers_are_the_tasks(made: Release, exam: gate.Exam) -> None:
    predictor = Predictor(made, threads=1)
    logits, scores = predictor.logits(exam.texts), predictor.scores(exam.texts)
    np.testing.assert_allclose(scores, exam.task.scores(logits, exam.schema, 0.5), atol=1e-6)
    answers = predictor.answers(exam.texts)
    assert [exam.schema.labels[i] for i in logits.argmax(axis=1)] == [a["label"] for a in answers]
    assert [a["sure"] for a in answers] == [a["confidence"] >= 0.7 for a in answers]
    assert list(predictor.stream(iter(exam.texts))) == answers


def test_no_text_and_empty_texts(made: Release) -> None:
    predictor = Predictor(made, threads=1)
    assert predictor.answers([]) == []
    assert predictor.logits([]).shape == predictor.scores([]).shape == (0, 3)
    assert [set(a) for a in predictor.answers(["", " "])] == 2 * [
        {"label", "confidence", "sure", "scores"}
    ]
    assert list(predictor.stream([])) == []


def test_one_text_and_many_have_each_its_engine(made: Release) -> None:
    engines = Engines(made.folder, order=["onnx-float32", "onnx-int8"], single="onnx-int8")
    assert engines.serving(1) == "onnx-int8"
    assert engines.serving(2) == "onnx-float32"
    engines.logits(["a"])
    assert set(engines._loaded) == {"onnx-int8"}


def test_an_engine_may_be_asked_for(made: Release, exam: gate.Exam) -> None:
    predictor = Predictor(made, engine="torch-float32", threads=1)
    model = registry.kind("engines", "torch-float32")(made.folder, 1)
    np.testing.assert_array_equal(predictor.logits(exam.texts), model.logits(exam.texts))
    with pytest.raises(EngineUnavailable, match="onnx-int4"):
        Predictor(made, engine="onnx-int4")


@pytest.mark.parametrize(
    ("engine", "file"), [("onnx-int8", FILE), ("onnx-float32", ONNX), ("openvino-bf16", ONNX)]
)
def test_a_broken_engine_is_left_for_the_next(
    copied: Path, exam: gate.Exam, caplog: pytest.LogCaptureFixture, engine: str, file: str
) -> None:
    if gone := registry.kind("engines", engine).missing():
        pytest.skip(gone.en)
    spoil(copied / file)
    choose(copied, engine)
    predictor = Predictor(copied, threads=1)
    with caplog.at_level(logging.WARNING, logger="seedbed.release.predictor"):
        found = predictor.logits(exam.texts)
        predictor.logits(exam.texts[:1])
    model = registry.kind("engines", "torch-float32")(copied, 1).logits(exam.texts)
    assert (found.argmax(axis=1) == model.argmax(axis=1)).mean() > 0.97
    assert engine in predictor.engines.failed
    said = [record.getMessage() for record in caplog.records]
    assert len([line for line in said if line.startswith(f"engine {engine} cannot answer")]) == 1


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (RuntimeError("bad allocation"), "bad allocation"),
        (MemoryError(), "none for 3 word pieces"),
    ],
)
def test_an_engine_that_fails_as_it_runs_is_left(
    made: Release, monkeypatch: pytest.MonkeyPatch, cause: Exception, said: str
) -> None:
    engine = registry.kind("engines", "onnx-float32")

    def forward(self: object, batch: object) -> None:
        raise cause

    monkeypatch.setattr(engine, "forward", forward)
    engines = Engines(made.folder, order=["onnx-float32", "torch-float32"], threads=1)
    assert engines.logits(["a", "b"]).shape == (2, 3)
    assert engines.failed == {"onnx-float32": said}
    assert engines.serving(2) == "torch-float32"


def test_an_engine_without_memory_to_load_is_left(
    made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loads(self: object, folder: Path, threads: int) -> None:
        raise MemoryError

    monkeypatch.setattr(registry.kind("engines", "onnx-float32"), "__init__", loads)
    engines = Engines(made.folder, order=["onnx-float32", "torch-float32"], threads=1)
    assert engines.logits(["a"]).shape == (1, 3)
    assert engines.failed == {"onnx-float32": "MemoryError"}


def test_no_engine_left_is_an_error_with_all_reasons(
    made: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = registry.kind("engines", "onnx-float32")
    monkeypatch.setattr(engine, "missing", lambda: Reason("not installed: onnxruntime", "未安装"))
    engines = Engines(made.folder, order=["onnx-float32", "from-elsewhere"])
    with pytest.raises(EngineUnavailable) as raised:
        engines.logits(["a"])
    want = "onnx-float32: not installed: onnxruntime; from-elsewhere: no such engine is installed"
    assert raised.value.got == want
    assert engines.serving(1) is None


def test_engines_are_ranked_by_the_gate(made: Release) -> None:
    told = made.read("gate.json")
    order = ranked(told)
    speeds = {row["engine"]: row["rows_per_second"] for row in told["engines"]}
    assert order[0] == told["throughput"]
    assert [speeds[name] for name in order] == sorted((speeds[n] for n in order), reverse=True)
    assert "torch-float32" in order


@pytest.mark.parametrize("engine", ["onnx-float32", "onnx-int8", "openvino-bf16"])
def test_a_copy_answers_elsewhere_without_network_or_training_parts(
    made: Release, exam: gate.Exam, copied: Path, tmp_path: Path, engine: str
) -> None:
    if gone := registry.kind("engines", engine).missing():
        pytest.skip(gone.en)
    texts = [exam.texts[0], exam.texts[40], ""]
    code = ELSEWHERE.format(training=TRAINING)
    command = [sys.executable, "-c", code, "predict", f"./{copied.name}", *texts]
    done = subprocess.run(
        [*command, "--json", "--engine", engine, "--threads", "1"],
        cwd=copied.parent,
        env={**os.environ, "SEEDBED_HOME": str(tmp_path / "none"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    want = Predictor(made, engine=engine, threads=1).answers(texts)
    assert [line["label"] for line in found] == [answer["label"] for answer in want]
    assert [line["text"] for line in found] == texts


def test_an_altered_weight_is_found_before_it_answers(copied: Path, home: store.Home) -> None:
    weights = copied / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    spoil(weights, bytes(content))
    with pytest.raises(store.ReleaseDamaged, match=r"model\.safetensors"):
        store.find(home, str(copied))
