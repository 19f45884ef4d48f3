"""The test rows, closed: fingerprints and label names can be had, the rows once, by one candidate.

Opening writes the candidate's digest into the run's folder *before* the first row is read; whoever
comes with another digest is refused. So no run can choose by looking at the test rows twice; how
often other runs looked at them is kept by `seedbed.data.looks`.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.data import read
from seedbed.data.fingerprints import Fingerprints, fingerprints
from seedbed.data.table import Index, Table
from seedbed.errors import ResumeMismatch, TestAlreadyRead
from seedbed.home import disk, sha256, write_text

RECORD = "test-read.json"


class SealedTest:
    """The test rows of a run.

    Attributes:
        path: The file they are in.
        numbers: Their row numbers in it.
        digest: The file's SHA-256 when it was sealed.
    """

    def __init__(
        self,
        table: Table,
        *,
        texts: Sequence[str],
        labels: Mapping[str, int],
        encoding: str | None = None,
        near: bool = True,
    ) -> None:
        """Seal a table; nothing of it is kept but what is named here.

        Args:
            table: The test rows.
            texts: What the model would read of them.
            labels: Rows of each label.
            encoding: Of the file, where it cannot be found.
            near: Whether texts can be nearly the same.
        """
        self.path = table.path
        self.numbers: Index = table.numbers
        self.digest = sha256(table.path)
        self._columns = tuple(table.columns)
        self._labels = Counter(labels)
        self._encoding = encoding
        self._fingerprints = fingerprints(texts, near=near)

    def __len__(self) -> int:
        return len(self.numbers)

    def labels(self) -> set[str]:
        """Return the names of the labels that the rows have."""
        return set(self._labels)

    def label_counts(self) -> dict[str, int]:
        """Return how many rows have each label."""
        return dict(self._labels)

    def fingerprints(self) -> Fingerprints:
        """Return what leaks are found by; row i is row `numbers[i]`."""
        return self._fingerprints

    def digest_of_texts(self) -> str:
        """Return a digest that other files of the same texts have too, in whatever order."""
        return hashlib.sha256(np.sort(self._fingerprints.keys).tobytes()).hexdigest()

    def open(self, run: Path, candidate: str) -> Table:
        """Return the rows, to one candidate only.

        Args:
            run: The run's folder; the record `test-read.json` is made in it.
            candidate: Digest of the candidate that will be judged.

        Raises:
            TestAlreadyRead: another candidate has seen them.
            ResumeMismatch: the file was altered since it was sealed, or since it was first read.
        """
        self._check(self.digest, sha256(self.path))
        record = self._record(run / RECORD, candidate)
        if record["candidate"] != candidate:
            raise TestAlreadyRead(
                expected=f"candidate {record['candidate'][:12]}, the one they were opened for",
                got=f"candidate {candidate[:12]}",
                do="Start a new run; a model chosen by its test score is not honestly judged.",
                where=str(run / RECORD),
            )
        self._check(record["sha256"], self.digest)
        table = read.table(self.path, self._columns, broken=lambda _: None, encoding=self._encoding)
        return table.take(np.isin(table.numbers, self.numbers))

    def _record(self, path: Path, candidate: str) -> dict[str, Any]:
        """Make the record, or return the one that stands; one cut short was never acted upon."""
        record = {"candidate": candidate, "sha256": self.digest, "at": _now(), "rows": len(self)}
        text = json.dumps(record, indent=2) + "\n"
        with disk(path):
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                return self._standing(path) or self._mend(path, text, record)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        return record

    def _standing(self, path: Path) -> dict[str, Any] | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return None
        return dict(found)

    def _mend(self, path: Path, text: str, record: dict[str, Any]) -> dict[str, Any]:
        write_text(path, text)
        return record

    def _check(self, expected: str, got: str) -> None:
        if expected != got:
            raise ResumeMismatch(
                expected=f"{self.path.name} as it was (sha256 {expected[:12]})",
                got=f"an altered file (sha256 {got[:12]})",
                do="Put the file back, or start a new run.",
                where=str(self.path),
            )


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
