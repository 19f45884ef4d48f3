"""TF-IDF is scikit-learn's, to which this module needs no scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer

from seedbed.backbones.tfidf import Tfidf

WORDS = [text for text, _ in rows.made(1200)] + ["", "a", "The THE the;  the\n\nend"]
CHINESE = [
    "酒店的房间很干净，服务员态度也很好。",
    "前台  等了半个小时，\n\n下次不会再来了！",
    "早餐种类丰富，位置离地铁站很近",
    "WiFi 很慢 very slow",
    "",
]


@pytest.mark.parametrize(("texts", "analyzer"), [(WORDS, "word"), (CHINESE * 3, "char")])
def test_it_is_scikit_learns(texts: list[str], analyzer: str) -> None:
    ours = Tfidf.fit(texts)
    assert ours.analyzer == analyzer
    theirs = TfidfVectorizer(
        sublinear_tf=True,
        analyzer=analyzer,
        ngram_range=(1, 2) if analyzer == "word" else (1, 3),
        min_df=2 if len(texts) >= 1000 else 1,
    )
    expected = theirs.fit_transform(texts)
    assert ours.vocabulary == theirs.vocabulary_
    found = ours.transform(texts)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    assert abs(found - expected).max() < 1e-6
    fresh = ["an unknown text about my card card", "房间 未知", ""]
    assert abs(ours.transform(fresh) - theirs.transform(fresh)).max() < 1e-6


def test_the_commonest_terms_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.backbones.tfidf.MOST_TERMS", 3)
    assert list(Tfidf.fit(["bb aa", "bb cc", "bb aa dd"]).vocabulary) == ["aa", "bb", "bb aa"]


def test_saved_and_loaded(tmp_path: Path) -> None:
    ours = Tfidf.fit(WORDS)
    weight = np.random.default_rng(0).normal(size=(3, len(ours.idf)))
    ours.save(tmp_path, weight, np.arange(3))
    again = Tfidf.load(tmp_path)
    assert (ours.transform(WORDS) != again.transform(WORDS)).nnz == 0
    tensors = load_file(tmp_path / "linear.safetensors")
    np.testing.assert_array_equal(tensors["weight"], weight.astype(np.float32))
    np.testing.assert_array_equal(tensors["bias"], [0, 1, 2])


def test_a_long_text_is_read_in_part() -> None:
    ours = Tfidf.fit(["aa bb", "cc"])
    long = "aa " * 10_000 + "cc " * 10**6
    assert ours.transform([long]).indices.tolist() == [ours.vocabulary["aa"]]
