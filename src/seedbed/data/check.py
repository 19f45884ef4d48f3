"""Finds what is wrong with the rows before anything is trained on them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.data import others, sentences
from seedbed.data.column_findings import column_findings
from seedbed.data.columns import Columns
from seedbed.data.duplicates import NEAR, across, first_of_equals, groups_of
from seedbed.data.findings import Check, Finding, Severity, build, snippet
from seedbed.data.fingerprints import Fingerprints, fingerprints, join
from seedbed.data.load import Asks, Loaded, label_counts
from seedbed.data.personal.find import masked
from seedbed.data.personal.finding import Place, findings
from seedbed.data.personal.redaction import Redaction
from seedbed.data.profile import FOREIGN, beyond_latin, percentiles, pieces, profile
from seedbed.data.split import LABELS_APART
from seedbed.data.table import Index
from seedbed.recipe import LONGEST_CHOSEN

__all__ = ["Check", "Finding", "inspect"]

LEARN = 10
"""Training rows below which a label is hardly learnt."""
JUDGE = 20
"""Test rows below which a label's own figures say little: the interval is ± 20 points and more."""

TEXTS = ("text", "pair")
"""Inputs that have a length and a language."""

ENGLISH = ("minilm",)
"""Base models that read English alone, and that `e5-small` can take the place of."""

_LOPSIDED = 10
_ONE_SIDED = 0.9
_OFTEN_LONG = 0.2
_NOTED = 0.05


@dataclass(frozen=True)
class _Rows:
    """All rows: those of training and validation with text and label, those of the test without.

    Attributes:
        splits: The split of each row.
        numbers: Their row numbers.
        texts: Their texts; empty for sealed rows.
        labels: Their labels as one word; empty for sealed rows.
        prints: Their fingerprints.
        groups: Their clusters of duplicates.
    """

    splits: list[str]
    numbers: Index
    texts: list[str]
    labels: list[str]
    prints: Fingerprints
    groups: Index

    def of(self, *splits: str) -> Index:
        """Return the positions of the rows of some splits."""
        return np.array([i for i, split in enumerate(self.splits) if split in splits], np.int64)

    def show(self, i: int) -> dict[str, Any]:
        """Return a row as a finding lists it."""
        shown: dict[str, Any] = {"split": self.splits[i], "row": int(self.numbers[i])}
        if self.splits[i] != "test":
            shown |= {"text": snippet(self.texts[i]), "label": _label(self.labels[i])}
        return shown

    def show_beside(self, i: int, other: int) -> dict[str, Any]:
        """Return a row, and where the other one stands."""
        beside = {"other_split": self.splits[other], "other_row": int(self.numbers[other])}
        return self.show(i) | beside


