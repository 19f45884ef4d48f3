"""`POST /v1/chat/completions`: releases that write, in the shape of OpenAI's API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from fastapi import APIRouter
from pydantic import Field, ValidationError

from seedbed.errors import RequestWrong
from seedbed.serve import problems
from seedbed.serve.asked import JSON, Asked, Done, Kind, Worded
from seedbed.serve.routes.base import Calling, body_of, calling
from seedbed.serve.routes.fields import Strict, answers_with, example
from seedbed.tasks.chat import Asking, Chat

STREAM: Mapping[str, str] = {"content-type": "text/event-stream", "cache-control": "no-store"}
COMPLETION = {
    "id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "object": "chat.completion",
    "created": 1795420800,
    "model": "house-style/1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Your card is on its way."},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38},
}


class Part(Strict):
    """A part of a message; only text is read."""

    type: Literal["text"]
    text: str


class Message(Strict):
    """Who said what."""

    role: Literal["system", "user", "assistant"]
    content: str | list[Part]
    name: str | None = None

    def told(self) -> Mapping[str, str]:
        """Return it with its parts put together."""
        parts = self.content
        whole = parts if isinstance(parts, str) else "".join(part.text for part in parts)
        return {"role": self.role, "content": whole}


class Complete(Strict):
    """A conversation to be answered."""

    model_config = example(
        {"model": "house-style", "messages": [{"role": "user", "content": "Where is my card?"}]}
    )

    model: str = Field(
        min_length=1, max_length=200, description="`NAME`, `NAME/NUMBER` or `NAME/ALIAS`."
    )
    messages: list[Message] = Field(min_length=1, max_length=1000)
    max_tokens: int | None = Field(
        None, ge=1, description="Most to write; never more than the release writes."
    )
    max_completion_tokens: int | None = Field(None, ge=1, description="The same, by its new name.")
    temperature: float = Field(
        0.0, ge=0, le=2, description="0, the default here, always takes the likeliest token."
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Behind the draw.")
    stop: str | list[str] | None = Field(None, description="Writing ends before any of these.")
    stream: bool = Field(
        default=False, description="Answer as server-sent events; the text comes in one piece."
    )
    n: Literal[1] = 1
    user: str | None = Field(None, max_length=200, description="Your user, for a canary's share.")

    def chat(self) -> Chat:
        """Return what the model is asked."""
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return Chat(
            tuple(one.told() for one in self.messages),
            most=self.max_completion_tokens or self.max_tokens,
            temperature=self.temperature,
            stop=tuple(filter(None, stops)),
            seed=self.seed,
        )


def read(body: bytes, path: Mapping[str, Any]) -> Asked:
    """Return what a body in OpenAI's shape asks for.

    Raises:
        BodyMalformed, RequestWrong: it is not JSON, or a value is wrong.
    """
    try:
        said = Complete.model_validate_json(body)
    except ValidationError as failed:
        raise problems.invalid(failed, Complete.model_fields) from None
    if said.messages[-1].role == "assistant":
        raise RequestWrong(
            expected="a last message by the user",
            got="one by the assistant",
            do="Add what the user says to it.",
            where="messages",
        )
    name, _, version = said.model.replace("@", "/").partition("/")

    def word(done: Done) -> Worded:
        return _worded(done, stream=said.stream)

    return Asked(
        release=name,
        version=version or None,
        texts=[Asking(said.chat())],
        asked=1,
        word=word,
        user=said.user,
    )


def _worded(done: Done, *, stream: bool) -> Worded:
    replica = done.route.replica
    if replica.output != "text":
        raise RequestWrong(
            expected="a release that writes (task: text-generation)",
            got=f"{done.route.name}, which does not",
            do=f"POST /v1/predict/{done.route.name}.",
            where="model",
        )
    (answer,) = replica.answers(done.computed.logits, done.asked.texts)
    told = {
        "id": done.call_id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": f"{done.route.name}/{done.route.number}",
    }
    choice = {"index": 0, "finish_reason": answer["finish"], "logprobs": None}
    message = {"role": "assistant", "content": answer["text"]}
    written, tokens = answer["tokens"], done.computed.tokens
    usage = {
        "prompt_tokens": tokens - written,
        "completion_tokens": written,
        "total_tokens": tokens,
    }
    if not stream:
        shape = told | {"choices": [choice | {"message": message}], "usage": usage}
        return Worded(orjson.dumps(shape), [answer], JSON)
    told["object"] = "chat.completion.chunk"
    shape = told | {"choices": [choice | {"delta": message}], "usage": usage}
    return Worded(b"data: " + orjson.dumps(shape) + b"\n\ndata: [DONE]\n\n", [answer], STREAM)


KIND = Kind("predict", read)
router = APIRouter(route_class=Calling, tags=["openai"])


@router.post(
    "/v1/chat/completions", openapi_extra=body_of(Complete), responses=answers_with(COMPLETION)
)
@calling(KIND)
def complete() -> None:
    """Answer a conversation with a release that writes."""
