"""Every failure that a user can meet, in one catalogue.

    SeedbedError                    exit code 1
    ├── RecipeError         SB1xx   the recipe cannot be read or makes no sense
    │   ├── RecipeMissing, RecipeSyntax, UnknownKey, WrongValue
    ├── DataError           SB2xx   the rows cannot be used as they are
    │   ├── FileMissing, FileEmpty, FormatUnknown, EncodingUnknown, RowBroken, CellTooLarge
    │   ├── ColumnMissing, LabelMissing, OneClass, LabelUnseen, TooFewRows
    ├── ModelError          SB3xx   the base model cannot be used
    │   ├── BackboneMissing, TokenizerMissing, UnsafeWeights, ArchitectureUnsupported
    ├── RunError            SB4xx   a run cannot start, go on or end
    │   ├── HomeLocked, RunMissing, ResumeMismatch, DiskFull, MemoryShort, TestAlreadyRead,
    │   ├── RungUnavailable, NothingLearned, Interrupted (exit code 130)
    ├── ReleaseError        SB5xx   a release is missing, damaged or cannot answer
    │   ├── ReleaseMissing, ReleaseDamaged, ReleaseIncompatible, EngineUnavailable
    ├── SetupError          SB6xx   something is not installed, or there is no such kind
    │   ├── ExtraMissing, KindUnknown, FolderTaken, WrongUse (exit code 2)
    ├── LedgerError         SB7xx   the ledger cannot do what was asked
    │   ├── LedgerUnavailable, LedgerNewer, RecordMissing, RecordConflict, PlanWrong, InvoiceFinal,
    │   ├── AuditBroken
    │   ├── Refused                 a call that may not be answered now; it costs nothing
    │   │   ├── KeyInvalid, ScopeMissing, CreditSpent, CreditHeld, SpendCapReached, QuotaSpent,
    │   │   ├── RateExceeded, IdempotencyMismatch, IdempotencyRunning
    ├── ServeError          SB8xx   a request cannot be answered
    │   ├── BodyMalformed, RequestWrong, BodyTooLarge, MediaUnsupported, RouteMissing, MethodWrong,
    │   ├── Overloaded, Draining, DeadlinePassed, Cancelled, AnswerFailed, AddressTaken
    └── VentureError        SB9xx   the venture cannot be planned as it is written
        ├── VentureWrong, AssumptionWrong, CorrelationsWrong, MeasurementMissing, NoOptimum,
        └── Infeasible, SurveyWrong, TableWrong, ForecastMissing, DocumentFailed

Each error says what was expected, what came, where, and what to do; the CLI prints these four as
they are and exits with `exit_code`. `docs/reference/errors.md` is generated from this module.
"""

from __future__ import annotations

from typing import Any, ClassVar


class SeedbedError(Exception):
    """The root of everything Seedbed raises on purpose."""

    code: ClassVar[str] = "SB000"
    title: ClassVar[str] = "something went wrong"
    exit_code: ClassVar[int] = 1
    retry_after: float | None = None
    """Seconds after which a call may succeed, where that is known."""

    def __init__(self, *, expected: str, got: str, do: str, where: str = "") -> None:
        super().__init__(expected, got, do, where)
        self.expected = expected
        self.got = got
        self.do = do
        self.where = where

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.as_dict())

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return (
            f"{self.code} {self.title}{where}: expected {self.expected}; got {self.got}. {self.do}"
        )

    def as_dict(self) -> dict[str, str]:
        """Return the error as `--json` prints it."""
        return {
            "code": self.code,
            "title": self.title,
            "where": self.where,
            "expected": self.expected,
            "got": self.got,
            "do": self.do,
        }


def _rebuild(kind: type[SeedbedError], said: dict[str, str]) -> SeedbedError:
    return kind(expected=said["expected"], got=said["got"], do=said["do"], where=said["where"])


class RecipeError(SeedbedError):
    """The recipe cannot be read or makes no sense."""

    code = "SB100"
    title = "the recipe cannot be used"


class RecipeMissing(RecipeError):
    """There is no recipe at the path given."""

    code = "SB101"
    title = "no recipe there"


class RecipeSyntax(RecipeError):
    """The recipe is not YAML, or not a mapping."""

    code = "SB102"
    title = "the recipe is not valid YAML"


class UnknownKey(RecipeError):
    """A key that no recipe has; the nearest known key is named."""

    code = "SB103"
    title = "unknown key in the recipe"


class WrongValue(RecipeError):
    """A value of the wrong type, out of its range, or at odds with another."""

    code = "SB104"
    title = "wrong value in the recipe"


