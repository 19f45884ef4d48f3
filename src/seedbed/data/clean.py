"""Writes cleaned copies of the files of rows, and what was changed, row by row.

The originals are never touched. Of training rows it takes out: those that cannot be read, have no
label or an empty text, repeat an earlier row, contradict the label of most rows of the same text,
or stand in validation or test too; of validation rows: those unreadable, without label, empty, or
in test too; of test rows only those that cannot be read or have no label.

Where asked, placeholders are put in place of personal data, in every column but the labels and what
rows are grouped and ordered by, of all files alike; the lists of changes do not repeat it.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from seedbed.data import hub, read
from seedbed.data.findings import Check
from seedbed.data.fingerprints import key
from seedbed.data.personal.find import masked
from seedbed.data.personal.redaction import Redaction
from seedbed.data.readers.base import Broken, Row
from seedbed.home import disk, written_aside
from seedbed.recipe import Data

_FIELDS = ("row", "action", "reason", "before", "after")


@dataclass(frozen=True)
class Cleaned:
    """One file's cleaned copy.

    Attributes:
        split: What the file is for.
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
    number: int
    key: int
    label: str


def clean(
    data: Data, check: Check, out: Path | None = None, *, redact: bool = False
) -> list[Cleaned]:
    """Write the cleaned copy of each file that has something to clean.

    Args:
        data: The recipe's part that names the files.
        check: What was found; near leaks are taken from it.
        out: Folder to write to; by default beside each original.
        redact: Put placeholders in place of personal data.

    Raises:
        DataError: a file cannot be read.
        DiskFull: there is no room; nothing is left half written.
    """
    named = {"test": data.test, "validation": data.validation, "train": data.train}
    judged: dict[int, str] = {}
    done = []
    for split, source in named.items():
        if source is None:
            continue
        path = hub.fetch(source, split) if source.startswith(hub.PREFIX) else Path(source)
        redaction = Redaction(_kept(data)) if redact else None
        columns, seen, gone = _survey(path, data, split, redaction)
        if split != "test":
            sides = {split} | {name for name, source in named.items() if source is None}
            _note_leaks(gone, seen, judged, check, sides if split == "train" else {split})
        if split == "train":
            _note_repeats(gone, seen)
        judged |= {row.key: split for row in seen if row.key and row.number not in gone}
        if gone or (redaction and redaction.rows):
            work = _Work(path, data, split, columns, gone, redaction)
            done.append(_write(work, out or path.parent))
    return done[::-1]


def _kept(data: Data) -> set[str]:
    return {name for name in (data.label, data.group, data.time) if name}


def _survey(
    path: Path, data: Data, split: str, redaction: Redaction | None
) -> tuple[list[str], list[_Seen], dict[int, tuple[str, str]]]:
    """Return the columns, the rows that can be read, and those to remove: number → reason, why."""
    columns: dict[str, None] = {}
    seen: list[_Seen] = []
    gone: dict[int, tuple[str, str]] = {}

    def note(flaw: Broken) -> None:
        gone[flaw.number] = ("broken_row", flaw.why())

    for raw in read.rows(path, broken=note, encoding=data.encoding):
        row = redaction(raw) if redaction else raw
        columns.update(dict.fromkeys(row.cells))
        label = row.cells.get(data.label, "").strip()
        text = row.cells.get(data.text, "")
        if not label and data.label_separator is None:
            gone[row.number] = ("missing_label", "")
        elif not text.strip() and split != "test":
            gone[row.number] = ("empty_text", "")
        seen.append(_Seen(row.number, key(text), _labels(label, data.label_separator)))
    return list(columns), seen, gone


def _labels(cell: str, separator: str | None) -> str:
    if separator is None:
        return cell
    return "\x1f".join(sorted({part.strip() for part in cell.split(separator)} - {""}))


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
        agreeing = [row for row in rows if agreed and row.label == label]
        for row in rows:
            if not agreed or row.label != label:
                why = f"{votes} of {len(rows)} rows of this text say {label!r}"
                gone[row.number] = ("conflicting_label", why)
            elif row is not agreeing[0]:
                gone[row.number] = ("exact_duplicate", f"repeats row {agreeing[0].number}")


class _Change(NamedTuple):
    action: str
    reason: str
    before: str
    after: str


@dataclass(frozen=True)
class _Work:
    """What is to be done to one file."""

    path: Path
    data: Data
    split: str
    columns: list[str]
    gone: dict[int, tuple[str, str]]
    redaction: Redaction | None

    def change(self, raw: Row) -> tuple[Row, _Change | None]:
        """Return a row as it is to be kept, and what the list of changes says of it."""
        row = self.redaction(raw) if self.redaction else raw
        if row.number in self.gone:
            return row, self.removed(row.number, _json(row))
        if not self.redaction or row.number not in self.redaction.rows:
            return row, None
        hidden = raw._replace(cells={name: masked(cell) for name, cell in raw.cells.items()})
        why = f"personal: {self.redaction.why(row.number)}"
        return row, _Change("redacted", why, _json(hidden), _json(row))

    def removed(self, number: int, before: str) -> _Change:
        """Return the line of a row that is taken out."""
        reason, why = self.gone[number]
        return _Change("removed", f"{reason}: {why}" if why else reason, before, "")


def _write(work: _Work, folder: Path) -> Cleaned:
    path, gone, redaction = work.path, work.gone, work.redaction
    stem = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).stem
    copy, changes = folder / f"{stem}.clean.csv", folder / f"{stem}.changes.csv"
    with disk(copy):
        folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    listed: dict[int, _Change] = {}
    with written_aside(copy) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, work.columns, restval="")
        writer.writeheader()
        for raw in read.rows(path, broken=lambda _: None, encoding=work.data.encoding):
            row, change = work.change(raw)
            if change:
                listed[row.number] = change
            if row.number not in gone:
                writer.writerow(row.cells)
                kept += 1
    with written_aside(changes) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        listing = csv.writer(file)
        listing.writerow(_FIELDS)
        for number in sorted({*listed, *gone}):
            listing.writerow((number, *(listed.get(number) or work.removed(number, ""))))
    removed = dict(Counter(reason for reason, _ in gone.values()))
    redacted = redaction.counts(gone) if redaction else {}
    return Cleaned(work.split, path, copy, changes, kept, removed, redacted)


def _json(row: Row) -> str:
    return json.dumps(row.cells, ensure_ascii=False)
