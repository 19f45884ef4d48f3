"""The ledger cannot do what was asked: SB7xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class LedgerError(SeedbedError):
    """The ledger cannot do what was asked."""

    code = "SB700"
    title = "the ledger cannot do that"


class LedgerUnavailable(LedgerError):
    """The ledger's database is locked, full or away; nothing was charged."""

    code = "SB701"
    title = "the ledger does not answer"


class LedgerNewer(LedgerError):
    """The database was migrated by a newer Seedbed than this one."""

    code = "SB702"
    title = "the ledger is of a newer Seedbed"


class RecordMissing(LedgerError):
    """There is no customer, key, plan, call or invoice of that id, or it is another customer's."""

    code = "SB703"
    title = "no such record"


class RecordConflict(LedgerError):
    """A record of that name is there already, or is in a state that forbids the change."""

    code = "SB704"
    title = "the record is there already"


class PlanWrong(LedgerError):
    """A price plan with a wrong value, or with values at odds with each other."""

    code = "SB705"
    title = "the plan makes no sense"


class InvoiceFinal(LedgerError):
    """A final invoice does not change; a credit note corrects it."""

    code = "SB706"
    title = "the invoice is final"


class AuditBroken(LedgerError):
    """A row of the audit log does not follow from the row before it."""

    code = "SB707"
    title = "the audit log was altered"


class Refused(LedgerError):
    """A call that may not be answered now; it costs nothing."""

    code = "SB710"
    title = "the call is refused"
    limits: object = None
    """What is left to the customer (`ledger.limits.Limits`), where its plan was looked at."""


class KeyInvalid(Refused):
    """The key is missing, unknown, expired or revoked."""

    code = "SB711"
    title = "no valid key"


class ScopeMissing(Refused):
    """The key's scopes do not cover this release or this verb."""

    code = "SB712"
    title = "the key may not do that"


class CreditSpent(Refused):
    """The prepaid credit does not cover the call."""

    code = "SB713"
    title = "not enough credit"


class CreditHeld(Refused):
    """The credit would do, were it not held for other calls that have not ended."""

    code = "SB714"
    title = "credit is held by calls under way"


class SpendCapReached(Refused):
    """The call would cost more than the cap that the customer has set leaves."""

    code = "SB715"
    title = "the spending cap is reached"


class QuotaSpent(Refused):
    """The units that the plan allows in this period are used up."""

    code = "SB716"
    title = "the quota is used up"


class RateExceeded(Refused):
    """More calls in a short time than the plan allows."""

    code = "SB717"
    title = "too many calls"


class IdempotencyMismatch(Refused):
    """The same Idempotency-Key came with another body or for another route."""

    code = "SB718"
    title = "the idempotency key was used for another request"


class IdempotencyRunning(Refused):
    """A request with this Idempotency-Key has not ended yet."""

    code = "SB719"
    title = "the same request is under way"
