"""`POST /v1/predict/{name}`: the native shape of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import orjson
from fastapi import APIRouter
from pydantic import Field, ValidationError, model_validator

from seedbed.errors import RequestWrong
from seedbed.serve import explain as explaining
from seedbed.serve import problems
from seedbed.serve.asked import Asked, Done, Kind, Worded
from seedbed.serve.routes.base import Calling, body_of, calling
from seedbed.serve.routes.fields import Strict, answers_with, example
from seedbed.tasks.found import TOP

ANSWER = {
    "call_id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "release": "bank-intents/3",
    "answer": {"label": "card_arrival", "confidence": 0.953, "sure": True},
    "usage": {"rows": 1, "tokens": 9, "compute_us": 1840},
}


Cell = str | float | bool | None
TableRow = dict[str, Cell]


class Predict(Strict):
    """What is to be answered: `text` or `texts`; of a release that reads tables `row` or `rows`."""

    model_config = example({"text": "My card has not arrived.", "scores": False})

    text: str | None = Field(None, description="One text.")
    texts: list[str] | None = Field(None, min_length=1, description="Several, answered in order.")
    text_b: str | None = Field(
        None,
        description="The text to compare `text` with, of a release that reads pairs; in `texts` a"
        " tab stands between the two.",
    )
    top: int | None = Field(
        None,
        ge=1,
        le=TOP,
        description="How many answers to give, of a release that searches a collection; 5 where"
        " it is left out.",
    )
    row: TableRow | None = Field(
        None, description="One row of a table: column → cell; null where it is missing."
    )
    rows: list[TableRow] | None = Field(
        None, min_length=1, description="Several rows, answered in order."
    )
    scores: bool = Field(default=False, description="Give every label's score.")
    explain: bool = Field(
        default=False,
        description="Give what each part of a text weighed. Every part left out is a row more: at"
        f" most {explaining.MOST_PARTS} a text. Of a table's row the columns that weigh most, which"
        " is no row more.",
    )
    user: str | None = Field(
        None, max_length=200, description="Your user, to whom a canary always or never answers."
    )
    timeout_ms: int | None = Field(
        None, ge=1, le=600_000, description="An answer after it is of no use, and free."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        given = (self.text, self.texts, self.row, self.rows)
        if sum(one is not None for one in given) != 1:
            raise ValueError("one of text, texts, row and rows")
        if self.text_b is not None and self.text is None:
            raise ValueError("text_b beside text")
        return self

    @property
    def single(self) -> bool:
        """Whether one answer is asked for, not a list."""
        return self.text is not None or self.row is not None

    @property
    def table(self) -> bool:
        """Whether rows of a table are asked about."""
        return self.row is not None or self.rows is not None

    @property
    def inputs(self) -> list[Any]:
        """What is asked about."""
        text = self.text if self.text_b is None else f"{self.text}\t{self.text_b}"
        alone = text if self.text is not None else self.row
        return [alone] if self.single else list(self.texts or self.rows or [])


def read(body: bytes, path: Mapping[str, Any]) -> Asked:
    """Return what a body in the native shape asks for.

    Raises:
        BodyMalformed, RequestWrong: it is not JSON, or a value is wrong.
    """
    try:
        said = Predict.model_validate_json(body)
    except ValidationError as failed:
        raise problems.invalid(failed, Predict.model_fields) from None
    texts = said.inputs
    pieces = explaining.split(texts) if said.explain and not said.table else []
    more = [one for parts in pieces for one in explaining.without(parts)]
    return Asked(
        release=path["name"],
        version=path.get("version"),
        texts=[*texts, *more],
        asked=len(texts),
        word=_Wording(said, pieces),
        user=said.user,
        seconds=None if said.timeout_ms is None else said.timeout_ms / 1000,
    )


def body(example: Any) -> dict[str, Any]:
    """Return what is sent to have an example (`Replica.example`) answered."""
    if isinstance(example, Mapping):
        return {"row": dict(example)}
    text, tab, other = str(example).strip().partition("\t")
    return {"text": text, "text_b": other} if tab else {"text": text}


class _Wording:
    """Words the answer to a body."""

    __slots__ = ("_pieces", "_said")

    def __init__(self, said: Predict, pieces: Sequence[Sequence[str]]) -> None:
        self._said = said
        self._pieces = pieces

    def __call__(self, done: Done) -> Worded:
        said, logits = self._said, done.computed.logits
        scores = said.scores or (said.explain and not said.table)
        answers = done.route.replica.answers(logits, done.asked.texts, scores=scores)
        if said.top is not None:
            answers = done.route.replica.best(logits, said.top)
        rows: Sequence[Mapping[str, Any]] = answers
        if said.explain and said.table:
            reasons = done.route.replica.explained(said.inputs)
            rows = [dict(row) | {"reasons": one} for row, one in zip(rows, reasons, strict=True)]
        elif said.explain:
            rows = self._explained(answers)
        shape: dict[str, Any] = {"call_id": done.call_id}
        shape["release"] = f"{done.route.name}/{done.route.number}"
        if said.single:
            shape["answer"] = rows[0]
        else:
            shape["answers"] = rows
        shape["usage"] = done.usage
        return Worded(orjson.dumps(shape), rows)

    def _explained(self, answers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the answers to the caller's own texts, each with what its parts weighed."""
        if "scores" not in answers[0]:
            raise RequestWrong(
                expected="a release whose answers are labels",
                got=f"one that answers with {', '.join(answers[0])}",
                do="Leave `explain` out.",
                where="explain",
            )
        start, found = len(self._pieces), []
        for row, pieces in zip(answers, self._pieces, strict=False):
            end = start + len(pieces)
            variants = [one["scores"] for one in answers[start:end]]
            start = end
            shown = dict(row) | {"parts": explaining.weighed(row["scores"], pieces, variants)}
            if not self._said.scores:
                del shown["scores"]
            found.append(shown)
        return found


KIND = Kind("predict", read)
router = APIRouter(route_class=Calling, tags=["predict"])
_told: dict[str, Any] = {"openapi_extra": body_of(Predict), "responses": answers_with(ANSWER)}


@router.post("/v1/predict/{name}", **_told)
@calling(KIND)
def predict(name: str) -> None:
    """Answer one text or row, or several, with the release that the name's champion points to."""


@router.post("/v1/predict/{name}/{version}", **_told)
@calling(KIND)
def predict_version(name: str, version: str) -> None:
    """Answer with a release's number, or with an alias such as `canary`."""
