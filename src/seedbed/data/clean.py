"""Writes cleaned copies of the files of rows, and what was changed, row by row.

The originals are never touched. Of training rows it takes out: those that cannot be read, have no
answer or an empty text, repeat an earlier row and its answer, contradict the label of most rows of
the same text, or stand in validation or test too; of validation rows: those unreadable, without
answer, empty, or in test too; of test rows only those that cannot be read or have no answer. What
a row's text and answer are, the task says.

Where asked, placeholders are put in place of personal data, in every column but the labels and what
rows are grouped and ordered by, of all files alike that a run reads; the lists of changes do not
repeat it. A file without rows of a split is copied for that alone.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seedbed.data import hub, others
from seedbed.data.findings import Check
from seedbed.data.fingerprints import key
from seedbed.data.load import Asks
from seedbed.data.others import File
from seedbed.data.personal.find import dots, masked
from seedbed.data.personal.redaction import Redaction
from seedbed.data.readers.base import Broken, Row, Sink
from seedbed.data.split import LABELS_APART
from seedbed.data.table import Table
from seedbed.errors import CopyRefused
from seedbed.home import disk, written_aside
from seedbed.recipe import Data, Recipe

SPLITS = ("train", "validation", "test")

_SHOWN = 5
_FIELDS = ("row", "action", "reason", "before", "after")


@dataclass(frozen=True)
class Cleaned:
    """One file's cleaned copy.

    Attributes:
        split: What the file is for: a split, `unlabeled`, `collection` or `pretrain`.
        original: The file.
        copy: The copy without the rows removed, as CSV in UTF-8.
        changes: The list of changes: row, action, reason, before, after.
        kept: Rows in the copy.
        removed: Rows removed, by reason.
        redacted: Pieces of personal data taken out of the rows kept, by kind.
    """

    split: str
    original: Path
    copy: Path
    changes: Path
    kept: int
    removed: dict[str, int]
    redacted: dict[str, int] = field(default_factory=dict)


class _Seen(NamedTuple):
    """A row that can be learnt from: its text, as a key, what it counts as, and its answer."""

    number: int
    key: int
    label: str
    answer: str


def clean(
    recipe: Recipe, task: Asks, check: Check, out: Path | None = None, *, redact: bool = False
) -> list[Cleaned]:
    """Write the cleaned copy of each file that has something to clean.

    Args:
        recipe: Names the files.
        task: An instance of the recipe's task.
        check: What was found; near leaks are taken from it.
        out: Folder to write to; by default beside each original.
        redact: Put placeholders in place of personal data.

    Raises:
        DataError: a file cannot be read.
        CopyRefused: there are rows to take out of pictures that no CSV stands for; nothing is
            written.
        DiskFull: there is no room; nothing is left half written.
    """
    data = recipe.data
    works: list[_Work] = []
    judged: dict[int, str] = {}
    drawn = {name for name in SPLITS if getattr(data, name) is None}
    for split in reversed(SPLITS):
        if split in drawn:
            continue
        work = _Work(_file(data, split, task), task, redact=redact)
        seen = _survey(work)
        if split != "test":
            sides = {split, *drawn} if split == "train" else {split}
            _note_leaks(work.gone, seen, judged, check, sides)
        if split == "train":
            _note_repeats(work.gone, seen)
        judged |= {row.key: split for row in seen if row.key and row.number not in work.gone}
        works.insert(0, work)
    for file in others.others(recipe, task) if redact else ():
        works.append(_Work(file, task, redact=redact))
        deque(works[-1].look(), maxlen=0)  # what it finds it remembers
    todo = [pair for pair in zip(works, _copies(works, out), strict=True) if pair[0].worthwhile()]
    for work, _ in todo:
        _demand_copy(work)
    return [_write(work, copy) for work, copy in todo]


def _file(data: Data, split: str, task: Asks) -> File:
    source: str = getattr(data, split)
    path = hub.fetch(source, split) if source.startswith(hub.PREFIX) else Path(source)
    return File(split, path, tuple(task.columns() or ()))


class _Change(NamedTuple):
    action: str
    reason: str
    before: str
    after: str


class _Work:
    """What is to be done to one file.

    Attributes:
        file: The file.
        task: Says what a row holds.
        gone: Rows to take out: number → reason, why.
        columns: All of its columns.
        redaction: Takes personal data out, where that was asked for.
    """

    def __init__(self, file: File, task: Asks, *, redact: bool) -> None:
        self.file = file
        self.task = task
        self.gone: dict[int, tuple[str, str]] = {}
        self.columns: dict[str, None] = {}
        self.redaction = Redaction(task, read=file.columns) if redact else None
        self._mask = Redaction(task, dots, read=file.columns)

    def look(self) -> Iterator[Row]:
        """Yield the rows as they will be; note those that cannot be read, and the columns."""

        def note(flaw: Broken) -> None:
            self.gone[flaw.number] = ("broken_row", masked(flaw.why()))

        for raw in self.rows(note):
            row = self.redaction(raw) if self.redaction else raw
            self.columns.update(dict.fromkeys(row.cells))
            yield row

    def rows(self, broken: Sink = lambda _: None) -> Iterator[Row]:
        """Stream the rows."""
        return others.rows(self.file, self.task.data.encoding, broken)

    def worthwhile(self) -> bool:
        """Tell whether there is anything to do."""
        redacted = self.redaction is not None and bool(self.redaction.rows)
        return redacted or (bool(self.gone) and self.file.name in SPLITS)

    def change(self, raw: Row) -> tuple[Row, _Change | None]:
        """Return a row as it is to be kept, and what the list of changes says of it."""
        row = self.redaction(raw) if self.redaction else raw
        if row.number in self.gone:
            return row, self.removed(row.number, _json(row))
        if not self.redaction or row.number not in self.redaction.rows:
            return row, None
        why = f"personal: {self.redaction.why(row.number)}"
        return row, _Change("redacted", why, _json(self._mask(raw)), _json(row))

    def removed(self, number: int, before: str) -> _Change:
        """Return the line of a row that is taken out."""
        reason, why = self.gone[number]
        return _Change("removed", f"{reason}: {why}" if why else reason, before, "")

    def named(self, row: Row, folder: Path) -> Row:
        """Return a row whose picture, if it is a file, is found from another folder too."""
        column, beside = self.task.data.image, self.file.path.parent
        if self.task.reads != "image" or not row.cells.get(column, "").strip():
            return row
        picture = self.task.typed(row.cells[column], beside)
        if not isinstance(picture, Path) or folder.resolve() == beside.resolve():
            return row
        return row._replace(cells=row.cells | {column: str(picture.resolve())})


def _survey(work: _Work) -> list[_Seen]:
    """Return what can be learnt from, or judged by; note the rows that are to be removed."""
    task, asked = work.task, work.file.columns
    rows = [
        row._replace(cells={name: row.cells.get(name, "") for name in asked or row.cells})
        for row in work.look()
    ]
    names = asked or tuple(work.columns)
    cells = {name: [row.cells.get(name, "") for row in rows] for name in names}
    table = Table(work.file.path, cells, np.array([row.number for row in rows], dtype=np.int64))

    def without(table: Table, out: Sequence[bool], reason: str) -> Table:
        mask = np.array(out, dtype=bool)
        work.gone |= {int(number): (reason, "") for number in table.numbers[mask]}
        return table.take(~mask)

    table = without(table, task.unanswered(table), "missing_label")
    if work.file.name != "test":
        table = without(table, task.blank(table), "empty_text")
    keys = map(key, task.texts(table))
    told = zip(table.numbers, keys, task.strata(table), task.answered(table), strict=True)
    return [_Seen(int(number), text, label, answer) for number, text, label, answer in told]


def _note_leaks(
    gone: dict[int, tuple[str, str]],
    seen: list[_Seen],
    judged: dict[int, str],
    check: Check,
    sides: set[str],
) -> None:
    """Note the rows that stand in a file that judges; `sides` are the splits drawn from theirs."""
    for row in seen:
        if row.key in judged and row.key:
            gone.setdefault(row.number, ("leak_exact", f"the same text is in {judged[row.key]}"))
    near = check.find("leak_near")
    leaks = [leak for leak in (near.rows if near else ()) if leak["other_split"] in sides]
    whys = {
        leak["other_row"]: f"{leak['split']} row {leak['row']} is {leak['similarity']} similar"
        for leak in leaks
        if leak["split"] not in sides
    }
    same = {row.key: whys[row.number] for row in seen if row.number in whys}
    for row in seen:
        if row.key in same:
            gone.setdefault(row.number, ("leak_near", same[row.key]))


def _note_repeats(gone: dict[int, tuple[str, str]], seen: list[_Seen]) -> None:
    texts = defaultdict(list)
    for row in seen:
        if row.number not in gone and row.key:
            texts[row.key].append(row)
    for rows in texts.values():
        label, votes = Counter(row.label for row in rows).most_common(1)[0]
        agreed = 2 * votes > len(rows)
        first: dict[str, int] = {}
        for row in rows:
            if not agreed or row.label != label:
                said = label.replace(LABELS_APART, ", ")
                why = f"{votes} of {len(rows)} rows of this text say {said!r}"
                gone[row.number] = ("conflicting_label", why)
            elif first.setdefault(row.answer, row.number) != row.number:
                gone[row.number] = ("exact_duplicate", f"repeats row {first[row.answer]}")


def _copies(works: Sequence[_Work], out: Path | None) -> list[Path]:
    """Return where each file's copy goes: no two to one place, none to that of an original."""
    plain = [_copy(work.file, out) for work in works]
    taken = Counter(path.resolve() for path in (*plain, *(work.file.path for work in works)))
    return [
        path if taken[path.resolve()] == 1 else _copy(work.file, out, f".{work.file.name}")
        for work, path in zip(works, plain, strict=True)
    ]