class DataError(SeedbedError):
    """The rows cannot be used as they are."""

    code = "SB200"
    title = "the rows cannot be used"


class FileMissing(DataError):
    """A file of rows is not where the recipe says."""

    code = "SB201"
    title = "no file there"


class FileEmpty(DataError):
    """A file holds no row."""

    code = "SB202"
    title = "the file holds no rows"


class FormatUnknown(DataError):
    """No reader knows a file of this kind."""

    code = "SB203"
    title = "unknown file format"


class EncodingUnknown(DataError):
    """The bytes are no text in UTF-8, UTF-16 or GB18030."""

    code = "SB204"
    title = "the file's encoding cannot be told"


class RowBroken(DataError):
    """A row cannot be parsed: broken quoting, cells too many or too few, invalid JSON."""

    code = "SB205"
    title = "a row cannot be parsed"


class CellTooLarge(DataError):
    """A cell is larger than any text a model could read."""

    code = "SB206"
    title = "a cell is too large"


class ColumnMissing(DataError):
    """A column that the recipe names is not in the file."""

    code = "SB207"
    title = "column not found"


class LabelMissing(DataError):
    """Rows have no label."""

    code = "SB208"
    title = "rows without a label"


class OneClass(DataError):
    """All rows have the same label, so there is nothing to learn."""

    code = "SB209"
    title = "only one class"


class LabelUnseen(DataError):
    """A label in the test or validation rows never stands in the training rows."""

    code = "SB210"
    title = "a label that training never had"


class TooFewRows(DataError):
    """There are too few rows to train, to validate or to judge."""

    code = "SB211"
    title = "too few rows"


class ModelError(SeedbedError):
    """The base model cannot be used."""

    code = "SB300"
    title = "the base model cannot be used"


class BackboneMissing(ModelError):
    """The base model is no known alias, no folder, and not to be had from a hub."""

    code = "SB301"
    title = "no such base model"


class TokenizerMissing(ModelError):
    """The base model has no tokenizer.json."""

    code = "SB302"
    title = "the base model has no tokenizer"


class UnsafeWeights(ModelError):
    """The base model's weights are pickles, which can run code when loaded."""

    code = "SB303"
    title = "the base model holds pickles"


class ArchitectureUnsupported(ModelError):
    """Weights and configuration do not make an encoder that Seedbed can tune."""

    code = "SB304"
    title = "this base model cannot be tuned"


class RunError(SeedbedError):
    """A run cannot start, go on or end."""

    code = "SB400"
    title = "the run cannot go on"


class HomeLocked(RunError):
    """Another process is working in this home."""

    code = "SB401"
    title = "another run holds the lock"


class RunMissing(RunError):
    """There is no run to resume."""

    code = "SB402"
    title = "no such run"


class ResumeMismatch(RunError):
    """The recipe or the rows changed since the run began."""

    code = "SB403"
    title = "the run cannot be resumed"


class DiskFull(RunError):
    """The disk has no room left; nothing that was written before is lost."""

    code = "SB404"
    title = "the disk is full"


class MemoryShort(RunError):
    """Not even one row fits into memory."""

    code = "SB405"
    title = "out of memory"


class TestAlreadyRead(RunError):
    """The judge has read this run's test rows before, for another candidate."""

    __test__ = False  # not a test class, whatever pytest makes of the name
    code = "SB406"
    title = "the test rows were read before"


class RungUnavailable(RunError):
    """A rung that was asked for cannot be climbed here."""

    code = "SB407"
    title = "this rung cannot be climbed"


class NothingLearned(RunError):
    """No rung gave a model: all were left out, or training diverged."""

    code = "SB408"
    title = "no rung gave a model"


class Interrupted(RunError):
    """Ctrl-C or SIGTERM; the run can be resumed."""

    code = "SB409"
    title = "stopped by you"
    exit_code = 130


class ReleaseError(SeedbedError):
    """A release is missing, damaged or cannot answer."""

    code = "SB500"
    title = "the release cannot be used"


class ReleaseMissing(ReleaseError):
    """There is no release of that name or number."""

    code = "SB501"
    title = "no such release"


class ReleaseDamaged(ReleaseError):
    """A file of the release is missing, cut short or altered."""

    code = "SB502"
    title = "the release is damaged"


class ReleaseIncompatible(ReleaseError):
    """The release was made by a newer Seedbed."""

    code = "SB503"
    title = "the release is of another format"


class EngineUnavailable(ReleaseError):
    """None of the release's engines runs on this machine."""

    code = "SB504"
    title = "no engine can answer"


