"""What a check finds: the shape of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from seedbed.data.personal.find import masked
from seedbed.data.table import Index

Said = dict[str, str]
Severity = Literal["error", "warning", "note"]

SNIPPET = 160
"""Characters of a text that a finding shows."""


@dataclass(frozen=True)
class Finding:
    """One kind of trouble with the rows.

    Attributes:
        kind: Such as `near_duplicate`.
        severity: `error` makes the result wrong, `warning` may, `note` is to be known.
        said: What was found.
        would: What `--fix` does about it, or what a person should.
        count: How many rows, texts or labels, as `said` says.
        rows: The rows, with `split`, `row` (number) and what else fits the kind.
    """

    kind: str
    severity: Severity
    said: Said
    would: Said
    count: int
    rows: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "said": self.said,
            "would": self.would,
            "count": self.count,
            "rows": list(self.rows),
        }


@dataclass(frozen=True)
class Check:
    """Everything a check found out.

    Attributes:
        profile: What the rows are like.
        findings: What is wrong with them, the worst first.
        clusters: Cluster of duplicates of each training row, then of each validation row.
    """

    profile: dict[str, Any]
    findings: tuple[Finding, ...]
    clusters: Index | None = field(default=None, compare=False, repr=False)

    def plus(self, *found: Finding) -> Check:
        """Return the check with more findings; those that found nothing are left out."""
        more = tuple(finding for finding in found if finding.count)
        return replace(self, findings=_ordered((*self.findings, *more)))

    def find(self, kind: str) -> Finding | None:
        """Return the finding of a kind, if there is one."""
        return next((finding for finding in self.findings if finding.kind == kind), None)

    def leaked(self) -> frozenset[int]:
        """Return the numbers of test rows that also stand in training or validation, or nearly."""
        leaks = [found for kind in ("leak_exact", "leak_near") if (found := self.find(kind))]
        rows = [row for found in leaks for row in found.rows]
        return frozenset(row["row"] for row in rows if row["split"] == "test")

    def as_dict(self) -> dict[str, Any]:
        """Return the check as it stands in `check.json`."""
        return {
            "profile": self.profile,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def snippet(text: str) -> str:
    """Return the beginning of a text, on one line, with its personal data masked."""
    line = " ".join(masked(text[: 4 * SNIPPET]).split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1] + "…"


def build(
    kind: str,
    severity: Severity,
    count: int,
    sentences: tuple[Said, Said],
    rows: Iterable[dict[str, Any]] = (),
) -> Finding:
    """Make a finding; `sentences` are what was found and what would be done."""
    said, would = sentences
    return Finding(kind, severity, said, would, count, tuple(rows))


def _ordered(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: rank[finding.severity]))
