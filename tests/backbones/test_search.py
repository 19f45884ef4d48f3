"""What searches a collection: packed answers, vectors, BM25, and the features of pairs."""

from __future__ import annotations

from pathlib import Path

import bm25s
import numpy as np
import pytest

from seedbed.backbones import head, plain
from seedbed.backbones import index as indexes
from seedbed.backbones.bm25 import K1, B, Bm25, terms
from seedbed.backbones.index import Index
from seedbed.backbones.overlap import Overlap
from seedbed.recipe import Data
from seedbed.tasks import found
from seedbed.tasks.pairs import LabelledPairs

DRAW = np.random.default_rng(0)


def vectors(rows: int, width: int = 48) -> np.ndarray:
    return DRAW.normal(size=(rows, width)).astype(np.float32)


def test_the_best_are_the_best_in_order_and_ties_go_by_place() -> None:
    scores = np.round(DRAW.normal(size=(5, 300)), 1).astype(np.float32)
    packed = found.best(scores)
    order = np.argsort(-scores, axis=1, kind="stable")[:, : found.TOP]
    whole = np.sort(-scores, axis=1)[:, : found.TOP]
    assert np.allclose(-found.scores_of(packed), whole)
    assert (found.places(packed)[:, 0] == order[:, 0]).all()


def test_a_collection_of_one_leaves_the_other_places_empty() -> None:
    packed = Index.of(vectors(1)).logits(vectors(2))
    assert found.places(packed)[:, 0].tolist() == [0, 0]
    assert (found.places(packed)[:, 1:] == found.NOWHERE).all()
    assert np.isfinite(packed).all()


@pytest.mark.parametrize("form", ["float16", "int8"])
def test_a_search_by_blocks_finds_what_a_whole_one_finds(
    form: indexes.Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, asked = Index.of(vectors(1000), form), vectors(7)
    whole = index.logits(asked)
    monkeypatch.setattr(indexes, "BLOCK", 64)
    monkeypatch.setattr(indexes, "HELD", 0)
    parts = Index(index.vectors, index.scales).logits(asked)
    assert (found.places(whole) == found.places(parts)).mean() > 0.99
    assert np.allclose(found.scores_of(whole), found.scores_of(parts), atol=1e-6)


@pytest.mark.parametrize(("form", "off"), [("float16", 5e-4), ("int8", 1e-2)])
def test_what_is_rounded_is_nearly_the_cosine(form: indexes.Form, off: float) -> None:
    answers, asked = vectors(300), vectors(20)
    exact = indexes.unit(asked) @ indexes.unit(answers).T
    packed = Index.of(answers, form).logits(asked)
    told = np.take_along_axis(exact, found.places(packed), axis=1)
    assert np.abs(told - found.scores_of(packed)).max() < off
    assert (found.places(packed)[:, 0] == exact.argmax(axis=1)).mean() >= 0.9


def test_an_index_lies_where_a_head_does(tmp_path: Path) -> None:
    for form in ("float16", "int8"):
        made = Index.of(vectors(10), form)
        made.save(tmp_path)
        read = head.load(tmp_path)
        assert isinstance(read, Index)
        assert (read.logits(vectors(1)) >= -1).all()
        assert (read.vectors == made.vectors).all()


def test_bm25_gives_the_scores_of_bm25s(tmp_path: Path) -> None:
    texts = [
        "The card has not arrived.",
        "Cards arrive within five working days, mostly.",
        "An exchange rate is what a currency costs in another.",
    ]
    model = Bm25.fit(texts)
    model.save(tmp_path)
    read = Bm25.load(tmp_path)
    theirs = bm25s.BM25(method="lucene", k1=K1, b=B)
    theirs.index([terms(text, "word") for text in texts], show_progress=False)
    for question in ("when does my card arrive", "rate of currencies", "nothing known"):
        known = [term for term in terms(question, "word") if term in theirs.vocab_dict]
        wanted = theirs.get_scores(known) if known else np.zeros(3)
        packed = read.search([read.terms(question)])
        order = found.places(packed)[0][:3]
        assert found.scores_of(packed)[0][:3] == pytest.approx(wanted[order], abs=1e-5)


def test_chinese_is_cut_into_characters_and_their_pairs() -> None:
    assert terms("高血压 pill", "char") == ["高", "血", "压", "高血", "血压", "pill"]
    model = Bm25.fit(["高血压能吃党参吗", "感冒了怎么办", "血糖高吃什么"])
    assert model.analyzer == "char"
    assert found.places(model.search([model.terms("得了感冒")]))[0, 0] == 1


def test_pairs_that_share_words_have_a_higher_cosine(tmp_path: Path) -> None:
    pairs = [("my card is lost", "I lost my card"), ("my card is lost", "what is the rate")]
    made = Overlap.fit(pairs, LabelledPairs(Data(train="a.csv")))
    found = made.transform(pairs).toarray()
    assert found[0, 0] > found[1, 0]
    made.save(tmp_path, np.ones((2, 3)), np.zeros(2))
    read, _ = plain.load(tmp_path)
    assert np.allclose(read.transform(pairs).toarray(), found, atol=1e-5)
    assert read.size(("", "")) == 1
