"""What was right and wrong: said by customers of their own calls, read by admins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from seedbed.ledger.feedback import Judgement
from seedbed.serve.routes.base import Admin, Asking, Caller, Judging
from seedbed.serve.routes.fields import Id, Limit, Strict, Text, answers_with, example, shown

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
LISTED = {"data": [SAID], "next": None}


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
    correct: Text | list[Text] | None = Field(
        None, max_length=500, description="The right label, or labels, where it was wrong."
    )
    comment: Text | None = Field(None, max_length=4000)


Before = Annotated[Id | None, Query(description="`next` of an earlier answer.")]

own = APIRouter(route_class=Judging, tags=["feedback"])
admin = APIRouter(route_class=Admin, prefix="/v1/admin", tags=["admin: feedback"])


@own.post("/v1/feedback", status_code=201, responses={201: answers_with(SAID)[200]})
async def say(feedback: Feedback, asking: Asking) -> dict[str, Any]:
    """Say that an answer was right or wrong; said again, the last word counts."""
    made = await asking.read(_recorded, asking, feedback)
    correct = frozenset(made.correct) if isinstance(made.correct, list) else made.correct
    right = made.verdict == "right"
    asking.service.traffic.judged(made.call_id, made.row, right=right, correct=correct)
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
    return asking.ledger.feedback.record(
        asking.customer,
        feedback.call_id,
        feedback.verdict,
        row=feedback.row,
        correct=feedback.correct,
        comment=feedback.comment,
    )


def _listed(asking: Caller, customer: str | None, before: str | None, limit: int) -> dict[str, Any]:
    found = asking.ledger.feedback.list(customer, before=before, limit=limit)
    following = found[-1].id if len(found) == limit else None
    return {"data": [shown(one) for one in found], "next": following}
