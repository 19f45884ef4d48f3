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
    └── SetupError          SB6xx   something is not installed, or there is no such kind
        └── ExtraMissing, KindUnknown, FolderTaken

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
    """Unpickle an error that crossed a process boundary."""
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


def catalogue() -> list[type[SeedbedError]]:
    """Return every error class, ordered by code."""
    found: list[type[SeedbedError]] = []
    queue: list[type[SeedbedError]] = [SeedbedError]
    while queue:
        kind = queue.pop()
        found.append(kind)
        queue.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.code)
