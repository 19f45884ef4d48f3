"""What a task that writes reads, and how it marks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedbed.data.table import Table
from seedbed.errors import ChatWrong
from seedbed.judge.rouge import rouge_l
from seedbed.recipe import Data
from seedbed.tasks.base import Schema
from seedbed.tasks.chat import Asking, Chat
from seedbed.tasks.statistics import paired_bootstrap
from seedbed.tasks.text_generation import TextGeneration

SCHEMA = Schema(("answer",))


def table(**columns: list[Any]) -> Table:
    many = len(next(iter(columns.values())))
    return Table(Path("rows.jsonl"), columns, np.arange(1, many + 1))


def task(**told: Any) -> TextGeneration:
    return TextGeneration(Data(train="rows.jsonl", **told))


def test_a_prompt_and_an_answer_are_a_conversation() -> None:
    made = task(system="Be brief.")
    (found,) = made.inputs(table(text=["Why?"], answer=["Because."]))
    assert [one["role"] for one in found.messages] == ["system", "user"]
    assert (found.text, found.answer) == ("Why?", "Because.")
    assert made.asked("Why?") == found.asked()


def test_the_last_of_the_messages_is_the_answer() -> None:
    said = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
    ]
    (found,) = task(messages="messages").inputs(table(messages=[said]))
    assert (len(found.messages), found.answer) == (3, "Because.")


@pytest.mark.parametrize(
    "cell",
    [
        "no JSON",
        "[]",
        [{"role": "user", "content": "Why?"}],
        [{"role": "assistant", "content": "alone"}],
        [{"role": "judge", "content": "?"}, {"role": "assistant", "content": "!"}],
        [{"role": "user", "content": 3}, {"role": "assistant", "content": "!"}],
    ],
)
def test_what_is_no_conversation_is_refused_with_its_row(cell: Any) -> None:
    with pytest.raises(ChatWrong, match="row 1"):
        task(messages="messages").inputs(table(messages=[cell]))


def test_rows_without_an_answer_are_blank() -> None:
    found = task().blank(table(text=["a", " ", "c"], answer=["b", "b", " "]))
    assert list(found) == [False, True, True]


def test_likelihood_is_the_inverse_of_perplexity_over_all_tokens() -> None:
    sums = np.array([[2.0, 4, 3], [6.0, 2, 0]])
    assert task().metric("token_likelihood", np.zeros(2), sums, SCHEMA) == pytest.approx(
        math.exp(-8 / 6)
    )
    assert task().metric("perplexity", np.zeros(2), sums, SCHEMA) == pytest.approx(math.exp(8 / 6))
    assert task().metric("token_accuracy", np.zeros(2), sums, SCHEMA) == pytest.approx(0.5)
    assert task().losses(np.zeros(2), sums) == pytest.approx([0.5, 3.0])


def test_a_difference_is_paired_by_rows() -> None:
    draw = np.random.default_rng(0)
    hard = draw.exponential(20, 300)
    one = np.stack([hard + 10, np.full(300, 10.0), np.zeros(300)], axis=1)
    better = one - [1.0, 0, 0]  # a tenth of a nat a token, on every row alike
    gap = paired_bootstrap(task(), SCHEMA, "token_likelihood", np.zeros(300), better, one)
    assert gap.low > 0


def test_a_call_carries_its_conversation_as_a_text() -> None:
    chat = Chat(({"role": "user", "content": "Why? "},), most=8, stop=("\n",))
    asked = Asking(chat)
    assert (asked, task().asked(asked)) == ("Why? ", chat)
    longer = asked * 3
    assert (longer, longer.chat.most) == ("Why? " * 3, 8)


def test_rouge_l_by_hand() -> None:
    # Lin (2004): "police killed the gunman" against "police kill the gunman": three of four.
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(0.75)
    assert rouge_l("police killed the gunman", "the gunman kill police") == pytest.approx(0.5)
    assert rouge_l("苗床很好", "苗床不好") == pytest.approx(0.75)
    assert rouge_l("The end.", "the END") == 1
    assert rouge_l("words", "") == 0
