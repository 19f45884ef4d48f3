"""Invoices from the rows of calls: drafted, final, unchangeable, complete, and each only once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from books import Books, amounts, asked, at
from sqlalchemy import delete, exc, insert, select, update

from seedbed.errors import InvoiceFinal, RecordConflict, RecordMissing
from seedbed.ledger import counting
from seedbed.ledger.audit import Audit
from seedbed.ledger.clock import Manual
from seedbed.ledger.closing import Closing
from seedbed.ledger.database import Database
from seedbed.ledger.document import sealed
from seedbed.ledger.due import Due
from seedbed.ledger.invoices import GRACE
from seedbed.ledger.money import NANOS, to_nanos
from seedbed.ledger.schema.billing import invoice_lines, invoices, numbers
from seedbed.ledger.schema.calls import calls
from seedbed.ledger.seller import Seller

STARTER_PLUS = {
    "name": "plus",
    "currency": "USD",
    "fee": "10.00",
    "minimum": "20.00",
    "tax": {"name": "VAT", "percent": "20"},
    "charges": [
        {"release": "bank*", "per": 10, "tiers": [{"up_to": 100, "price": "1"}, {"price": "0.5"}]},
        {"release": "*", "per": 1, "tiers": [{"price": "0.01"}]},
    ],
}


@pytest.fixture
def books(database: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(database, clock)


def test_a_period_is_drafted_then_final(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 15_000, 18_333)
    books.free(customer, "failed")
    books.free(customer, "refused")
    books.clock.set(at("2026-02-01"))
    (draft,) = books.invoices.close_due()
    assert (draft.status, draft.number, draft.hash) == ("draft", None, None)
    assert draft.body["number"] is None
    assert asked(draft.body) == ("49.00", "9.80", "58.80")
    assert (draft.subtotal, draft.tax, draft.total) == (49 * NANOS, 9_800_000_000, 58_800_000_000)
    books.clock.advance(microseconds=GRACE)
    (final,) = books.invoices.close_due()
    assert final.id == draft.id
    assert (final.status, final.number, final.final_at) == ("final", 1, books.clock.now())
    assert final.body["number"] == "INV-000001"
    assert final.body["due_at"] == books.clock.now() + 30 * 24 * 3600 * 10**6
    assert final.body["calls"] == {"answered": 2, "failed": 1, "refused": 1}
    assert final.hash == sealed(final.body)
    assert books.invoices.close_due() == []
    assert books.invoices.list(customer) == [final]


def test_a_line_leads_to_its_calls(books: Books) -> None:
    customer = books.customer(STARTER_PLUS)
    books.answer(customer, 5, 7)
    books.answer(customer, 3, release="other")
    books.clock.set(at("2026-02-02"))
    (made,) = books.invoices.close_due()
    assert amounts(made.body) == [
        ("fee", "10.00"),
        ("usage", "1.20"),
        ("usage", "0.03"),
        ("minimum", "8.77"),
    ]
    of = books.invoices.calls
    lines = [sorted(call.units for call in of(made.id, i)) for i in (1, 2, 3, 4)]
    assert lines == [[], [5, 7], [3], []]
    whole = books.invoices.calls(made.id)
    assert sum(call.price for call in whole) == to_nanos("1.23")
    first, second = books.invoices.calls(made.id, 2)
    assert books.invoices.calls(made.id, 2, after=first.id) == [second]
    assert len(books.invoices.calls(made.id, limit=1)) == 1
    with pytest.raises(RecordMissing):
        books.invoices.calls(made.id, 5)
    with pytest.raises(RecordMissing):
        books.invoices.calls("inv_x")


def test_a_preview_writes_nothing(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 21_000)
    books.clock.advance(days=3)
    seen = books.invoices.preview(customer)
    assert seen["status"] == "preview"
    assert amounts(seen) == [("fee", "29.00"), ("usage", "1.50")]
    assert books.invoices.preview(customer) == seen
    assert books.invoices.list() == []
    assert books.invoices.preview(customer, at("2026-02-10"))["period"]["start"] == at("2026-02-01")
    with pytest.raises(RecordMissing):
        books.invoices.preview("customer_x")
    bare = books.customers.create("No plan").id
    with pytest.raises(RecordMissing, match="subscribe"):
        books.invoices.preview(bare)


def test_a_preview_of_the_next_period_leaves_out_what_the_last_will_ask_for(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 30_000)
    books.clock.set(at("2026-02-01"))
    assert amounts(books.invoices.preview(customer)) == [("fee", "29.00")]


def test_a_period_under_way_is_not_drafted(books: Books) -> None:
    customer = books.customer("starter")
    with pytest.raises(RecordConflict, match="preview"):
        books.invoices.draft(customer, books.clock.now())


def test_a_draft_is_written_anew_until_it_is_final(books: Books) -> None:
    customer = books.customer("starter")
    begun = books.begin(customer, 30_000)
    books.clock.set(at("2026-02-01"))
    january = at("2026-01-15")
    first = books.invoices.draft(customer, january)
    assert amounts(first.body) == [("fee", "29.00")]
    books.end(customer, begun, 30_000)
    again = books.invoices.draft(customer, january)
    assert (again.id, amounts(again.body)[1]) == (first.id, ("usage", "15.00"))
    final = books.invoices.finalize(again.id, actor="cli")
    assert books.invoices.finalize(again.id) == final
    with pytest.raises(InvoiceFinal, match="credit note"):
        books.invoices.draft(customer, january)


@pytest.mark.parametrize("where", ["its term", "its calls"])
def test_an_invoice_that_cannot_be_written_stops_no_other(
    books: Books, where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, *good = customers = sorted(books.customer("starter") for _ in range(3))
    books.clock.set(at("2026-02-02"))

    def breaks(kind: Any, method: str, mine: Callable[..., bool]) -> None:
        inner = getattr(kind, method)

        def tried(*given: Any, **told: Any) -> Any:
            if mine(*given):
                raise ZeroDivisionError("a fault")
            return inner(*given, **told)

        patched.setattr(kind, method, tried)

    with monkeypatch.context() as patched:
        if where == "its term":
            breaks(Due, "first", lambda due, row, by: row.customer_id == bad)
        else:
            breaks(Closing, "write", lambda closing, term: term.customer_id == bad)
        with pytest.raises(ZeroDivisionError):
            books.invoices.close_due()
    assert {one.customer_id for one in books.invoices.list()} == set(good)
    assert f"an invoice of {bad} cannot be written" in caplog.text
    (made,) = books.invoices.close_due()
    assert (made.customer_id, made.number) == (bad, 3)
    assert {one.customer_id for one in books.invoices.list()} == set(customers)


def test_late_usage_is_a_line_of_the_next_invoice(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 25_000)
    begun = books.begin(customer, 4_000)
    books.clock.set(at("2026-02-01"))
    (first,) = books.invoices.close_due(grace=0)
    assert amounts(first.body) == [("fee", "29.00"), ("usage", "7.50")]
    books.end(customer, begun, 3_000)
    books.answer(customer, 22_000)
    (line,) = books.invoices.preview(customer)["lines"][2:]
    assert (line["kind"], line["amount"]) == ("late", "4.50")
    books.clock.set(at("2026-03-01"))
    (second,) = books.invoices.close_due(grace=0)
    assert amounts(second.body) == [("fee", "29.00"), ("usage", "3.00"), ("late", "4.50")]
    late = second.body["lines"][2]
    assert late["description"]["en"] == "Answers, counted late, of 1–31 January 2026"
    assert late["description"]["zh"] == "回答（补计2026年1月1日–31日的用量）"
    assert [call.id for call in books.invoices.calls(second.id, 3)] == [begun[0]]
    assert [call.units for call in books.invoices.calls(second.id, 2)] == [22_000]
    assert books.invoices.get(first.id) == first


def test_late_usage_under_a_minimum_is_paid_for_once(books: Books) -> None:
    customer = books.customer(STARTER_PLUS)  # fee 10, topped up to 20
    held = [books.begin(customer, 40), books.begin(customer, 100)]
    books.clock.set(at("2026-02-01"))
    (first,) = books.invoices.close_due(grace=0)
    assert amounts(first.body) == [("fee", "10.00"), ("minimum", "10.00")]
    books.end(customer, held[0], 40)  # 4.00: paid for by the top-up
    books.clock.set(at("2026-03-01"))
    (second,) = books.invoices.close_due(grace=0)
    assert amounts(second.body) == [("fee", "10.00"), ("minimum", "10.00"), ("late", "0.00")]
    assert second.body["lines"][2]["details"]["covered_by_minimum"] == "4.00"
    books.end(customer, held[1], 100)  # 60 x 0.1 + 40 x 0.05 = 8.00: 6.00 of it by the top-up
    books.clock.set(at("2026-04-01"))
    (third,) = books.invoices.close_due(grace=0)
    assert amounts(third.body)[-1] == ("late", "2.00")
    # In time, January would have been 10 + 12 = 22: 20 were asked for at first, 2 later.


def test_missed_periods_are_caught_up_on(books: Books) -> None:
    customer, idle = books.customer("starter"), books.customer("free")
    for month in range(1, 6):
        books.clock.set(at(f"2026-{month:02d}-10"))
        books.answer(customer, 20_000 + month * 1000)
    books.clock.set(at("2026-06-20"))
    made = books.invoices.close_due()
    assert [one.number for one in made] == [1, 2, 3, 4, 5]
    assert [amounts(one.body)[1][1] for one in made] == ["1.50", "3.00", "4.50", "6.00", "7.50"]
    assert [one.period_end for one in made][:-1] == [one.period_start for one in made][1:]
    assert books.invoices.list(idle) == []


def test_one_customer_can_be_closed_alone(books: Books) -> None:
    customer, other = books.customer("starter"), books.customer("starter")
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(customer_id=customer, grace=0)
    assert made.customer_id == customer
    assert books.invoices.list(other) == []


def test_a_free_plan_that_was_used_states_it_for_nothing(books: Books) -> None:
    customer = books.customer("free")
    books.clock.set(at("2026-03-05"))  # two periods without a call have no invoice
    books.answer(customer, 10)
    books.clock.set(at("2026-06-01"))
    (made,) = books.invoices.close_due(grace=0)
    assert made.period_start == at("2026-03-01")
    assert asked(made.body) == ("0.00", "0.00", "0.00")
    assert made.body["due_at"] is None


def test_prepaid_usage_is_paid_by_what_it_drew(books: Books) -> None:
    customer = books.customer("prepaid", language="zh")
    books.credits.top_up(customer, 100 * NANOS, reference="pay_1")
    books.answer(customer, 1, 12_344)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    assert asked(made.body) == ("93.17", "5.59", "98.76")
    assert (made.body["paid_from_credit"], made.body["due"], made.due) == ("98.76", "0.00", 0)
    assert made.body["credit"] == {
        "opening": "0.00",
        "added": "100.00",
        "drawn": "98.76",
        "closing": "1.24",
    }
    drawn, topped_up = books.credits.list(customer)
    assert (drawn.kind, drawn.amount, drawn.reference) == ("drawn", -to_nanos("98.76"), made.id)
    assert topped_up.amount + drawn.amount == books.credits.balance(customer).credit
    books.credits.top_up(customer, NANOS)
    books.answer(customer, 100)
    books.clock.set(at("2026-03-01"))
    (second,) = books.invoices.close_due(grace=0)
    assert second.body["credit"] == {
        "opening": "1.24",
        "added": "1.00",
        "drawn": "0.80",
        "closing": "1.44",
    }


def test_a_postpaid_invoice_is_paid_from_credit_as_far_as_that_goes(books: Books) -> None:
    customer = books.customer("starter")
    books.credits.grant(customer, to_nanos("50.005"), note="welcome")
    books.clock.set(at("2026-02-01"))
    (first,) = books.invoices.close_due(grace=0)
    assert (first.body["total"], first.body["paid_from_credit"]) == ("34.80", "34.80")
    assert (first.due, first.body["due_at"]) == (0, None)
    assert books.credits.balance(customer).credit == to_nanos("15.205")
    books.clock.set(at("2026-03-01"))
    (second,) = books.invoices.close_due(grace=0)
    assert (second.body["paid_from_credit"], second.body["due"]) == ("15.20", "19.60")
    assert books.credits.balance(customer).credit == to_nanos("0.005")
    entries = books.credits.list(customer)
    assert sum(entry.amount for entry in entries) == to_nanos("0.005")


def test_a_change_of_plan_at_once_cuts_the_period(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 20_000 + 5_000)
    books.clock.set(at("2026-01-12"))
    books.plans.publish(STARTER_PLUS)
    books.subscriptions.subscribe(customer, "plus", when="now")
    books.answer(customer, 30)
    books.clock.set(at("2026-02-13"))
    old, new = books.invoices.close_due(grace=0)
    assert (old.period_end, new.period_start) == (at("2026-01-12"), at("2026-01-12"))
    assert amounts(old.body) == [("fee", "10.29"), ("usage", "7.50")]  # 29 x 11 / 31
    assert new.period_end == at("2026-02-12")
    assert amounts(new.body) == [("fee", "10.00"), ("usage", "3.00"), ("minimum", "7.00")]


def test_usage_that_comes_to_light_after_a_subscription_is_invoiced(books: Books) -> None:
    customer = books.customer("starter")
    begun = books.begin(customer, 30_000)
    books.clock.set(at("2026-01-20"))
    books.subscriptions.cancel(customer, when="now")
    books.clock.set(at("2026-01-21"))
    (last,) = books.invoices.close_due(grace=0)
    assert amounts(last.body) == [("fee", "17.77")]  # 29 x 19 / 31
    books.end(customer, begun, 30_000)
    assert books.invoices.close_due(grace=0) == []
    books.clock.set(at("2026-02-01"))
    (more,) = books.invoices.close_due(grace=0)
    assert amounts(more.body) == [("late", "15.00")]
    books.clock.set(at("2026-06-01"))
    assert books.invoices.close_due() == []
    assert books.invoices.preview(customer)["period"]["end"] == at("2026-01-20")


def test_many_calls_are_taken_some_at_a_time(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 3)
    customer = books.customer("starter")
    books.answer(customer, *[3000] * 10)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    assert amounts(made.body) == [("fee", "29.00"), ("usage", "15.00")]
    assert len(books.invoices.calls(made.id)) == 10


def test_a_charge_that_was_taken_back_leaves_the_lines_exact(books: Books) -> None:
    customer = books.customer(STARTER_PLUS)
    held = [books.begin(customer, 90), books.begin(customer, 30)]
    for begun, units in zip(held, (90, 30), strict=True):
        books.end(customer, begun, units)
    with books.database.writing() as connection:  # as `admission.undo` leaves the first call
        left = to_nanos("9") - (to_nanos("11") - to_nanos("3"))
        gone = update(calls).where(calls.c.id == held[0][0])
        connection.execute(gone.values(status="cancelled", units=0, price=left))
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    _, usage, _ = made.body["lines"]
    assert (usage["amount"], usage["units"], usage["details"]["calls"]) == ("3.00", "30", 1)
    assert usage["details"]["tiers"] == [{"units": "30", "price": "1.00", "amount": "3.00"}]


def test_numbers_have_no_gap(books: Books) -> None:
    for _ in range(4):
        books.customer("starter")
    books.clock.set(at("2026-04-01"))
    made = books.invoices.close_due(grace=0)
    assert sorted(one.number or 0 for one in made) == list(range(1, 13))


def test_processes_that_close_at_once_make_one_invoice(
    books: Books, another: Callable[[], Database]
) -> None:
    customers = [books.customer("starter") for _ in range(3)]
    for customer in customers:
        books.answer(customer, 30_000)
        books.credits.grant(customer, 5 * NANOS)
    books.clock.set(at("2026-03-02"))
    both, start = [books, Books(another(), books.clock), Books(another(), books.clock)], Barrier(3)

    def close(one: Books) -> None:
        start.wait()
        one.invoices.close_due()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(close, both))
    made = books.invoices.list()
    assert sorted(one.number or 0 for one in made) == [1, 2, 3, 4, 5, 6]
    for customer in customers:
        second, first = books.invoices.list(customer)
        assert amounts(first.body) == [("fee", "29.00"), ("usage", "15.00")]
        assert amounts(second.body) == [("fee", "29.00")]
        assert books.credits.balance(customer).credit == 0
        paid = [entry for entry in books.credits.list(customer) if entry.kind == "drawn"]
        assert sum(entry.amount for entry in paid) == -5 * NANOS
    finals = [one for one in Audit(books.database).list() if one.action == "invoice.final"]
    assert len(finals) == 6
    assert Audit(books.database).verify() is None


def test_a_crash_after_any_step_is_gone_on_from(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = books.customer("starter")
    books.answer(customer, 30_000)
    books.clock.set(at("2026-02-01"))
    for step in ("_take", "_written"):
        with monkeypatch.context() as broken:
            broken.setattr(f"seedbed.ledger.closing.Closing.{step}", _crash)
            with pytest.raises(RuntimeError):
                books.invoices.close_due(grace=0)
    (made,) = books.invoices.close_due(grace=0)
    assert amounts(made.body) == [("fee", "29.00"), ("usage", "15.00")]


def _crash(*_: Any, **__: Any) -> None:
    raise RuntimeError


def test_a_number_is_given_back_where_the_last_step_fails(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = books.customer("starter")
    books.clock.set(at("2026-02-01"))
    with monkeypatch.context() as broken:
        broken.setattr("seedbed.ledger.closing.audit.append", _crash)
        with pytest.raises(RuntimeError):
            books.invoices.close_due(grace=0)
    (draft,) = books.invoices.list(customer)
    assert (draft.status, draft.number) == ("draft", None)
    (made,) = books.invoices.close_due(grace=0)
    assert made.number == 1


@pytest.mark.parametrize(
    "change",
    [
        update(invoices).values(total=0),
        update(invoices).values(status="draft"),
        delete(invoices),
        update(invoice_lines).values(amount=0),
        delete(invoice_lines),
        insert(invoice_lines).values(position=9, kind="fee", description={}, amount=0, details={}),
        update(calls).values(price=0),
        update(calls).values(units=1),
        update(calls).values(invoice_id=None),
        update(calls).values(status="failed"),
        delete(calls),
    ],
)
def test_the_database_refuses_to_change_what_is_final(books: Books, change: Any) -> None:
    customer = books.customer("starter")
    books.answer(customer, 10)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    change = change.values(invoice_id=made.id) if change.is_insert else change
    with pytest.raises(exc.IntegrityError, match="final invoice"):
        _run(books, change)
    assert books.invoices.get(made.id) == made


def test_what_is_no_part_of_an_invoice_may_change(books: Books) -> None:
    customer = books.customer("starter")
    books.answer(customer, 10)
    _run(books, update(calls).values(price=5))
    books.clock.set(at("2026-02-01"))
    books.invoices.close_due()
    _run(books, update(invoices).values(total=5))
    books.invoices.close_due(grace=0)
    _run(books, update(calls).values(key_id=None, idempotency_key=None))


def _run(books: Books, change: Any) -> None:
    with books.database.writing() as connection:
        connection.execute(change)


def test_the_same_rows_give_the_same_document(books: Books, clock: Manual) -> None:
    customer = books.customer("starter")
    books.answer(customer, 25_000, 400)
    books.clock.set(at("2026-02-01"))
    january = at("2026-01-10")
    first = books.invoices.draft(customer, january)
    books.clock.advance(minutes=1)
    assert books.invoices.draft(customer, january).body == first.body


def test_an_invoice_keeps_who_sent_it(books: Books) -> None:
    customer = books.customer("starter")
    seller = Seller(name="Seedbed Ltd", prefix="SB-", terms_days=14)
    books.sellers.set(seller)
    books.clock.set(at("2026-02-01"))
    (made,) = books.invoices.close_due(grace=0)
    books.sellers.set(Seller(name="Another"))
    kept = books.invoices.get(made.id).body
    assert (kept["seller"]["name"], kept["number"]) == ("Seedbed Ltd", "SB-000001")
    assert kept["due_at"] == made.final_at + 14 * 24 * 3600 * 10**6  # type: ignore[operator]
    assert books.sellers.get().name == "Another"
    assert books.invoices.get(made.id, customer) == made


def test_drafts_by_hand_are_in_the_audit_log(books: Books) -> None:
    customer = books.customer("starter")
    books.clock.set(at("2026-02-01"))
    books.invoices.close_due()
    log = Audit(books.database)
    assert log.list(action="invoice.draft") == []  # written by itself, again and again
    made = books.invoices.draft(customer, at("2026-01-15"), actor="key_1")
    books.invoices.close_due(actor="cli:me")
    last, first = log.list(action="invoice.draft")
    assert (first.actor, last.actor) == ("key_1", "cli:me")
    assert first.subject == last.subject == made.id
    assert first.details == {"customer": customer, "total": "34.80"}


def test_an_invoice_is_shown_to_its_customer_alone(books: Books) -> None:
    customer, other = books.customer("starter"), books.customer("starter")
    books.clock.set(at("2026-02-01"))
    books.invoices.close_due(grace=0)
    (made,) = books.invoices.list(customer)
    assert books.invoices.list(customer, status="draft") == []
    assert books.invoices.list(customer, before=made.id) == []
    with pytest.raises(RecordMissing):
        books.invoices.list(other, before=made.id)
    with pytest.raises(RecordMissing):
        books.invoices.get(made.id, other)


def test_a_list_in_pages_has_every_invoice_once(books: Books) -> None:
    for _ in range(5):  # their periods begin at the same moments
        books.customer("starter")
    books.clock.set(at("2026-03-01"))
    books.invoices.close_due(grace=0)
    whole = books.invoices.list()
    assert len(whole) == 10
    assert [one.period_start for one in whole] == [at("2026-02-01")] * 5 + [at("2026-01-01")] * 5
    paged = list(books.invoices.list(limit=3))
    while page := books.invoices.list(before=paged[-1].id, limit=3):
        paged += page
    assert paged == whole


def test_the_calls_without_an_invoice_are_found_by_their_index(books: Books) -> None:
    explain = "EXPLAIN " if books.database.on_postgres else "EXPLAIN QUERY PLAN "
    query = select(calls.c.at).where(counting.of("x"), calls.c.at < 5).order_by(calls.c.at)
    compiled = query.compile(books.database.engine, compile_kwargs={"literal_binds": True})
    with books.database.reading() as connection:
        if books.database.on_postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = str(connection.exec_driver_sql(explain + str(compiled)).all())
    assert "ix_calls_unbilled" in plan


def test_a_last_number_is_kept_for_each_series(books: Books) -> None:
    books.customer("starter")
    with books.database.reading() as connection:
        assert set(connection.execute(select(numbers.c.series)).scalars()) == {"audit"}