def _copy(file: File, out: Path | None, mark: str = "") -> Path:
    path = file.path.with_suffix("") if file.path.suffix.lower() == ".gz" else file.path
    return (out or path.parent) / f"{path.stem}{mark}.clean.csv"


def _demand_copy(work: _Work) -> None:
    """Refuse to take rows out of what no CSV can stand for."""
    do = others.by_hand(work.file)
    if do:
        rows = [f"{number} ({reason})" for number, (reason, _) in sorted(work.gone.items())]
        more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
        raise CopyRefused(
            expected="rows of a file, which --fix copies as CSV",
            got=f"pictures, of which these are to go: row {', '.join(rows[:_SHOWN])}{more}",
            do=f"{do} `seedbed check` without --fix lists all of them.",
            where=str(work.file.path),
        )


def _write(work: _Work, copy: Path) -> Cleaned:
    changes = copy.with_name(f"{copy.name.removesuffix('.clean.csv')}.changes.csv")
    gone, redaction = work.gone, work.redaction
    with disk(copy):
        copy.parent.mkdir(parents=True, exist_ok=True)
    kept = 0
    listed: dict[int, _Change] = {}
    with written_aside(copy) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(work.columns), restval="")
        writer.writeheader()
        for raw in work.rows():
            row, change = work.change(raw)
            if change:
                listed[row.number] = change
            if row.number not in gone:
                writer.writerow(work.named(row, copy.parent).cells)
                kept += 1
    with written_aside(changes) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        listing = csv.writer(file)
        listing.writerow(_FIELDS)
        for number in sorted({*listed, *gone}):
            listing.writerow((number, *(listed.get(number) or work.removed(number, ""))))
    removed = dict(Counter(reason for reason, _ in gone.values()))
    redacted = redaction.counts(gone) if redaction else {}
    return Cleaned(work.file.name, work.file.path, copy, changes, kept, removed, redacted)


def _json(row: Row) -> str:
    return json.dumps(row.cells, ensure_ascii=False)
