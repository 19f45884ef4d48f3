"""Writes a conversation as a causal model was trained to read it: by its chat template."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from seedbed.errors import ChatTemplateMissing
from seedbed.home import read_json
from seedbed.tasks.chat import Message

_PROBE = "answer"


class Template:
    """A chat template in Jinja, as the hub's tokenizers keep it; it is run in a sandbox.

    Args:
        source: The template.
        specials: Names of special tokens that it may use, such as `bos_token`, with their texts.

    Raises:
        ChatTemplateMissing: it is no template.
    """

    def __init__(self, source: str, specials: dict[str, str]) -> None:
        from jinja2 import TemplateError
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        self.source = source
        self.specials = specials
        world = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        world.globals["raise_exception"] = _refuse
        world.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
        try:
            self._template = world.from_string(source)
        except TemplateError as cause:
            raise ChatTemplateMissing(
                expected="a chat template in Jinja",
                got=str(cause),
                do="Use an instruct model, or mend its chat_template.jinja.",
            ) from None

    @classmethod
    def of(cls, folder: Path) -> Template:
        """Read a model's template: chat_template.jinja, or what tokenizer_config.json says.

        Raises:
            ChatTemplateMissing: there is none.
        """
        path, told = folder / "chat_template.jinja", folder / "tokenizer_config.json"
        config = read_json(told) if told.is_file() else {}
        source = path.read_text(encoding="utf-8") if path.is_file() else config.get("chat_template")
        if not isinstance(source, str):
            raise ChatTemplateMissing(
                expected="chat_template.jinja, or chat_template in tokenizer_config.json",
                got="neither",
                do="Use an instruct model, such as base: smollm2; or write the template that you "
                "want the model to learn into chat_template.jinja.",
                where=str(folder),
            )
        return cls(source, {name: _text(config.get(name)) for name in ("bos_token", "eos_token")})

    def prompt(self, messages: Sequence[Message]) -> str:
        """Return a conversation up to where the assistant begins to speak.

        Raises:
            ChatTemplateMissing: the template refuses it.
        """
        return self._render(messages, begun=True)

    @cached_property
    def end(self) -> str:
        """What stands behind the assistant's words, by which it ends."""
        asked: list[Message] = [{"role": "user", "content": "question"}]
        whole = self._render([*asked, {"role": "assistant", "content": _PROBE}], begun=False)
        behind = whole.rpartition(_PROBE)[2].rstrip()
        return behind or self.specials.get("eos_token", "")

    def _render(self, messages: Sequence[Message], *, begun: bool) -> str:
        from jinja2 import TemplateError

        try:
            return self._template.render(
                messages=list(messages), add_generation_prompt=begun, **self.specials
            )
        except TemplateError as cause:
            raise ChatTemplateMissing(
                expected="a conversation that the model's chat template takes",
                got=str(cause),
                do="Some models take no system prompt, or ask for user and assistant in turn.",
            ) from None


def _refuse(said: str) -> Any:
    from jinja2 import TemplateError

    raise TemplateError(said)


def _text(token: Any) -> str:
    if isinstance(token, dict):  # written out in full by older tokenizers
        token = token.get("content")
    return token if isinstance(token, str) else ""