class SetupError(SeedbedError):
    """Something is not installed, or there is no such kind."""

    code = "SB600"
    title = "the installation lacks something"


class ExtraMissing(SetupError):
    """A part that is not installed; the error names the command that installs it."""

    code = "SB601"
    title = "a part is not installed"


class KindUnknown(SetupError):
    """No task, rung, reader, backbone or engine of that name is installed."""

    code = "SB602"
    title = "unknown kind"


class FolderTaken(SetupError):
    """The folder to make is there already, with something in it."""

    code = "SB603"
    title = "the folder is taken"


class WrongUse(SetupError):
    """A verb or option that is not there, or one that lacks its value; said so with `--json`."""

    code = "SB604"
    title = "wrong use"
    exit_code = 2


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


class ServeError(SeedbedError):
    """A request cannot be answered."""

    code = "SB800"
    title = "the request cannot be answered"


class BodyMalformed(ServeError):
    """The body is not JSON, or is nested too deeply."""

    code = "SB801"
    title = "the body is not JSON"


class RequestWrong(ServeError):
    """A field is missing, unknown, of the wrong type or out of its range."""

    code = "SB802"
    title = "wrong value in the request"


class BodyTooLarge(ServeError):
    """The body, a header, a text or the number of rows is over the limit."""

    code = "SB803"
    title = "the request is too large"


class MediaUnsupported(ServeError):
    """The body is not declared as JSON."""

    code = "SB804"
    title = "the body's media type is not supported"


class RouteMissing(ServeError):
    """There is no such route."""

    code = "SB805"
    title = "nothing at that address"


class MethodWrong(ServeError):
    """The route is there, but not for this method."""

    code = "SB806"
    title = "the method is not allowed there"


class Overloaded(ServeError):
    """The queue is full; the answer says when to come again."""

    code = "SB807"
    title = "more calls than can be answered"


class Draining(ServeError):
    """The server is finishing what it has begun and takes nothing new."""

    code = "SB808"
    title = "the server is stopping"


class DeadlinePassed(ServeError):
    """The answer would have come after the deadline that the caller set."""

    code = "SB809"
    title = "the deadline has passed"


class Cancelled(ServeError):
    """The connection was closed before the answer was ready."""

    code = "SB810"
    title = "the caller has gone"


class AnswerFailed(ServeError):
    """Every engine of the release failed on this request; it costs nothing."""

    code = "SB811"
    title = "the model could not answer"


class AddressTaken(ServeError):
    """The port is in use, or may not be used."""

    code = "SB812"
    title = "the address cannot be listened on"


class VentureError(SeedbedError):
    """The venture cannot be planned as it is written."""

    code = "SB900"
    title = "the venture cannot be planned"


class VentureWrong(VentureError):
    """The venture file cannot be read, has an unknown key or a wrong value."""

    code = "SB901"
    title = "wrong value in the venture"


class AssumptionWrong(VentureError):
    """An assumption that cannot be: a range upside down, a share above 1, a value that is none."""

    code = "SB902"
    title = "an assumption cannot be"


class CorrelationsWrong(VentureError):
    """Correlations that no set of values can have together; the nearest that can is offered."""

    code = "SB903"
    title = "the correlations contradict each other"


class MeasurementMissing(VentureError):
    """A value that this action needs was neither written down nor measured."""

    code = "SB904"
    title = "a value is missing"


class NoOptimum(VentureError):
    """There is no finite best: what is asked for grows for ever."""

    code = "SB905"
    title = "there is no finite best"


class Infeasible(VentureError):
    """Limits that cannot be kept together; the smallest set that clashes is named."""

    code = "SB906"
    title = "the limits clash"


class SurveyWrong(VentureError):
    """A survey's file lacks a column, holds what is no answer, or has too few of them."""

    code = "SB907"
    title = "the survey cannot be used"


class TableWrong(VentureError):
    """The table of prices or priors cannot be read, or lacks a row that the venture names."""

    code = "SB908"
    title = "the price table cannot be used"


class ForecastMissing(VentureError):
    """There is no frozen forecast to score."""

    code = "SB909"
    title = "no forecast was frozen"


class DocumentFailed(VentureError):
    """The plan document could not be made."""

    code = "SB910"
    title = "the document could not be made"


def catalogue() -> list[type[SeedbedError]]:
    """Return every error class of this module, ordered by code.

    A class that another module derives, to tell one case apart there, has its parent's code.
    """
    found: list[type[SeedbedError]] = []
    queue: list[type[SeedbedError]] = [SeedbedError]
    while queue:
        kind = queue.pop()
        if kind.__module__ == __name__:
            found.append(kind)
        queue.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.code)
