"""Credit notes take back what an invoice asked for, and never more."""

from __future__ import annotations

from typing import Any

import pytest
from books import Books, amounts, asked, at
from sqlalchemy import delete, exc, update

from seedbed.errors import RecordConflict, RecordMissing, RequestWrong
from seedbed.ledger.audit import Audit
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.document import sealed
from seedbed.ledger.money import to_nanos
from seedbed.ledger.schema.billing import credit_notes

ODD = {
    "name": "odd",
    "currency": "USD",
    "fee": "0.03",
    "tax": {"percent": "19"},
    "charges": [
        {"release": "bank", "tiers": [{"price": "0.01"}]},
        {"release": "*", "tiers": [{"price": "0.02"}]},
    ],
}


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(database, clock)


def final(books: Books, plan: Any = "starter", **answers: int) -> Any:
    customer = books.customer(plan)
    for release, units in answers.items():
        books.answer(customer, units, release=release)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    return made


def test_a_note_takes_back_part_of_a_line(books: Books) -> None:
    made = final(books, bank=30_000)
    note = books.notes.issue(
        made.id, {2: to_nanos("5.00")}, reason="An hour of errors", actor="cli"
    )
    assert (note.number, note.amount) == (1, to_nanos("6.00"))
    assert note.body["number"] == "CN-000001"
    assert note.body["invoice"] == {"id": made.id, "number": "INV-000001"}
    assert amounts(note.body) == [("credit", "-5.00")]
    assert asked(note.body) == ("-5.00", "-1.00", "-6.00")
    assert note.body["lines"][0]["description"] == {"en": "Answers", "zh": "回答"}
    assert note.hash == sealed(note.body)
    assert books.notes.list(made.id) == [note]
    assert books.notes.get(note.id, made.customer_id) == note
    assert books.invoices.get(made.id) == made
    newest, *_ = Audit(books.database).list()
    assert (newest.action, newest.details["total"]) == ("credit_note.issue", "-6.00")


def test_notes_for_all_give_back_the_whole_tax(books: Books) -> None:
    made = final(books, ODD, bank=3, other=5)
    assert amounts(made.body) == [("fee", "0.03"), ("usage", "0.03"), ("usage", "0.10")]
    assert asked(made.body) == ("0.16", "0.03", "0.19")
    taxes = [
        books.notes.issue(made.id, {position: to_nanos(amount)}, reason="x").body["tax"]
        for position, amount in ((1, "0.03"), (2, "0.03"), (3, "0.04"), (3, "0.06"))
    ]
    assert sum(map(to_nanos, taxes)) == -made.tax
    assert sum(note.amount for note in books.notes.list(made.id)) == made.total
    with pytest.raises(RecordConflict, match="nothing left"):
        books.notes.issue(made.id, reason="again")


def test_a_note_for_all_that_is_left(books: Books) -> None:
    made = final(books, bank=30_000)
    books.notes.issue(made.id, {1: to_nanos("9.00")}, reason="first")
    rest = books.notes.issue(made.id, reason="all")
    assert amounts(rest.body) == [("credit", "-20.00"), ("credit", "-15.00")]
    assert [note.number for note in books.notes.list()] == [1, 2]


def test_tax_within_the_price_is_given_back_within_it(books: Books) -> None:
    customer = books.customer("prepaid")
    books.credits.top_up(customer, to_nanos("100"))
    books.answer(customer, 10_000)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    note = books.notes.issue(made.id, reason="All wrong", to_credit=True)
    assert asked(note.body) == ("-75.47", "-4.53", "-80.00")
    assert books.credits.balance(customer).credit == to_nanos("100")
    assert books.credits.list(customer)[0].reference in {note.id, made.id}
    assert sum(e.amount for e in books.credits.list(customer)) == to_nanos("100")


def test_a_note_never_takes_back_more_than_was_asked_for(books: Books) -> None:
    made = final(books, bank=30_000)
    wrong: list[tuple[Any, type[Exception]]] = [
        ({2: to_nanos("15.01")}, RequestWrong),
        ({2: 0}, RequestWrong),
        ({2: -1}, RequestWrong),
        ({2: to_nanos("1.005")}, RequestWrong),
        ({}, RequestWrong),
        ({9: to_nanos("1")}, RecordMissing),
    ]
    for lines, kind in wrong:
        with pytest.raises(kind):
            books.notes.issue(made.id, lines, reason="x")
    with pytest.raises(RequestWrong, match="a reason"):
        books.notes.issue(made.id, reason="  ")
    with pytest.raises(RecordMissing):
        books.notes.issue("inv_x", reason="x")
    assert books.notes.list() == []
    for other in ("customer_x", ""):
        with pytest.raises(RecordMissing):
            books.notes.get("note_x", other)


def test_a_draft_has_no_notes(books: Books) -> None:
    books.customer("starter")
    books.clock.set(at("2026-02-01"))
    (draft,) = books.invoices.close_due()
    with pytest.raises(RecordConflict, match="draft"):
        books.notes.issue(draft.id, reason="x")


@pytest.mark.parametrize("change", [update(credit_notes).values(amount=0), delete(credit_notes)])
def test_the_database_refuses_to_change_a_note(books: Books, change: Any) -> None:
    books.notes.issue(final(books).id, reason="x")
    with pytest.raises(exc.IntegrityError, match="does not change"), books.database.writing() as c:
        c.execute(change)