def inspect(
    loaded: Loaded,
    task: Asks,
    schema: Any,
    *,
    max_tokens: int | None = None,
    base: str | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Check:
    """Check the rows of a run; the test rows are seen by their fingerprints only.

    Label errors need a model's answers: `labels.label_errors` finds them, `Check.plus` adds them.

    Args:
        loaded: What `load` returned.
        task: The recipe's task.
        schema: What the task read off the training rows, with `labels`.
        max_tokens: Word pieces that the model will read of a text; by default the most that are
            kept where the recipe leaves it open.
        base: Name of the base model that will read the texts, where one will.
        tell: Called with how many rows were looked at, and how many there are.
    """
    rows = _gather(loaded, task, tell)
    tables = {"train": loaded.train, "validation": loaded.validation}
    counts = {name: dict(label_counts(task, table)) for name, table in tables.items()}
    counts["test"] = loaded.test.label_counts()
    texts = {name: task.texts(table) for name, table in tables.items()}
    described = profile(texts, counts, len(loaded.test))
    if task.reads not in TEXTS:  # what tells pictures or rows apart is nothing to read
        described |= dict.fromkeys(("characters", "pieces"), percentiles([0])) | {"scripts": {}}
    if task.reads == "table":
        described["columns"] = _kinds(loaded, task)
    clusters = rows.groups[: len(loaded.train) + len(loaded.validation)]
    return Check(described, (), clusters).plus(
        *_left_out(loaded),
        *_leaks(rows),
        *_repeats(rows),
        *_near_repeats(rows),
        *_conflicts(rows),
        *_small(counts, tuple(schema.labels)),
        *_imbalance(counts["train"], len(loaded.train)),
        *(_columns(loaded, task, schema) if task.reads == "table" else ()),
        *(_long(rows, max_tokens or LONGEST_CHOSEN) if task.reads in TEXTS else ()),
        *(_language(described["scripts"], base) if task.reads in TEXTS else ()),
        *findings(_personal(loaded, task)),
    )


def _columns(loaded: Loaded, task: Asks, schema: Any) -> Iterator[Finding]:
    train = loaded.train
    labels = task.strata(train)
    values = None if any(labels) else task.targets(train, schema)
    return column_findings(task.inputs(train), labels, values, task.data)


def _kinds(loaded: Loaded, task: Asks) -> dict[str, int]:
    """Return how many columns of each kind a model would read, and how many it would not."""
    columns = Columns.fit(task.inputs(loaded.train), task.data.columns)
    counts = Counter(column.kind for column in columns.used)
    return dict(counts) | {"unused": len(columns.unused)}


def _gather(loaded: Loaded, task: Asks, tell: Callable[[int, int], None]) -> _Rows:
    test = loaded.test
    texts = [*task.texts(loaded.train), *task.texts(loaded.validation)]
    names = [*task.shown(loaded.train), *task.shown(loaded.validation)]
    labels = [*task.strata(loaded.train), *task.strata(loaded.validation)]
    sizes = {"train": len(loaded.train), "validation": len(loaded.validation), "test": len(test)}
    seen = fingerprints(texts, near=task.reads != "table", tell=lambda done: tell(done, len(texts)))
    prints = join([seen, test.fingerprints()])
    return _Rows(
        [name for name, size in sizes.items() for _ in range(size)],
        np.concatenate([loaded.train.numbers, loaded.validation.numbers, test.numbers]),
        names + [""] * len(test),
        labels + [""] * len(test),
        prints,
        groups_of(prints),
    )


def _label(word: str) -> str:
    return word.replace(LABELS_APART, ", ")


SEVERITY: dict[str, Severity] = {
    "empty_text": "warning",
    "known_text": "note",
    "repeated_text": "note",
    "broken_unlabeled": "warning",
    "learnt_before": "warning",
}
"""Of what is left out, where it stops nothing."""


def _left_out(loaded: Loaded) -> Iterator[Finding]:
    rows = defaultdict(list)
    for out in loaded.left_out:
        shown: dict[str, Any] = {"split": out.split, "row": out.row}
        rows[out.reason].append(shown | ({"text": masked(out.detail)} if out.detail else {}))
    for reason, found in rows.items():
        severity = SEVERITY.get(reason, "error")
        say = getattr(sentences, reason)
        yield build(reason, severity, len(found), say(len(found)), found)


def _leaks(rows: _Rows) -> Iterator[Finding]:
    exact: list[dict[str, Any]] = []
    near: list[dict[str, Any]] = []
    for here, there in (("train", "test"), ("validation", "test"), ("train", "validation")):
        pairs = across(rows.prints, rows.groups, rows.of(here), rows.of(there))
        for left, right, alike in zip(pairs.left, pairs.right, pairs.similarity, strict=True):
            shown = rows.show_beside(right, left) | {"similarity": round(float(alike), 3)}
            shown.setdefault("text", snippet(rows.texts[left]))
            same = rows.prints.keys[left] == rows.prints.keys[right]
            (exact if same else near).append(shown)
    known = {(leak["split"], leak["row"]) for leak in exact}
    near = [leak for leak in near if (leak["split"], leak["row"]) not in known]
    if exact:
        sizes = _by_side(exact)
        yield build("leak_exact", "error", sum(sizes), sentences.leak_exact(*sizes), exact)
    if near:
        sizes = _by_side(near)
        yield build("leak_near", "warning", sum(sizes), sentences.leak_near(*sizes), near)


def _by_side(shown: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many test rows and how many validation rows leak."""
    rows = {(leak["split"], leak["row"]) for leak in shown}
    test = sum(split == "test" for split, _ in rows)
    return test, len(rows) - test


def _repeats(rows: _Rows) -> Iterator[Finding]:
    first, inverse = first_of_equals(rows.prints)
    train = rows.of("train")
    again = train[first[inverse[train]] != train]
    if len(again):
        said = sentences.exact_duplicate(len(again), len(again) / len(train))
        shown = (rows.show_beside(i, first[inverse[i]]) for i in again)
        yield build("exact_duplicate", "note", len(again), said, shown)


def _near_repeats(rows: _Rows) -> Iterator[Finding]:
    first, _ = first_of_equals(rows.prints)
    train = rows.of("train")
    distinct = np.intersect1d(first, train)
    _, begin, cluster = np.unique(rows.groups[distinct], return_index=True, return_inverse=True)
    oldest = distinct[begin][cluster]
    near = distinct != oldest
    count = int(near.sum())
    if count:
        said = sentences.near_duplicate(count, count / len(train), NEAR)
        pairs = zip(distinct[near], oldest[near], strict=True)
        shown = (rows.show_beside(i, other) for i, other in pairs)
        yield build("near_duplicate", "note", count, said, shown)


def _conflicts(rows: _Rows) -> Iterator[Finding]:
    texts = defaultdict(list)
    for i in rows.of("train", "validation"):
        if rows.prints.keys[i]:
            texts[int(rows.prints.keys[i])].append(int(i))
    torn = [group for group in texts.values() if len({rows.labels[i] for i in group}) > 1]
    if torn:
        said = sentences.conflicting_label(len(torn), sum(map(len, torn)))
        shown = (rows.show_beside(i, group[0]) for group in torn for i in group)
        yield build("conflicting_label", "warning", len(torn), said, shown)


def _small(counts: Mapping[str, Mapping[str, int]], labels: Sequence[str]) -> Iterator[Finding]:
    if not counts["train"]:
        return  # the answers are no labels
    few = _below(counts["train"], labels, LEARN)
    thin = _below(counts["test"], labels, JUDGE)
    if few or thin:
        said = sentences.small_class(_with_counts(few), LEARN, _with_counts(thin), JUDGE)
        shown = (
            {
                "label": name,
                "train": counts["train"].get(name, 0),
                "test": counts["test"].get(name, 0),
            }
            for name in sorted({*few, *thin})
        )
        yield build("small_class", "warning", len({*few, *thin}), said, shown)


def _below(counts: Mapping[str, int], labels: Sequence[str], least: int) -> dict[str, int]:
    """Return the labels with fewer rows than `least`, the smallest first."""
    found = sorted((counts.get(name, 0), name) for name in labels)
    return {name: count for count, name in found if count < least}


def _with_counts(labels: Mapping[str, int]) -> list[str]:
    return [f"{name} ({count:,})" for name, count in labels.items()]


def _imbalance(counts: Mapping[str, int], rows: int) -> Iterator[Finding]:
    if not counts:
        return
    most = max(counts, key=lambda name: (counts[name], name))
    least = min(counts, key=lambda name: (counts[name], name))
    share = counts[most] / rows
    if counts[most] >= _LOPSIDED * counts[least]:
        said = sentences.imbalance(most, counts[most], least, counts[least], share)
        shown = ({"label": name, "train": counts[name]} for name in sorted(counts))
        severity: Severity = "warning" if share >= _ONE_SIDED else "note"
        yield build("imbalance", severity, len(counts), said, shown)


def _long(rows: _Rows, limit: int) -> Iterator[Finding]:
    seen = rows.of("train", "validation")
    sizes = {int(i): pieces(rows.texts[i]) for i in seen}
    long = [i for i, size in sizes.items() if size > limit]
    share = len(long) / len(seen)
    if long:
        said = sentences.long_text(len(long), share, limit, max(sizes.values()))
        severity: Severity = "warning" if share > _OFTEN_LONG else "note"
        shown = (rows.show(i) | {"pieces": sizes[i]} for i in long)
        yield build("long_text", severity, len(long), said, shown)


def _language(scripts: Mapping[str, float], base: str | None) -> Iterator[Finding]:
    share = beyond_latin(scripts)
    common = [(name, part) for name, part in scripts.items() if part >= 0.005]
    if share >= _NOTED:
        shown = ({"script": name, "share": part} for name, part in scripts.items())
        lost = base in ENGLISH and share >= FOREIGN
        said = sentences.language(share, common, base if lost else None)
        yield build("language", "warning" if lost else "note", len(common), said, shown)


def _personal(loaded: Loaded, task: Asks) -> Iterator[Place]:
    """Yield the rows, and those of files beside them, in which there is personal data."""
    encoding = task.data.encoding
    files = [
        ("train", loaded.train.rows(), Redaction(task)),
        ("validation", loaded.validation.rows(), Redaction(task)),
        *(
            (file.name, others.texts(file, encoding), Redaction(task, read=file.columns))
            for file in loaded.others
        ),
    ]
    for name, rows, look in files:
        for row in rows:
            look(row)
            if look.texts:
                yield Place(name, row.number, look.texts)
