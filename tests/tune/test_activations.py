"""Cached activations: what the upper layers make of them, and files that are half there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from torch import nn

from seedbed import registry
from seedbed.backbones.encoder import Pooled, load_encoder
from seedbed.backbones.head import Linear
from seedbed.backbones.modalities.base import load
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier, compute_dtype, layer_of
from seedbed.backbones.tokens import Tokens
from seedbed.errors import RungUnavailable
from seedbed.tune import loop
from seedbed.tune.activations import Activations, Cut, keep
from seedbed.tune.inputs import Encoded
from seedbed.tune.rungs import deep
from seedbed.tune.rungs.base import keep_start
from seedbed.tune.rungs.top import Upper

TEXTS = [text for text, _ in rows.made(40)]


def load_classifier(folder: Path) -> Classifier:
    """Read a candidate folder as one module."""
    return Classifier(load(folder).network(folder), layer_of(Linear.load(folder))).eval()


def encoded(folder: Path) -> Encoded:
    """Return the texts as the model in a folder reads them."""
    text = Text(Tokens(folder, 32), "mean")
    return Encoded(text, text.encode(TEXTS))


def ignore(_: int) -> None:
    pass


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("top", [1, 2, 5])
def test_upper_layers_say_what_the_whole_says(
    small: Path, tmp_path: Path, precision: str, top: int
) -> None:
    dtype = compute_dtype(precision)
    inputs = encoded(small)
    path = tmp_path / "rows.bf16"
    lower = Cut(load_encoder(small, dtype=dtype), top).lower()
    keep(lower, inputs, path, ignore)
    cached = Activations(path, inputs.lengths, 384)
    torch.manual_seed(0)
    head = nn.Linear(384, 3)
    cut = Cut(load_encoder(small), top)
    plan: Any = type("Plan", (), {"dtype": dtype, "batch_tokens": 4096})
    found = loop.predict(Classifier(Upper(cut.upper(), "mean"), head), cached, plan)
    whole = Classifier(Pooled(load_encoder(small), "mean"), head)
    exact: Any = type("Plan", (), {"dtype": torch.float32, "batch_tokens": 4096})
    expected = loop.predict(whole, inputs, exact)
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max() + 0.002
    restored = Classifier(Pooled(cut.whole(), "mean"), head)
    again = loop.predict(restored, inputs, exact)
    np.testing.assert_array_equal(again, expected)


def test_a_file_half_written_is_written_again(small: Path, tmp_path: Path) -> None:
    inputs = encoded(small)
    lower = Cut(load_encoder(small), 1).lower()
    path, marker = tmp_path / "rows.bf16", tmp_path / "rows.whole"

    def dies(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep(lower, inputs, path, dies)
    assert path.stat().st_size == inputs.lengths.sum() * 768
    assert not marker.exists()
    keep(lower, inputs, path, ignore)
    whole = path.read_bytes()
    assert marker.exists()

    def never(done: int) -> None:
        raise AssertionError("a whole file is left as it is")

    keep(lower, inputs, path, never)
    path.write_bytes(whole[:-768])
    keep(lower, inputs, path, ignore)
    assert path.read_bytes() == whole
    marker.unlink()
    path.write_bytes(bytes(len(whole)))
    keep(lower, inputs, path, ignore)
    assert path.read_bytes() == whole


def test_an_encoder_of_other_parts(small: Path) -> None:
    with pytest.raises(RungUnavailable, match="`full` or `adapter`"):
        Cut(nn.Linear(2, 2), 1)


@pytest.mark.parametrize("rung", ["probe", "top", "full"])
def test_a_candidate_is_a_plain_transformers_folder(small: Path, tmp_path: Path, rung: str) -> None:
    from transformers import AutoModel, AutoTokenizer

    epochs = {} if rung == "probe" else {rung: 1}
    context = rows.context(small, tmp_path, ladder__epochs=epochs, train__precision="float32")
    candidate = registry.kind("rungs", rung)(context).climb()
    texts = [*context.validation.inputs[:5]]
    apart = candidate.apart()  # the head that is kept may have learnt from validation rows as well
    model = AutoModel.from_pretrained(candidate.folder, add_pooling_layer=False)
    batch = AutoTokenizer.from_pretrained(candidate.folder)(
        texts, padding=True, truncation=True, max_length=32, return_tensors="pt"
    )
    with torch.inference_mode():
        ours = load_classifier(candidate.folder)
        hidden = model(**batch).last_hidden_state
        head = layer_of(apart) if apart else ours.head
        mask = batch["attention_mask"].unsqueeze(-1)
        logits = head((hidden * mask).sum(1) / mask.sum(1))
        ours.head = head
        same = ours(**{name: batch[name] for name in ("input_ids", "attention_mask")})
    torch.testing.assert_close(logits, same, rtol=1e-3, atol=1e-4)
    tolerance = 0.05 if rung == "top" else 2e-3  # the activations are bfloat16
    np.testing.assert_allclose(same.numpy(), candidate.validation[:5], atol=tolerance)
    assert not list(candidate.folder.parent.glob("*.bf16"))
    assert not (candidate.folder.parent / "state.safetensors").exists()


@pytest.mark.parametrize("rung", ["top", "full"])
def test_the_fitted_head_is_kept_only_where_it_scores_better(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rung: str
) -> None:
    def climbed(name: str, *penalties: float) -> tuple[float, np.ndarray, np.ndarray]:
        monkeypatch.setattr(deep, "HEAD_L2", penalties)
        changes = {"ladder__epochs": {rung: 1}, "train__learning_rate": 1e-6}
        context = rows.context(small, tmp_path / name, train__precision="float32", **changes)
        # A head that knows nothing, which so slow a training does not mend.
        blank = Linear(np.zeros((3, 384), np.float32), np.array([1, 0, 0], np.float32))
        folder = tmp_path / name / "rungs" / "probe"
        folder.mkdir(parents=True)
        keep_start(folder, blank)
        candidate = registry.kind("rungs", rung)(context).climb()
        score = context.score(candidate.validation, context.validation.targets)
        apart = candidate.apart()
        kept = load_classifier(candidate.folder).head.weight.detach().numpy()
        return score, kept, kept if apart is None else apart.weight

    without, plain, _ = climbed("without")
    better, fitted, apart = climbed("fitted", 1e-2)
    worse, kept, _ = climbed("worse", 1e9)  # a penalty that leaves nothing of the head
    assert better > without + 0.2
    assert np.abs(fitted - plain).max() > 0.01
    assert 0 < np.abs(fitted - apart).max() < np.abs(fitted - plain).max()  # it knows more rows
    assert worse == without
    np.testing.assert_array_equal(kept, plain)


@pytest.mark.parametrize("kind", ["lora", "adalora", "ia3"])
def test_the_adapter_and_its_head_load_in_plain_peft(
    small: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warnings

    from peft import PeftModel
    from safetensors.torch import load_file

    changes = {"ladder__epochs": {"adapter": 2}, "train__precision": "float32"}
    context = rows.context(small, tmp_path, train__adapter=kind, **changes)
    monkeypatch.setattr(deep, "HEAD_L2", ())  # a head fitted anew may know the validation rows
    candidate = registry.kind("rungs", "adapter")(context).climb()
    folder = tmp_path / "rungs" / "adapter" / "model" / "adapter"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        adapted = PeftModel.from_pretrained(load_encoder(small), str(folder))
    tensors = load_file(folder / "head.safetensors")
    head = nn.Linear(384, 3)
    head.load_state_dict(tensors)
    pieces = Encoded(context.modality, context.encoded[1])
    exact: Any = type("Plan", (), {"dtype": torch.float32, "batch_tokens": 4096})
    theirs = loop.predict(Classifier(Pooled(adapted.eval(), "mean"), head), pieces, exact)
    merged = loop.predict(load_classifier(candidate.folder), pieces, exact)
    np.testing.assert_allclose(theirs, merged, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(candidate.validation, merged, rtol=1e-3, atol=1e-3)
    base_only = loop.predict(Classifier(Pooled(load_encoder(small), "mean"), head), pieces, exact)
    assert np.abs(base_only - merged).max() > 0.01  # it did learn something
    assert {p.name for p in folder.iterdir()} >= {"adapter_config.json", "head.json"}
    assert not list(folder.glob("*.bin"))
