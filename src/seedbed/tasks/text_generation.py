"""A prompt in, an answer in words out: supervised tuning of a causal model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from seedbed.data.table import Table
from seedbed.errors import ChatWrong
from seedbed.recipe import Data, Train
from seedbed.tasks.base import Doubles, Floats, Promise, Schema, Targets, Task
from seedbed.tasks.chat import DO, Asking, Chat, Message, messages_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

END, PAD = -2, -1
"""What stands behind the tokens of an answer that ended by itself, and behind any."""
NEVER = 700.0
"""Negative log likelihood a token of what is as good as impossible; exp(−700) is not 0 yet."""
UNTUNED = "untuned model"
"""What the base model is called among those that a release is compared with."""
UNLIKE = 0.05
"""Two models say the same of a row where its mean log likelihood a token differs by no more."""
TIMED = 8
"""Prompts by which an engine's speed is measured: to write takes seconds."""


class TextGeneration(Task):
    """An answer a row, judged by how likely the model holds the true one.

    What a model gives of a row with its answer is three sums over the answer's tokens: the negative
    log likelihood, their number, and how many of them it holds likeliest (n, 3). What it gives of a
    row without is the tokens that it writes (n, most), `END` and `PAD` behind them.
    """

    name: ClassVar[str] = "text-generation"
    metrics: ClassVar[tuple[str, ...]] = ("token_likelihood", "token_accuracy")
    reads: ClassVar[str] = "chat"
    output: ClassVar[Literal["label", "value", "tags", "rank", "text"]] = "text"
    rungs: ClassVar[tuple[str, ...]] = ("prompted", "adapter", "full")
    base: ClassVar[str] = "smollm2"
    rivals: ClassVar[Mapping[str, str]] = {"prompted": UNTUNED}
    exam_rows: ClassVar[int] = 100
    example: ClassVar[str] = Asking(Chat(({"role": "user", "content": "Say a word. "},), most=8))

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._tokenizer: Tokenizer | None = None

    def columns(self) -> Mapping[str, str]:
        """Return the columns of prompt and answer, or that of the messages."""
        if self.data.messages:
            return {self.data.messages: "data.messages"}
        return {self.data.text: "data.text", self.data.answer: "data.answer"}

    def open(self, folder: Path) -> None:
        """Read the tokenizer of a release, by which tokens become words."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "model" / "tokenizer.json"))

    def keep(self, folder: Path) -> None:
        """Read the tokenizer that lies in a release in the making: there is nothing to write."""
        self.open(folder)

    def schema(self, table: Table) -> Schema:
        """Return the column of the answers."""
        return Schema((self.data.messages or self.data.answer,))

    def inputs(self, table: Table) -> Sequence[Chat]:
        """Return the conversations, each with its answer.

        Raises:
            ChatWrong: a cell of messages is no conversation that the assistant ends.
        """
        if self.data.messages:
            cells = table.column(self.data.messages, key="data.messages")
            numbered = zip(cells, table.numbers, strict=True)
            return [self._told(cell, f"{table.path}, row {number}") for cell, number in numbered]
        prompts = table.column(self.data.text, key="data.text")
        answers = table.column(self.data.answer, key="data.answer")
        return [
            Chat(self._messages(str(prompt)), str(answer))
            for prompt, answer in zip(prompts, answers, strict=True)
        ]

    def asked(self, text: str | Chat) -> Chat:
        """Return a prompt, or a whole conversation, as the model reads it."""
        if isinstance(text, Chat):
            return text
        return text.chat if isinstance(text, Asking) else Chat(self._messages(text))

    def asks(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return some prompts, without their answers."""
        return [one.asked() for one in inputs[:TIMED]]

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows lack a prompt or an answer."""
        return [
            not one.text.strip() or not (one.answer or "").strip() for one in self.inputs(table)
        ]

    def texts(self, table: Table) -> Sequence[str]:
        """Return the prompts."""
        return [one.text for one in self.inputs(table)]

    def answered(self, table: Table) -> Sequence[str]:
        """Return the answers, with all that was said before: a prompt may have several."""
        return [json.dumps([*one.messages, one.answer]) for one in self.inputs(table)]

    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return zeros (n,): the truth is in the inputs, for the model is to read it too."""
        return np.zeros(len(self.inputs(table)), dtype=np.int64)

    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return the mean negative log likelihood of the answers' tokens: sums (b, 3)."""
        return logits[:, 0].sum() / logits[:, 1].sum().clamp(min=1)

    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return what the model gave: sums, or tokens."""
        return logits

    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the same: an answer is its sums here (n, 3)."""
        return scores

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return a metric over all tokens.

        `token_likelihood` is the geometric mean and `perplexity` its inverse, which the report
        gives too; `token_accuracy` is the share of tokens held likeliest.
        """
        return float(self.of_sums(name, answers.astype(np.float64).sum(axis=0)))

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles:
        """Return the sums of each row (n, 3)."""
        return answers.astype(np.float64)

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return the metric of negative log likelihood, tokens, and tokens held likeliest."""
        lost, tokens, right = np.moveaxis(sums, -1, 0)
        over = np.maximum(tokens, 1)
        if name == "token_accuracy":
            found: Doubles = right / over
        elif name == "perplexity":
            found = np.exp(np.minimum(lost / over, NEVER))
        else:
            found = np.exp(-lost / over)
        return found

    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return the negative log likelihood a token of each row."""
        found: Doubles = per_token(answers)
        return found

    def differ(self, one: Targets, other: Targets) -> Any:
        """Return where two models' likelihoods are not the same (n,)."""
        return np.abs(per_token(one) - per_token(other)) > UNLIKE

    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return `text`, `tokens` and `finish`: `stop` where it ended by itself, or `length`."""
        return {
            "text": self.words(scores, given.stop if given is not None else ()),
            "tokens": int((scores >= 0).sum()),
            "finish": "stop" if (scores == END).any() else "length",
        }

    def words(self, scores: Floats, stops: Sequence[str] = ()) -> str:
        """Return the tokens that a model wrote as text, up to the first of the stops."""
        assert self._tokenizer is not None, "the task of a release was opened"
        text: str = self._tokenizer.decode(scores[scores >= 0].astype(int).tolist())
        for stop in stops:
            text = text.partition(stop)[0]
        return text.strip()

    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return the true answer; of a model's, how perplexed it is by that."""
        if np.ndim(answer):
            return f"perplexity {np.exp(per_token(answer[None])[0]):.4g}"
        return given.answer if given is not None else ""

    def key(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return what was written."""
        return self.words(answer, given.stop if given is not None else ())

    def _messages(self, prompt: str) -> tuple[Message, ...]:
        system = self.data.system
        before = ({"role": "system", "content": system},) if system else ()
        return (*before, {"role": "user", "content": prompt})

    def _told(self, cell: Any, where: str) -> Chat:
        *asked, last = messages_of(cell, where)
        if last["role"] != "assistant" or not asked:
            raise ChatWrong(
                expected="a conversation whose last message is the assistant's answer",
                got=f"one that ends with the {last['role']}'s",
                do=DO,
                where=where,
            )
        if self.data.system and asked[0]["role"] != "system":
            asked.insert(0, {"role": "system", "content": self.data.system})
        return Chat(tuple(asked), last["content"])


def per_token(sums: Any) -> Doubles:
    """Return the negative log likelihood a token (n,) of sums (n, 3)."""
    found: Doubles = (sums[:, 0] / np.maximum(sums[:, 1], 1)).astype(np.float64)
    return found
