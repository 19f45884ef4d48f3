"""What was right and wrong: said by customers of their own calls, read by admins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, ValidationError, WrapValidator

from seedbed.ledger.feedback import Judgement
from seedbed.serve.routes.base import Admin, Asking, Caller, Judging
from seedbed.serve.routes.fields import Id, Limit, Strict, Text, answers_with, example, shown
from seedbed.tasks import corrections
from seedbed.tasks.corrections import LONGEST_LABEL

SAID = {
    "id": "feedback_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "customer_id": "customer_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "call_id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
    "row": 0,
    "verdict": "wrong",
    "correct": "card_lost",
    "comment": None,
    "at": "2026-11-23T00:15:00.000000Z",
}
MOST_CHARACTERS = 100_000
"""Of a text that should have been written, or that spans are of."""
MOST_PARTS = 1000
"""Labels or spans of one row."""
LISTED = {"data": [SAID], "next": None}


class Span(Strict):
    """A span of a text, as `entities` are answered; `score` is passed over."""

    type: Text = Field(min_length=1, max_length=LONGEST_LABEL)
    start: Annotated[int, Field(ge=0, le=MOST_CHARACTERS, description="In characters, from 0.")]
    end: Annotated[int, Field(ge=1, le=MOST_CHARACTERS, description="Behind the last character.")]
    text: Text | None = Field(None, max_length=MOST_CHARACTERS)
    score: float | None = Field(None, exclude=True)


def _one_error(said: Any, check: Callable[[Any], Any]) -> Any:
    """Say what may come in one sentence, where pydantic would list each kind's findings."""
    try:
        return check(said)
    except ValidationError:
        raise ValueError(
            "a label, a list of labels, a number, a text, or a list of spans such as "
            '{"type": "PER", "start": 0, "end": 4}'
        ) from None


Correct = Annotated[
    Annotated[Text, Field(max_length=MOST_CHARACTERS)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=LONGEST_LABEL)]],
        Field(max_length=MOST_PARTS),
    ]
    | Annotated[list[Span], Field(max_length=MOST_PARTS)],
    WrapValidator(_one_error),
]


class Feedback(Strict):
    """Whether an answer was right."""

    model_config = example(
        {
            "call_id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
            "verdict": "wrong",
            "correct": "card_lost",
        }
    )

    call_id: Id = Field(description="Of the answer.")
    row: int = Field(0, ge=0, le=100_000, description="Which text of the call, from 0.")
    verdict: Literal["right", "wrong"]
    correct: Correct | None = Field(
        None,
        description="The right answer, where it was wrong, as the release answers: a label (or a "
        "list of them where a row may have several), a number, a list of spans, or a text.",
    )
    comment: Text | None = Field(None, max_length=4000)


Before = Annotated[Id | None, Query(description="`next` of an earlier answer.")]

own = APIRouter(route_class=Judging, tags=["feedback"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: feedback"])


@own.post("/v1/feedback", status_code=201, responses={201: answers_with(SAID)[200]})
async def say(feedback: Feedback, asking: Asking) -> dict[str, Any]:
    """Say that an answer was right or wrong; said again, the last word counts."""
    made = await asking.read(_recorded, asking, feedback)
    right = made.verdict == "right"
    asking.service.traffic.judged(made.call_id, made.row, right=right, correct=made.correct)
    return shown(made)


@own.get("/v1/feedback", responses=answers_with(LISTED))
def said(asking: Asking, before: Before = None, limit: Limit = 100) -> dict[str, Any]:
    """List what you have said, newest first."""
    return _listed(asking, asking.customer, before, limit)


@admin.get("/feedback", responses=answers_with(LISTED))
def said_by(
    asking: Asking,
    customer: Annotated[Id | None, Query(description="Whose; all if left out.")] = None,
    before: Before = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """List what customers have said, newest first."""
    return _listed(asking, customer, before, limit)


def _recorded(asking: Caller, feedback: Feedback) -> Judgement:
    correct = feedback.model_dump(exclude_none=True).get("correct")
    if correct is not None:
        _check(asking, feedback.call_id, correct)
    return asking.ledger.feedback.record(
        asking.customer,
        feedback.call_id,
        feedback.verdict,
        row=feedback.row,
        correct=correct,
        comment=feedback.comment,
    )


def _check(asking: Caller, call_id: str, correct: Any) -> None:
    """Refuse what the release of a call does not answer with; of one that has gone nobody knows."""
    name, number = asking.ledger.feedback.release_of(asking.customer, call_id)
    known = None if number is None else asking.service.traffic.answers_of(name, number)
    if known is not None:
        corrections.check(correct, *known)


def _listed(asking: Caller, customer: str | None, before: str | None, limit: int) -> dict[str, Any]:
    found = asking.ledger.feedback.list(customer, before=before, limit=limit)
    following = found[-1].id if len(found) == limit else None
    return {"data": [shown(one) for one in found], "next": following}
