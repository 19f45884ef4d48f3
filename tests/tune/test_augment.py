"""Texts read with some word pieces left out, others each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from test_loop import training, weights
from torch import Tensor

from seedbed.backbones.encoder import left_out, load_encoder, pool
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.modalities.words import Words
from seedbed.backbones.tokens import Tokens
from seedbed.errors import WrongValue
from seedbed.recipe import Train, override, parse
from seedbed.tasks.settle import settled
from seedbed.tasks.spans import joined
from seedbed.tune import loop
from seedbed.tune.climb import Climber
from seedbed.tune.inputs import Encoded

TEXTS = ["my card was swiped twice at the shop", "hello", "where is the money that I sent"]
CLS, SEP = 101, 102


def draw(seed: int = 5) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(folder: Path) -> dict[str, torch.Tensor]:
    text = Text(Tokens(folder, 32), "mean")
    return Encoded(text, text.encode(TEXTS)).batch(np.arange(len(TEXTS)))


def test_a_piece_left_out_is_not_seen(small: Path) -> None:
    """What stays comes out the same whatever piece stands where one was left out."""
    encoder, given = load_encoder(small), batch(small)
    mask = given["attention_mask"].clone()
    mask[0, 3] = mask[2, 5] = 0
    other = given["input_ids"].clone()
    other[0, 3], other[2, 5] = 2003, 2004
    with torch.no_grad():
        found, whole = (
            pool(encoder(ids, attention_mask=seen).last_hidden_state, seen, "mean")
            for ids, seen in ((other, mask), (given["input_ids"], given["attention_mask"]))
        )
        same = pool(
            encoder(given["input_ids"], attention_mask=mask).last_hidden_state, mask, "mean"
        )
    torch.testing.assert_close(found, same)
    assert (found - whole).abs().amax(1).gt(1e-3).tolist() == [True, False, True]


def test_special_pieces_stay_and_no_text_loses_all(small: Path) -> None:
    given = batch(small)
    most = left_out(given, [CLS, SEP], 0.99, draw())
    ids, whole = given["input_ids"], given["attention_mask"]
    special = (ids == CLS) | (ids == SEP)
    assert bool((most[special] == 1).all())
    assert most.sum(1).tolist()[1] == 3, "a word alone"
    assert bool((most <= whole).all()), "padding stays padding"
    assert (most & ~special).sum(1).gt(0).all()


def test_a_share_is_left_out_and_others_each_time() -> None:
    ids = torch.arange(1000, 41_000).reshape(200, 200)
    given = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    one, again, other = (left_out(given, [CLS], 0.1, draw(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    gone = 1 - one.float()
    # 40,000 draws: the share's standard error is √(0.1 · 0.9 / 40,000) = 0.0015.
    assert float(gone.mean()) == pytest.approx(0.1, abs=0.006)
    both = gone * (1 - other.float())
    assert float(both.mean()) == pytest.approx(0.01, abs=0.002), "independent draws"


def test_only_where_the_recipe_asks(small: Path) -> None:
    context = rows.context(small, small.parent / "none")
    given = batch(small)
    assert context.modality.augment(given, draw()) is given
    asked = rows.context(small, small.parent / "words", train__augment="words")
    found = asked.modality.augment(given, draw())
    assert found["input_ids"] is given["input_ids"]
    assert int(found["attention_mask"].sum()) < int(given["attention_mask"].sum())
    vectors = {"inputs_embeds": torch.zeros(1, 2, 4), "attention_mask": torch.ones(1, 2)}
    assert asked.modality.augment(vectors, draw()) is vectors, "activations of `top`"


def test_words_are_left_out_of_sentences(small: Path) -> None:
    backbone = rows.context(small, small.parent / "backbone").backbone
    inputs = [joined(text.split()) for text in TEXTS]
    for length in (None, 16):
        train = Train(augment="words", augment_share=0.5, max_tokens=length)
        words = Words.choose(backbone, train, inputs)
        given = Encoded(words, words.encode(inputs)).batch(np.arange(len(TEXTS)))
        found = words.augment(given, draw())
        assert torch.equal(found["firsts"], given["firsts"])
        assert int(found["attention_mask"].sum()) < int(given["attention_mask"].sum())


def trained(small: Path, run: Path, **changes: Any) -> Any:
    changes |= {"ladder__only": "full", "ladder__epochs": {"full": 1}}
    context = rows.context(small, run, rows=48, held=12, **changes)
    return Climber(context).run().winner.validation


def test_a_training_is_changed_and_made_again(small: Path, tmp_path: Path) -> None:
    plain = trained(small, tmp_path / "plain")
    one, again = (trained(small, tmp_path / n, train__augment="words") for n in ("one", "again"))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, plain)


def test_a_resumed_training_draws_what_it_would_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    drawn: list[list[int]] = []

    def augment(given: dict[str, Tensor], draw: torch.Generator) -> dict[str, Tensor]:
        named = {"input_ids": given["ids"], "attention_mask": given["mask"].long()}
        mask = left_out(named, [0, 1], 0.3, draw)
        drawn.append(mask.flatten().tolist())
        return given | {"mask": mask.float()}

    def made(folder: str, upto: int = 99) -> dict[str, Any]:
        def progress(step: int = 0, **_: Any) -> None:
            if step == upto:
                raise ZeroDivisionError

        once = training(tmp_path / folder, progress=progress)
        once.augment = augment
        once.run()
        return weights(once.model)

    whole, plan = made("whole"), list(drawn)
    assert len({tuple(one) for one in plan}) == len(plan) == 9, "others each time"
    with pytest.raises(ZeroDivisionError):
        made("cut", 5)
    drawn.clear()
    cut = made("cut")
    assert drawn == plan[4:], "from the last step that was saved"
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("train.augment", "word", "'none' or 'words'"),
        ("train.augment_share", 0.0, "greater than 0"),
        ("train.augment_share", 1.0, "less than 1"),
        ("train.augment_share", "0.1", "number"),
    ],
)
def test_a_wrong_value_is_named(key: str, value: Any, said: str) -> None:
    plain = parse("name: a\ndata: {train: train.csv}\n")
    with pytest.raises(WrongValue, match=said):
        override(plain, {key: value})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"task": "image-classification"}, r"image-classification.*train\.move"),
        ({"task": "tabular-classification"}, "tabular-classification"),
        ({"task": "text-generation"}, "text-generation"),
        ({"task": "text-matching", "data.match": "answer"}, "data.match: answer"),
    ],
)
def test_what_has_no_texts_to_leave_words_out_of(changes: dict[str, Any], said: str) -> None:
    plain = parse("name: a\ndata: {train: train.csv}\ntrain: {augment: words}\n")
    assert settled(plain)[0].train.augment == "words"
    with pytest.raises(WrongValue, match=f"(?s){said}"):
        settled(override(plain, changes))
