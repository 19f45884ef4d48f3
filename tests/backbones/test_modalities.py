"""What a base model reads: rows, batches, and the settings that a release keeps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from seedbed.backbones.base import Backbone, fetch
from seedbed.backbones.modalities import base
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier, save_classifier
from seedbed.recipe import Train

PAIRS = [("where is my card", "my card is lost"), ("a rate", "the exchange rate of today")]


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    return fetch("minilm", tmp_path_factory.mktemp("cache"))


def kept(found: base.Modality, backbone: Backbone, folder: Path) -> base.Modality:
    """Write a release's model of it, and load how that one reads."""
    network = found.network(backbone.folder)
    head = torch.nn.Linear(network.width, 2)
    save_classifier(folder, Classifier(network, head), backbone.folder, found)
    return base.load(folder)


def test_pairs_are_those_of_transformers(minilm: Backbone) -> None:
    from transformers import AutoTokenizer

    found = base.choose(minilm, Train(max_tokens=9), PAIRS)
    assert list(found.axes) == ["input_ids", "attention_mask", "token_type_ids"]
    theirs = AutoTokenizer.from_pretrained(minilm.folder)(
        PAIRS, truncation=True, max_length=9, padding=True, return_tensors="np"
    )
    batch = found.batch(found.encode(PAIRS))
    assert batch.keys() == theirs.keys()
    for name, array in batch.items():
        assert_array_equal(array, theirs[name])
    rows = found.encode([PAIRS[0], "one text"])
    assert_array_equal(found.sizes(rows), [9, 4])


def test_a_pair_is_read_with_its_types(minilm: Backbone) -> None:
    from transformers import AutoModel

    found = base.choose(minilm, Train(), PAIRS)
    batch = {k: torch.from_numpy(v) for k, v in found.batch(found.encode(PAIRS)).items()}
    whole = AutoModel.from_pretrained(minilm.folder).eval()
    with torch.inference_mode():
        ours = found.network(minilm.folder)(**batch)
        hidden = whole(**batch).last_hidden_state
        without = whole(**{k: batch[k] for k in ("input_ids", "attention_mask")})
    mask = batch["attention_mask"].unsqueeze(-1)
    torch.testing.assert_close(ours, (hidden * mask).sum(1) / mask.sum(1), rtol=1e-4, atol=1e-5)
    assert (hidden - without.last_hidden_state).abs().max() > 0.01


@pytest.mark.parametrize("inputs", [["a card", "two rates"], PAIRS])
def test_a_release_reads_as_it_was_tuned(
    minilm: Backbone, tmp_path: Path, inputs: list[object]
) -> None:
    found = base.choose(minilm, Train(), inputs)
    again = kept(found, minilm, tmp_path)
    assert isinstance(again, Text)
    assert again.told() == found.told()
    assert again.axes == found.axes
    for one, other in zip(found.encode(inputs), again.encode(inputs), strict=True):
        assert_array_equal(one, other)
    assert {path.name for path in tmp_path.iterdir()} >= {"tokenizer.json", "model.safetensors"}


def test_texts_alone_have_no_types(minilm: Backbone) -> None:
    found = base.choose(minilm, Train(), ["a card"])
    assert list(found.axes) == ["input_ids", "attention_mask"]
    assert found.pinned() == {"train.max_tokens": 128}


def test_without_pooling_each_piece_has_features(minilm: Backbone) -> None:
    text = base.choose(minilm, Train(), ["a card"])
    assert isinstance(text, Text)
    each = Text(text.tokens, "none")
    batch = {k: torch.from_numpy(v) for k, v in text.batch(text.encode(["a", "a card"])).items()}
    with torch.inference_mode():
        one, all_ = text.network(minilm.folder)(**batch), each.network(minilm.folder)(**batch)
    assert all_.shape == (2, 4, 384)
    torch.testing.assert_close(all_[1].mean(0), one[1], rtol=1e-4, atol=1e-5)


def test_reading_imports_no_torch(minilm: Backbone, tmp_path: Path) -> None:
    kept(base.choose(minilm, Train(), ["a"]), minilm, tmp_path)
    code = (
        "import sys; from pathlib import Path; from seedbed.backbones.modalities.base import load;"
        f"m = load(Path({str(tmp_path)!r})); m.batch(m.encode(['a card']));"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sizes_are_counted(minilm: Backbone) -> None:
    found = base.choose(minilm, Train(), ["a"])
    sizes = found.sizes(found.encode(["a", "a card", ""]))
    assert sizes.dtype == np.int64
    assert sizes.tolist() == [3, 4, 2]
