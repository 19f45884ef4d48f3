"""What a causal model is asked: messages, how the answer is to be written, and the true answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seedbed.errors import ChatWrong

ROLES = ("system", "user", "assistant")
DO = 'Write [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].'

Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation to be answered.

    Attributes:
        messages: Each with `role` and `content`, the last one not the assistant's.
        answer: What the assistant says next, where it is known: then it is scored, not written.
        most: Most tokens to write; as many as the release writes at most where it is None.
        temperature: Of the draw; at 0 the likeliest token is always taken.
        stop: Writing ends before any of these.
        seed: Behind the draw.
    """

    messages: tuple[Message, ...]
    answer: str | None = None
    most: int | None = None
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    seed: int = 0

    @property
    def text(self) -> str:
        """What was said but for the system prompt, one message after another."""
        return "\n".join(one["content"] for one in self.messages if one["role"] != "system")

    def asked(self) -> Chat:
        """Return it without the answer: to be written."""
        return replace(self, answer=None)


class Asking(str):
    """A call's text that carries the whole conversation: `Task.asked` unpacks it.

    Attributes:
        chat: The conversation.
    """

    chat: Chat

    def __new__(cls, chat: Chat) -> Asking:
        """Return the text of a conversation, with the conversation."""
        made = super().__new__(cls, chat.text)
        made.chat = chat
        return made

    def __mul__(self, times: Any) -> Asking:
        """Return the conversation with its last message so often repeated."""
        *before, last = self.chat.messages
        longer = {**last, "content": last["content"] * times}
        return Asking(replace(self.chat, messages=(*before, longer)))


def messages_of(cell: Any, where: str) -> tuple[Message, ...]:
    """Return the messages in a cell: a list, or JSON text of one.

    Raises:
        ChatWrong: they are no conversation.
    """
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except ValueError:
            raise ChatWrong(
                expected="messages as a JSON list", got=repr(cell)[:60], do=DO, where=where
            ) from None
    if not isinstance(cell, Sequence) or not cell:
        raise ChatWrong(expected="a list of messages", got=repr(cell)[:60], do=DO, where=where)
    return tuple(_message(one, where) for one in cell)


def _message(one: Any, where: str) -> Message:
    told = one if isinstance(one, Mapping) else {}
    role, content = told.get("role"), told.get("content")
    if role not in ROLES or not isinstance(content, str):
        raise ChatWrong(
            expected=f"messages with a role ({', '.join(ROLES)}) and a content",
            got=repr(one)[:60],
            do=DO,
            where=where,
        )
    return {"role": role, "content": content}
