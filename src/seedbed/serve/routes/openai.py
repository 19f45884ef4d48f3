"""Embeddings and models in the shapes of OpenAI's API, so that its clients work here."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import orjson
from fastapi import APIRouter
from pydantic import Field, ValidationError

from seedbed.errors import RequestWrong
from seedbed.serve import problems
from seedbed.serve.asked import Asked, Done, Kind, Worded
from seedbed.serve.routes.base import Calling, body_of, calling
from seedbed.serve.routes.fields import Strict, answers_with, example

EMBEDDINGS = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.0123, -0.0456, 0.0789]}],
    "model": "bank-intents/3",
    "usage": {"prompt_tokens": 9, "total_tokens": 9},
    "call_id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
}


class Embed(Strict):
    """What is to be embedded."""

    model_config = example({"model": "bank-intents", "input": ["My card has not arrived."]})

    model: str = Field(
        min_length=1, max_length=200, description="`NAME`, `NAME/NUMBER` or `NAME/ALIAS`."
    )
    input: str | list[str] = Field(description="A text, or several.", min_length=1)
    encoding_format: Literal["float", "base64"] = Field(
        "float", description="base64: little-endian float32."
    )
    dimensions: int | None = Field(None, ge=1, description="The release's width, or left out.")
    user: str | None = Field(None, max_length=200, description="Your user, for a canary's share.")


def read(body: bytes, path: Mapping[str, Any]) -> Asked:
    """Return what a body in OpenAI's shape asks for.

    Raises:
        BodyMalformed, RequestWrong: it is not JSON, or a value is wrong.
    """
    try:
        said = Embed.model_validate_json(body)
    except ValidationError as failed:
        raise problems.invalid(failed, Embed.model_fields) from None
    texts = [said.input] if isinstance(said.input, str) else said.input
    name, _, version = said.model.replace("@", "/").partition("/")

    def word(done: Done) -> Worded:
        return _worded(said, done)

    return Asked(
        release=name,
        version=version or None,
        texts=texts,
        asked=len(texts),
        word=word,
        user=said.user,
        features=True,
    )


def _worded(said: Embed, done: Done) -> Worded:
    features = done.computed.features
    assert features is not None
    width = features.shape[1]
    if said.dimensions not in (None, width):
        raise RequestWrong(
            expected=f"{width}, the width of {done.route.name}",
            got=str(said.dimensions),
            do="Leave it out.",
            where="dimensions",
        )
    rows = features.astype("<f4", copy=False)
    values: list[Any] = list(rows)
    if said.encoding_format == "base64":
        values = [base64.b64encode(row.tobytes()).decode() for row in rows]
    tokens = done.computed.tokens
    shape = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": i, "embedding": value}
            for i, value in enumerate(values)
        ],
        "model": f"{done.route.name}/{done.route.number}",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        "call_id": done.call_id,
    }
    return Worded(orjson.dumps(shape, option=orjson.OPT_SERIALIZE_NUMPY))


assert np.dtype("<f4").itemsize == 4
KIND = Kind("embed", read)
router = APIRouter(route_class=Calling, tags=["openai"])


@router.post("/v1/embeddings", openapi_extra=body_of(Embed), responses=answers_with(EMBEDDINGS))
@calling(KIND)
def embeddings() -> None:
    """Return the features of texts, each of length one."""
