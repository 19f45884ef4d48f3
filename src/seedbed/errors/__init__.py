"""Every failure that a user can meet, in one catalogue.

    SeedbedError                    exit code 1
    ├── RecipeError         SB1xx   the recipe cannot be read or makes no sense
    │   ├── RecipeMissing, RecipeSyntax, UnknownKey, WrongValue
    ├── DataError           SB2xx   the rows cannot be used as they are
    │   ├── FileMissing, FileEmpty, FormatUnknown, EncodingUnknown, RowBroken, CellTooLarge
    │   ├── ColumnMissing, LabelMissing, OneClass, LabelUnseen, TooFewRows, ValueUnreadable,
    │   ├── RowUnreadable, TagsWrong, CollectionEmpty, ImageBroken, ImageTooLarge,
    │   ├── ChatWrong, PromptTooLong, CopyRefused
    ├── ModelError          SB3xx   the base model cannot be used
    │   ├── BackboneMissing, TokenizerMissing, UnsafeWeights, ArchitectureUnsupported,
    │   ├── ChatTemplateMissing
    ├── RunError            SB4xx   a run cannot start, go on or end
    │   ├── HomeLocked, RunMissing, ResumeMismatch, DiskFull, MemoryShort, TestAlreadyRead,
    │   ├── RungUnavailable, NothingLearned, Interrupted (exit code 130)
    ├── ReleaseError        SB5xx   a release is missing, damaged or cannot answer
    │   ├── ReleaseMissing, ReleaseDamaged, ReleaseIncompatible, EngineUnavailable,
    │   ├── NotExportable
    ├── SetupError          SB6xx   something is not installed, or there is no such kind
    │   ├── ExtraMissing, KindUnknown, FolderTaken, NotWritable, WrongUse (exit code 2)
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

from seedbed.errors.base import SeedbedError
from seedbed.errors.data import (
    CellTooLarge,
    ChatWrong,
    CollectionEmpty,
    ColumnMissing,
    CopyRefused,
    DataError,
    EncodingUnknown,
    FileEmpty,
    FileMissing,
    FormatUnknown,
    ImageBroken,
    ImageTooLarge,
    LabelMissing,
    LabelUnseen,
    OneClass,
    PromptTooLong,
    RowBroken,
    RowUnreadable,
    TagsWrong,
    TooFewRows,
    ValueUnreadable,
)
from seedbed.errors.ledger import (
    AuditBroken,
    CreditHeld,
    CreditSpent,
    IdempotencyMismatch,
    IdempotencyRunning,
    InvoiceFinal,
    KeyInvalid,
    LedgerError,
    LedgerNewer,
    LedgerUnavailable,
    PlanWrong,
    QuotaSpent,
    RateExceeded,
    RecordConflict,
    RecordMissing,
    Refused,
    ScopeMissing,
    SpendCapReached,
)
from seedbed.errors.model import (
    ArchitectureUnsupported,
    BackboneMissing,
    ChatTemplateMissing,
    ModelError,
    TokenizerMissing,
    UnsafeWeights,
)
from seedbed.errors.recipe import RecipeError, RecipeMissing, RecipeSyntax, UnknownKey, WrongValue
from seedbed.errors.release import (
    EngineUnavailable,
    NotExportable,
    ReleaseDamaged,
    ReleaseError,
    ReleaseIncompatible,
    ReleaseMissing,
)
from seedbed.errors.run import (
    DiskFull,
    HomeLocked,
    Interrupted,
    MemoryShort,
    NothingLearned,
    ResumeMismatch,
    RunError,
    RungUnavailable,
    RunMissing,
    TestAlreadyRead,
)
from seedbed.errors.serve import (
    AddressTaken,
    AnswerFailed,
    BodyMalformed,
    BodyTooLarge,
    Cancelled,
    DeadlinePassed,
    Draining,
    MediaUnsupported,
    MethodWrong,
    Overloaded,
    RequestWrong,
    RouteMissing,
    ServeError,
)
from seedbed.errors.setup import (
    ExtraMissing,
    FolderTaken,
    KindUnknown,
    NotWritable,
    SetupError,
    WrongUse,
)
from seedbed.errors.venture import (
    AssumptionWrong,
    CorrelationsWrong,
    DocumentFailed,
    ForecastMissing,
    Infeasible,
    MeasurementMissing,
    NoOptimum,
    SurveyWrong,
    TableWrong,
    VentureError,
    VentureWrong,
)

__all__ = [
    "AddressTaken",
    "AnswerFailed",
    "ArchitectureUnsupported",
    "AssumptionWrong",
    "AuditBroken",
    "BackboneMissing",
    "BodyMalformed",
    "BodyTooLarge",
    "Cancelled",
    "CellTooLarge",
    "ChatTemplateMissing",
    "ChatWrong",
    "CollectionEmpty",
    "ColumnMissing",
    "CopyRefused",
    "CorrelationsWrong",
    "CreditHeld",
    "CreditSpent",
    "DataError",
    "DeadlinePassed",
    "DiskFull",
    "DocumentFailed",
    "Draining",
    "EncodingUnknown",
    "EngineUnavailable",
    "ExtraMissing",
    "FileEmpty",
    "FileMissing",
    "FolderTaken",
    "ForecastMissing",
    "FormatUnknown",
    "HomeLocked",
    "IdempotencyMismatch",
    "IdempotencyRunning",
    "ImageBroken",
    "ImageTooLarge",
    "Infeasible",
    "Interrupted",
    "InvoiceFinal",
    "KeyInvalid",
    "KindUnknown",
    "LabelMissing",
    "LabelUnseen",
    "LedgerError",
    "LedgerNewer",
    "LedgerUnavailable",
    "MeasurementMissing",
    "MediaUnsupported",
    "MemoryShort",
    "MethodWrong",
    "ModelError",
    "NoOptimum",
    "NotExportable",
    "NotWritable",
    "NothingLearned",
    "OneClass",
    "Overloaded",
    "PlanWrong",
    "PromptTooLong",
    "QuotaSpent",
    "RateExceeded",
    "RecipeError",
    "RecipeMissing",
    "RecipeSyntax",
    "RecordConflict",
    "RecordMissing",
    "Refused",
    "ReleaseDamaged",
    "ReleaseError",
    "ReleaseIncompatible",
    "ReleaseMissing",
    "RequestWrong",
    "ResumeMismatch",
    "RouteMissing",
    "RowBroken",
    "RowUnreadable",
    "RunError",
    "RunMissing",
    "RungUnavailable",
    "ScopeMissing",
    "SeedbedError",
    "ServeError",
    "SetupError",
    "SpendCapReached",
    "SurveyWrong",
    "TableWrong",
    "TagsWrong",
    "TestAlreadyRead",
    "TokenizerMissing",
    "TooFewRows",
    "UnknownKey",
    "UnsafeWeights",
    "ValueUnreadable",
    "VentureError",
    "VentureWrong",
    "WrongUse",
    "WrongValue",
    "catalogue",
]


def catalogue() -> list[type[SeedbedError]]:
    """Return every error class of this module, ordered by code.

    A class that another module derives, to tell one case apart there, has its parent's code.
    """
    found: list[type[SeedbedError]] = []
    queue: list[type[SeedbedError]] = [SeedbedError]
    while queue:
        kind = queue.pop()
        if kind.__module__.startswith(f"{__name__}."):
            found.append(kind)
        queue.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.code)
