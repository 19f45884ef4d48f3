from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from seedbed import registry
from seedbed.backbones.tfidf import Tfidf
from seedbed.errors import ArchitectureUnsupported, EngineUnavailable
from seedbed.release import gate
from seedbed.release.engines import export, onnx_int8, processor
from seedbed.release.store import Release

ENCODERS = ["onnx-float32", "onnx-int8", "openvino-bf16", "torch-bf16", "torch-float32"]
PRUNED = ["onnx-float32-pruned", "onnx-int8-pruned", "openvino-bf16-pruned"]
OFF = {"onnx-float32": 1e-4, "torch-float32": 1e-6}
ODD = ["", " ", "a", "\x00", "é" * 500, "银行卡 " * 50, "one two three", "word " * 1000]


def loaded(folder: Path, name: str) -> object:
    engine = registry.kind("engines", name)
    if gone := engine.missing():
        pytest.skip(gone.en)
    return engine(folder, 1)


def test_all_engines_are_registered() -> None:
    kinds = {name: registry.kind("engines", name).kind for name in registry.names("engines")}
    assert sorted(name for name, kind in kinds.items() if kind == "encoder") == sorted(
        ENCODERS + PRUNED
    )
    assert kinds["linear"] == "linear"


@pytest.mark.parametrize("name", ENCODERS)
def test_an_engine_answers_as_the_model_does(made: Release, exam: gate.Exam, name: str) -> None:
    engine, model = loaded(made.folder, name), loaded(made.folder, "torch-float32")
    ours, theirs = engine.logits([*exam.texts, *ODD]), model.logits([*exam.texts, *ODD])
    assert ours.dtype == np.float32
    assert ours.shape == (len(exam.texts) + len(ODD), 3)
    assert np.abs(ours - theirs).max() <= OFF.get(name, 0.1) * np.abs(theirs).max()


@pytest.mark.parametrize("name", ["onnx-float32", "torch-float32"])
@pytest.mark.parametrize("rows", [10, 150])
def test_where_memory_is_short_fewer_rows_are_computed_at_once(
    made: Release, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch, name: str, rows: int
) -> None:
    engine = loaded(made.folder, name)
    texts = [exam.texts[i % len(exam.texts)] for i in range(rows)]
    expected, real, seen = engine.logits(texts), engine.forward, []

    def forward(batch: dict[str, np.ndarray]) -> np.ndarray:
        seen.append(len(next(iter(batch.values()))))
        if seen[-1] > 3:
            raise MemoryError
        return real(batch)

    monkeypatch.setattr(engine, "forward", forward)
    np.testing.assert_allclose(engine.logits(texts), expected, atol=1e-4)
    assert max(seen) > 3
    assert sum(size for size in seen if size <= 3) == rows


@pytest.mark.parametrize("name", ENCODERS)
def test_what_an_engine_needs_is_in_the_release(made: Release, name: str) -> None:
    assert set(loaded(made.folder, name).files()) <= set(made.manifest["files"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=120), min_size=1, max_size=150), st.randoms())
def test_the_order_of_the_texts_is_kept(made: Release, texts: list[str], draw: object) -> None:
    engine = _onnx(made.folder)
    order = list(range(len(texts)))
    draw.shuffle(order)
    there, back = engine.logits(texts), engine.logits([texts[i] for i in order])
    np.testing.assert_allclose(there[order], back, atol=1e-3)
    np.testing.assert_allclose(there[:1], engine.logits(texts[:1]), atol=1e-3)


WORDS = st.sampled_from(["card", "Überweisung", "!!", "a", "x" * 40, "银行卡", "don't", "é", "１"])
BLANKS = st.sampled_from([" ", "\n", "  ", "", "\t", " \n "])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WORDS, BLANKS), max_size=40), st.integers(1, 12))
def test_of_a_long_text_the_beginning_is_read_and_all_that_fits(
    made: Release, parts: list[tuple[str, str]], times: int
) -> None:
    engine = _onnx(made.folder)
    text = "".join(word + blank for word, blank in parts) * times
    [row] = engine.encode([text])
    tokenizer = Tokenizer.from_file(str(made.folder / "model" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(engine.max_tokens)
    pieces = tokenizer.encode(text).ids
    np.testing.assert_array_equal(row.content, pieces)
    assert row.size == len(pieces)


_READY: dict[Path, object] = {}


def _onnx(folder: Path) -> object:
    if folder not in _READY:
        _READY[folder] = registry.kind("engines", "onnx-float32")(folder, 1)
    return _READY[folder]


def test_int8_is_a_quarter_of_the_size(made: Release) -> None:
    files = made.manifest["files"]
    assert files[onnx_int8.FILE]["bytes"] < 0.3 * files[export.ONNX]["bytes"]


def test_int8_keeps_to_seven_bits_where_sums_would_overflow(
    stage: Path, made: Release, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_int8, "adds_int8_exactly", lambda: False)
    engine = onnx_int8.OnnxInt8Engine
    if processor.adds_int8_exactly():
        with pytest.raises(EngineUnavailable, match="would overflow"):
            engine(made.folder, 1)
    (stage / "engines").mkdir()
    (stage / "engines/onnx").symlink_to(made.folder / "engines/onnx")
    engine.build(stage, exam.texts[:8])
    assert _largest_weight(stage / onnx_int8.FILE) <= 64
    assert engine(stage, 1).logits(["my card"]).shape == (1, 3)


def _largest_weight(path: Path) -> int:
    import onnx
    from onnx import numpy_helper

    weights = (numpy_helper.to_array(part) for part in onnx.load(path).graph.initializer)
    products = [w for w in weights if w.dtype == np.int8 and w.ndim == 2 and w.shape[0] < 2000]
    return max(int(np.abs(w.astype(int)).max()) for w in products)


def test_an_export_that_answers_otherwise_is_not_used(
    stage: Path, made: Release, exam: gate.Exam, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx
    from onnx import numpy_helper

    def shifted(model: object, read: object, rows: object, path: Path, *, dynamo: bool) -> None:
        graph = onnx.load(made.folder / export.ONNX)
        part = next(p for p in graph.graph.initializer if p.name.endswith("LayerNorm.bias"))
        part.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(part) + 1, part.name))
        onnx.save(graph, path)

    monkeypatch.setattr(export, "_export", shifted)
    with pytest.raises(ArchitectureUnsupported, match="off by"):
        export.shared_onnx(stage, exam.texts[:4])
    assert not list((stage / "engines").rglob("*.onnx*"))


def test_the_linear_engine_is_scikit_learns_pipeline(tmp_path: Path, exam: gate.Exam) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    terms = Tfidf.fit(exam.texts)
    fitted = LogisticRegression().fit(terms.transform(exam.texts), exam.truth)
    terms.save(tmp_path / "model", fitted.coef_, fitted.intercept_)
    ours = registry.kind("engines", "linear")(tmp_path, 1).logits([*exam.texts, ""])
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(exam.texts)
    want = LogisticRegression().fit(theirs.transform(exam.texts), exam.truth)
    np.testing.assert_allclose(
        ours, want.decision_function(theirs.transform([*exam.texts, ""])), atol=2e-3
    )


def test_what_the_processor_can_do_is_found_without_torch() -> None:
    import torch

    told = torch.cpu.get_capabilities()
    exact = any(told.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8", "dotprod"))
    assert processor.adds_int8_exactly() == exact
    assert processor.threads() >= 1
