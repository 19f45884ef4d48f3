"""What may never change again, refused by the database itself.

Published plans, sellers' details, credit notes and the audit log take new rows only. Entries of
credit keep their amounts. Once an invoice is final, it, its lines and what its calls were charged
stay as they are. A statement that would change any of it fails with an integrity error, whichever
program sends it.

And what must not outlive what it was made from: the totals of a day whose calls have changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from seedbed.ledger.periods import DAY

APPEND_ONLY = {
    "plans": "a published plan does not change",
    "sellers": "what invoices named as their sender does not change",
    "credit_notes": "a credit note does not change",
    "audit": "the audit log takes new rows only",
}
FINAL = "a final invoice does not change"
CREDIT = "an entry of credit does not change"
_CREDIT_COLUMNS = "id, customer_id, kind, amount, at"
_CALL_COLUMNS = (
    "id, customer_id, subscription_id, plan_id, charge, release, status, units, price, at,"
    " invoice_id"
)
_COUNTED_COLUMNS = (
    "customer_id, key_id, subscription_id, charge, release, verb, status, rows, tokens, compute_us,"
    " units, price, at, invoice_id"
)
_CHANGES = {
    "INSERT": ("NEW",),
    f"UPDATE OF {_COUNTED_COLUMNS}": ("OLD", "NEW"),
    "DELETE": ("OLD",),
}


def create(_target: Any, connection: Connection, **_: Any) -> None:
    """Create every trigger that is not there: a listener to `after_create` of the metadata."""
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


def statements(dialect: str) -> list[str]:
    """Return the statements that create the triggers on `sqlite` or `postgresql`."""
    return list(_postgresql() if dialect == "postgresql" else _sqlite())


def _sqlite() -> Iterator[str]:
    for table, why in APPEND_ONLY.items():
        yield _sqlite_trigger(table, "UPDATE", why)
        yield _sqlite_trigger(table, "DELETE", why)
    yield _sqlite_trigger("credits", f"UPDATE OF {_CREDIT_COLUMNS}", CREDIT)
    yield _sqlite_trigger("credits", "DELETE", CREDIT)
    for event in ("UPDATE", "DELETE"):
        yield _sqlite_trigger("invoices", event, FINAL, "OLD.status = 'final'")
        yield _sqlite_trigger("invoice_lines", event, FINAL, _is_final("OLD"))
    for event in ("INSERT", "UPDATE OF invoice_id"):
        yield _sqlite_trigger("invoice_lines", event, FINAL, _is_final("NEW"))
    for event in (f"UPDATE OF {_CALL_COLUMNS}", "DELETE"):
        billed = f"OLD.invoice_id IS NOT NULL AND {_is_final()}"
        yield _sqlite_trigger("calls", event, FINAL, billed)
    for event, rows in _CHANGES.items():
        forget = " ".join(f"{_forget(row)};" for row in rows)
        yield (
            f"CREATE TRIGGER IF NOT EXISTS keep_days_{event.partition(' ')[0].lower()}"
            f" AFTER {event} ON calls BEGIN {forget} END"
        )


def _forget(row: str) -> str:
    """Return the statement that forgets the totals of the day of a call."""
    day = f"{row}.at / {DAY}"
    return f"DELETE FROM days WHERE customer_id = {row}.customer_id AND day = {day}"


def _is_final(row: str = "OLD") -> str:
    return f"(SELECT status FROM invoices WHERE id = {row}.invoice_id) = 'final'"


def _sqlite_trigger(table: str, event: str, why: str, when: str = "1") -> str:
    name = f"{table}_{event.partition(' ')[0].lower()}_{'new' if 'NEW.' in when else 'old'}"
    return (
        f"CREATE TRIGGER IF NOT EXISTS keep_{name} BEFORE {event} ON {table}"
        f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )


_REFUSE = """
CREATE OR REPLACE FUNCTION seedbed_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
END $$
"""
_REFUSE_FINAL = """
CREATE OR REPLACE FUNCTION seedbed_refuse_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  named text[] = ARRAY[]::text[];
BEGIN
  IF TG_OP <> 'INSERT' THEN named = named || OLD.invoice_id::text; END IF;
  IF TG_OP <> 'DELETE' THEN named = named || NEW.invoice_id::text; END IF;
  IF TG_ARGV[1] = 'old' THEN named = ARRAY[OLD.invoice_id::text]; END IF;
  IF EXISTS (SELECT 1 FROM invoices WHERE id = ANY (named) AND status = 'final') THEN
    RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
"""


_FORGET = f"""
CREATE OR REPLACE FUNCTION seedbed_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN {_forget("OLD")}; END IF;
  IF TG_OP <> 'DELETE' THEN {_forget("NEW")}; END IF;
  RETURN NULL;
END $$
"""


def _postgresql() -> Iterator[str]:
    yield _REFUSE
    yield _REFUSE_FINAL
    yield _FORGET
    for table, why in APPEND_ONLY.items():
        yield _postgresql_trigger(table, "UPDATE OR DELETE", f"seedbed_refuse('{why}')")
    changes = f"UPDATE OF {_CREDIT_COLUMNS} OR DELETE"
    yield _postgresql_trigger("credits", changes, f"seedbed_refuse('{CREDIT}')")
    final = f"seedbed_refuse('{FINAL}')"
    yield _postgresql_trigger("invoices", "UPDATE OR DELETE", final, "OLD.status = 'final'")
    lines = f"seedbed_refuse_final('{FINAL}', 'both')"
    yield _postgresql_trigger("invoice_lines", "INSERT OR UPDATE OR DELETE", lines)
    changes = f"UPDATE OF {_CALL_COLUMNS} OR DELETE"
    billed = f"seedbed_refuse_final('{FINAL}', 'old')"
    yield _postgresql_trigger("calls", changes, billed, "OLD.invoice_id IS NOT NULL")
    yield (
        f"CREATE OR REPLACE TRIGGER keep_days AFTER {' OR '.join(_CHANGES)} ON calls"
        " FOR EACH ROW EXECUTE FUNCTION seedbed_forget()"
    )
    for table in (*APPEND_ONLY, "credits", "invoices", "invoice_lines"):
        yield (
            f"CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON {table}"
            " EXECUTE FUNCTION seedbed_refuse('these rows are kept')"
        )


def _postgresql_trigger(table: str, event: str, action: str, when: str = "true") -> str:
    return (
        f"CREATE OR REPLACE TRIGGER keep BEFORE {event} ON {table}"
        f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {action}"
    )
