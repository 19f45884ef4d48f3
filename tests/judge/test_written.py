"""Answers in words, judged beside what the untuned model writes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from seedbed.judge import text
from seedbed.judge.calibration import Calibration
from seedbed.judge.report import page
from seedbed.judge.report.charts import draw
from seedbed.judge.scored import Scored
from seedbed.recipe import Data, Judge
from seedbed.tasks.base import Floats, Schema
from seedbed.tasks.chat import Chat
from seedbed.tasks.text_generation import END, TextGeneration

ROWS = 60
WORDS = ["yes", "no", "sure", "never", "maybe"]
TRUTH = [f"{WORDS[i % 3]} {WORDS[3 + i % 2]}" for i in range(ROWS)]
OURS = [truth if i % 3 else "maybe yes" for i, truth in enumerate(TRUTH)]
THEIRS = [truth if i % 10 == 0 else "maybe never" for i, truth in enumerate(TRUTH)]
HARD = np.random.default_rng(0).exponential(2.0, ROWS)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> TextGeneration:
    folder = tmp_path_factory.mktemp("release")
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, "no"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    (folder / "model").mkdir()
    tokenizer.save(str(folder / "model" / "tokenizer.json"))
    made = TextGeneration(Data(train="rows.jsonl"))
    made.open(folder)
    return made


def sums(worse: float) -> Floats:
    """Answers of ten tokens each, every one of them so many nats a token less likely."""
    lost = 10 * (HARD + worse)
    return np.stack([lost, np.full(ROWS, 10), np.full(ROWS, 5)], axis=1).astype(np.float32)


def writer(answers: Sequence[str]) -> Any:
    """Writes the answer of the row whose number stands in the prompt."""

    def write(asked: Sequence[Chat]) -> Floats:
        said = [answers[int(one.text)].split() for one in asked]
        return np.array([[*map(WORDS.index, one), END] for one in said], dtype=np.float32)

    return write


def judged(
    task: TextGeneration,
    *,
    rows: int = ROWS,
    ours: Sequence[str] = OURS,
    theirs: Sequence[str] | None = THEIRS,
) -> dict[str, Any]:
    chats = [Chat(({"role": "user", "content": str(i)},), truth) for i, truth in enumerate(TRUTH)]
    scored = Scored(
        task, Schema(("answer",)), "token_likelihood", Judge(bootstrap=500, written_rows=rows), 0,
        1.0, chats, [one.text for one in chats], np.arange(ROWS), np.zeros(ROWS, int), sums(0.5),
        writer(ours), writer(theirs) if theirs else None, sums(0.8) if theirs else None,
    )  # fmt: skip
    found = text.parts(scored, Calibration(1.0, None, 0.05, 0.9, 0.0), sums(0.5))
    json.dumps(found, allow_nan=False)
    return dict(found["written"])


def shown(written: dict[str, Any]) -> str:
    report = {"name": "n", "number": 1, "task": "text-generation", "metric": "token_likelihood"}
    return page.fill(report | {"written": written}, dict.fromkeys(draw({})))


def test_every_measure_has_an_interval_the_untuned_models_and_the_difference(
    task: TextGeneration,
) -> None:
    found = judged(task)
    for name in ("perplexity", "exact_match", "rouge_l"):
        ours, theirs, gap = (part[name] for part in (found, found["untuned"], found["difference"]))
        for part in (ours, theirs, gap):
            assert part["low"] < part["value"] < part["high"]
        assert gap["value"] == pytest.approx(ours["value"] - theirs["value"])
        better = gap["high"] < 0 if name == "perplexity" else gap["low"] > 0
        assert better
        assert gap["p"] < 0.01
    assert found["perplexity"]["value"] == pytest.approx(math.exp(HARD.mean() + 0.5), rel=1e-5)
    assert found["untuned"]["perplexity"]["value"] == pytest.approx(
        math.exp(HARD.mean() + 0.8), rel=1e-5
    )
    assert found["exact_match"]["value"] == 40 / 60
    assert found["untuned"]["exact_match"]["value"] == 6 / 60


def test_perplexities_are_compared_on_the_same_rows(task: TextGeneration) -> None:
    """Rows differ far more than the models do: apart, the intervals overlap."""
    found = judged(task, rows=0)
    assert found["perplexity"]["high"] > found["untuned"]["perplexity"]["low"]
    assert found["difference"]["perplexity"]["high"] < 0
    assert "exact_match" not in found["difference"]


def test_answers_that_are_never_the_truth_are_not_known_to_be_so(task: TextGeneration) -> None:
    wrong = ["maybe maybe"] * ROWS
    found = judged(task, rows=20, ours=wrong, theirs=wrong)
    # Newcombe (1998), table I: the score interval of 0 of 20.
    assert found["exact_match"]["high"] == pytest.approx(0.1611, abs=5e-5)
    gap = found["difference"]["exact_match"]
    assert (gap["value"], gap["p"]) == (0, 1)
    assert gap["low"] == pytest.approx(-gap["high"])
    assert 0.05 < gap["high"] < 0.2


def test_the_page_shows_all_of_it_in_both_languages(task: TextGeneration) -> None:
    found = judged(task)
    told = shown(found)
    for part in ("the untuned model", "未调的模型", "Exactly the truth", "与真实回答完全一致"):
        assert part in told
    for part in (found, found["untuned"]):
        low, high = (round(100 * part["exact_match"][end], 1) for end in ("low", "high"))
        assert f"{low:.1f}–{high:.1f}%" in told
        assert f"{part['perplexity']['low']:.3g} … {part['perplexity']['high']:.3g}" in told
    gap = found["difference"]["exact_match"]
    assert f"+{100 * gap['value']:.1f}" in told
    assert len(re.findall("&lt; 0.001|0\\.00\\d<", told)) >= 3


def test_without_an_untuned_model_nothing_is_said_of_one(task: TextGeneration) -> None:
    found = judged(task, theirs=None)
    assert found["untuned"] == found["difference"] == {}
    told = shown(found)
    assert "Exactly the truth" in told
    assert "the untuned model" not in told
