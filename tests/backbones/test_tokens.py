from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from seedbed.backbones.base import fetch
from seedbed.backbones.tokens import Tokens
from seedbed.errors import TokenizerMissing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch("minilm", tmp_path_factory.mktemp("cache")).folder


def test_the_pieces_are_those_of_transformers(folder: Path) -> None:
    from transformers import AutoTokenizer

    texts = ["Where is my card?", "", "naïve café — 你好 😀", "x" * 300, "one\ttwo\nthree"]
    theirs = AutoTokenizer.from_pretrained(folder)(texts, truncation=True, max_length=16)
    for ours, ids in zip(Tokens(folder, 16).encode(texts), theirs["input_ids"], strict=True):
        assert_array_equal(ours, ids)
        assert ours.dtype == np.int32


def test_truncation_keeps_both_ends(folder: Path) -> None:
    (cut,) = Tokens(folder, 8).encode(["one two three four five six seven eight nine"])
    (whole,) = Tokens(folder, 64).encode(["one two three four five six seven eight nine"])
    assert len(cut) == 8
    assert cut[0] == whole[0]
    assert cut[-1] == whole[-1]
    assert_array_equal(cut[1:-1], whole[1:7])


def test_the_prefix_stands_before_each_text(folder: Path) -> None:
    ours = Tokens(folder, 32, "query: ").encode(["a card", "a rate"])
    theirs = Tokens(folder, 32).encode(["query: a card", "query: a rate"])
    for one, other in zip(ours, theirs, strict=True):
        assert_array_equal(one, other)


def test_padding(folder: Path) -> None:
    tokens = Tokens(folder, 32)
    rows = tokens.encode(["a card", "is it the card that I lost"])
    ids, mask = tokens.pad(rows)
    assert ids.shape == mask.shape == (2, len(rows[1]))
    assert_array_equal(mask.sum(1), [len(row) for row in rows])
    assert_array_equal(ids[0, : len(rows[0])], rows[0])
    assert set(ids[0, len(rows[0]) :]) == {tokens.pad_id} == {0}
    assert tokens.size == 30522


@pytest.mark.parametrize("text", ["card " * 2_000_000, "x" * 10_000_000, "卡" * 3_000_000])
def test_ten_megabytes_are_quick(folder: Path, text: str) -> None:
    tokens = Tokens(folder, 128)
    began = time.perf_counter()
    (row,) = tokens.encode([text])
    assert time.perf_counter() - began < 5  # read in full it takes 20 s
    assert len(row) <= 128
    assert_array_equal(row, Tokens(folder, 128).encode([text[:20_000]])[0])


def test_no_tokenizer_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TokenizerMissing, match="no such file"):
        Tokens(tmp_path, 16)
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": 3}))
    with pytest.raises(TokenizerMissing, match=r"expected a tokenizer\.json"):
        Tokens(tmp_path, 16)
