"""Conversations, read by a causal language model that scores their answers or writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.backbones.base import Backbone
from seedbed.backbones.chat import Template
from seedbed.backbones.modalities.base import Arrays, Modality
from seedbed.backbones.tokens import Pieces
from seedbed.errors import ArchitectureUnsupported, PromptTooLong, TokenizerMissing
from seedbed.home import read_json
from seedbed.recipe import Train
from seedbed.tasks.chat import Chat

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from seedbed.backbones.causal import Writer

SHARE = 0.97
LEAST, MOST = 128, 1024
"""Bounds of what is chosen for tokens of a training row."""
LEAST_WRITTEN, MOST_WRITTEN = 64, 512
"""And for tokens that are written at most."""
HEADROOM = 1.25
"""What may be written may be so much longer than nearly all true answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A conversation as tokens.

    Attributes:
        ids: Of the prompt, then of the answer where there is one.
        prompt: How many of them are the prompt's.
        chat: What was asked, and how it is to be answered.
    """

    ids: Pieces
    prompt: int
    chat: Chat

    @property
    def scored(self) -> bool:
        """Whether there is an answer to be scored; else one is to be written."""
        return self.chat.answer is not None

    def tobytes(self) -> bytes:
        """Return what tells the row from others."""
        return self.ids.tobytes() + self.prompt.to_bytes(4)


class Causal(Modality):
    """A row is a conversation in the model's chat template; the answer's tokens alone are learnt.

    Args:
        folder: Where tokenizer.json lies.
        template: How conversations are written.
        most: Tokens of a row that is learnt from; the prompt's beginning is cut first.
        written: Tokens of an answer that is written, at most.
        context: Tokens that the model can read at all.
        ends: Tokens by which the model says that it has ended.
    """

    name: ClassVar[str] = "causal"
    kind: ClassVar[str] = "causal"
    headless: ClassVar[bool] = True
    rates: ClassVar[Mapping[str, float]] = {"adapter": 5e-4, "full": 5e-5}
    files: ClassVar[tuple[str, ...]] = (
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "chat_template.jinja",
    )
    needs: ClassVar[tuple[str, ...]] = ("tokenizer.json",)
    rows_to_see: int = 6_000
    most_passes: int = 3

    def __init__(
        self,
        folder: Path,
        template: Template,
        *,
        most: int,
        written: int,
        context: int,
        ends: Sequence[int],
    ) -> None:
        from tokenizers import Tokenizer

        self.template = template
        self.most, self.written, self.context = most, written, context
        self.ends = frozenset(ends)
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    @classmethod
    def check(cls, folder: Path) -> None:
        """Ask for a tokenizer, a chat template, and a configuration of a causal model."""
        if not (folder / "tokenizer.json").is_file():
            raise TokenizerMissing(
                expected="a tokenizer.json",
                got="none",
                do="AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER).",
                where=str(folder),
            )
        kinds = read_json(folder / "config.json").get("architectures") or []
        if not any("CausalLM" in kind or "LMHead" in kind for kind in kinds):
            raise ArchitectureUnsupported(
                expected="a causal language model (its config.json names …ForCausalLM)",
                got=", ".join(kinds) or "no architecture",
                do="Use an instruct model, such as base: smollm2.",
                where=str(folder / "config.json"),
            )
        Template.of(folder)

    @classmethod
    def choose(cls, backbone: Backbone, train: Train, inputs: Sequence[Any]) -> Causal:
        """Return the lengths that the recipe says, else such that nearly all rows fit in."""
        folder, context = backbone.folder, backbone.positions or 2048
        whole = cls(
            folder,
            Template.of(folder),
            most=context,
            written=0,
            context=context,
            ends=_ends(folder),
        )
        rows = whole.encode(inputs)
        sizes = [len(row.ids) for row in rows]
        answers = [len(row.ids) - row.prompt for row in rows]
        fitting = _fitting(sizes, 1.0, LEAST, MOST)
        whole.most = min(context, train.max_tokens or fitting)
        wanted = train.answer_tokens or _fitting(answers, HEADROOM, LEAST_WRITTEN, MOST_WRITTEN)
        whole.written = min(wanted, context // 2)
        return whole

    @classmethod
    def load(cls, folder: Path, told: Mapping[str, Any]) -> Causal:
        """Return how the release was tuned to read."""
        return cls(
            folder,
            Template(told["template"], told["specials"]),
            most=told["max_tokens"],
            written=told["answer_tokens"],
            context=told["context"],
            ends=told["ends"],
        )

    def told(self) -> dict[str, Any]:
        """Return the template and the lengths."""
        return {
            "reads": self.name,
            "template": self.template.source,
            "specials": self.template.specials,
            "max_tokens": self.most,
            "answer_tokens": self.written,
            "context": self.context,
            "ends": sorted(self.ends),
        }

    def pinned(self) -> dict[str, Any]:
        """Return the lengths."""
        return {"train.max_tokens": self.most, "train.answer_tokens": self.written}

    @property
    def axes(self) -> Mapping[str, Mapping[int, str]]:
        """Tokens in lines, several rows to one where they fit; place, row and whether it counts."""
        grid = {0: "lines", 1: "tokens"}
        return {"input_ids": grid, "places": grid, "rows": grid, "answered": grid}

    def encode(self, inputs: Sequence[Chat]) -> list[Said]:
        """Return the tokens of each conversation.

        Raises:
            PromptTooLong: one is to be answered and leaves no room for that.
        """
        prompts = self._tokens([self.template.prompt(one.messages) for one in inputs])
        answers = self._tokens(
            ["" if one.answer is None else one.answer.strip() + self.template.end for one in inputs]
        )
        return [self._said(*row) for row in zip(inputs, prompts, answers, strict=True)]

    def plain(self, texts: Sequence[str]) -> list[Said]:
        """Return texts as they stand, in parts of `most` tokens; each part's first is given."""
        starts = ((ids, at) for ids in self._tokens(texts) for at in range(0, len(ids), self.most))
        parts = (ids[at : at + self.most] for ids, at in starts)
        return [Said(part, 1, Chat((), "")) for part in parts if len(part) > 1]

    def size(self, row: Said) -> int:
        """Return the tokens of a row, those that may be written included."""
        return len(row.ids) + (0 if row.scored else self.longest(row))

    def longest(self, row: Said) -> int:
        """Return how many tokens may be written."""
        return min(row.chat.most or self.written, self.written, self.context - len(row.ids))

    def batch(self, rows: Sequence[Said]) -> Arrays:
        """Return rows packed into lines no longer than the longest of them.

        Short rows stand behind one another; their places begin again at 0, by which the network
        keeps them from seeing each other.
        """
        lengths = [len(row.ids) for row in rows]
        lines = packed(lengths)
        shape = (len(lines), max(lengths))
        ids, places, counted = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        owner = np.full(shape, -1, dtype=np.int64)
        for i, line in enumerate(lines):
            start = 0
            for j in line:
                end = start + lengths[j]
                ids[i, start:end], owner[i, start:end] = rows[j].ids, j
                places[i, start:end] = np.arange(lengths[j])
                counted[i, start + rows[j].prompt : end] = 1
                start = end
        return {"input_ids": ids, "places": places, "rows": owner, "answered": counted}

    def network(self, folder: Path, *, dtype: torch.dtype | None = None) -> Writer:
        """Load the model."""
        from seedbed.backbones.causal import Writer, load_causal

        return Writer(load_causal(folder, dtype=dtype)).eval()

    def _tokens(self, texts: Sequence[str]) -> list[Pieces]:
        found = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.asarray(one.ids, dtype=np.int32) for one in found]

    def _said(self, chat: Chat, prompt: Pieces, answer: Pieces) -> Said:
        if chat.answer is None:
            if len(prompt) >= self.context:
                raise PromptTooLong(
                    expected=f"a prompt of less than {self.context:,} tokens",
                    got=f"{len(prompt):,}",
                    do="Shorten it, or leave earlier messages out.",
                )
            return Said(prompt, len(prompt), chat)
        # Of a long row the answer is kept first, then what was asked last.
        answer = answer[: max(self.most // 2, self.most - len(prompt))]
        prompt = prompt[max(0, len(prompt) + len(answer) - self.most) :]
        return Said(np.concatenate([prompt, answer]), len(prompt), chat)


def packed(lengths: Sequence[int]) -> list[list[int]]:
    """Return rows in lines no longer than the longest row: first fit, the longest first."""
    longest = max(lengths)
    lines: list[list[int]] = []
    room: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        at = next((j for j, free in enumerate(room) if free >= lengths[i]), None)
        if at is None:
            lines.append([])
            room.append(longest)
            at = -1
        lines[at].append(i)
        room[at] -= lengths[i]
    return lines


def _fitting(sizes: Sequence[int], more: float, least: int, most: int) -> int:
    found = 32 * math.ceil(more * float(np.percentile(sizes, 100 * SHARE)) / 32)
    return min(most, max(least, found))


def _ends(folder: Path) -> list[int]:
    """Return the tokens that end an answer, by the model's own configuration."""
    found: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        given = told.get("eos_token_id")
        found |= set(given if isinstance(given, list) else [] if given is None else [given])
    return sorted(found)
