"""Puts another collection into a release that searches one: the same model, a new number."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from seedbed import registry
from seedbed.backbones import head
from seedbed.backbones.bm25 import Bm25
from seedbed.backbones.index import Form, Index
from seedbed.data import read
from seedbed.errors import CollectionEmpty, FileMissing, KindUnknown
from seedbed.home import Home, read_json, write_json
from seedbed.release import store
from seedbed.release.engines.base import Engine, Row
from seedbed.release.predictor import Predictor
from seedbed.release.store import MANIFEST, Release
from seedbed.tasks.answers import Answers
from seedbed.tasks.base import Floats
from seedbed.tasks.collection import Collection

CHUNK = 1024
FACTS = ("task", "rung", "kind", "recipe", "run")


def reindex(
    home: Home,
    release: Release,
    file: Path,
    column: str | None,
    *,
    tell: Callable[[int], object] = lambda done: None,
) -> tuple[Release, int]:
    """Make a release with the same model over the answers of a file.

    Args:
        home: Where the new number is made.
        release: A verified one.
        file: Of the answers; equal ones count once.
        column: That holds them; the recipe's `data.text_b` by default.
        tell: Called with how many more answers are done.

    Returns:
        The new release, and how many answers it searches.

    Raises:
        KindUnknown: the release searches nothing.
        FileMissing, ColumnMissing, CollectionEmpty: what is wrong with the file.
    """
    predictor = Predictor(release)
    if not isinstance(predictor.task, Answers):
        raise KindUnknown(
            expected="a release that finds answers in a collection",
            got=f"one that answers with a {predictor.task.output}",
            do="Tune one: task: text-matching with data.match: answer.",
            where=f"{release.name}/{release.number}",
        )
    collection = _read(file, column or predictor.task.data.text_b)
    with store.writing(home, release.name) as draft:
        _copy(release, draft.folder)
        collection.save(draft.folder / "collection")
        if release.manifest["kind"] == "bm25":
            Bm25.fit(list(collection.texts)).save(draft.folder / "model")
            tell(len(collection))
        else:
            features = _features(predictor, release.folder / "model", collection, tell)
            before = head.load(release.folder / "model")
            assert isinstance(before, Index), "the head of what searches is its index"
            form: Form = "float16" if before.scales is None else "int8"
            Index.of(features, form).save(draft.folder / "model")
        _say(draft.folder, release, len(predictor.task.collection), len(collection))
        facts = {name: release.manifest[name] for name in FACTS}
        return draft.commit(facts | {"reindexed_from": release.number}), len(collection)


def _read(file: Path, column: str) -> Collection:
    if not file.is_file():
        raise FileMissing(
            expected="a file of answers", got=f"no file {file}", do="Check the path.", where="FILE"
        )
    table = read.table(file, [column], keys={column: "--column"})
    found = Collection(table.column(column, key="--column"))
    if not len(found):
        raise CollectionEmpty(
            expected=f"answers in column {column!r}",
            got="none but empty ones",
            do="Name the column with --column.",
            where=str(file),
        )
    return found


def _copy(release: Release, folder: Path) -> None:
    for name in release.manifest["files"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(release.folder / name, folder / name)
    (folder / MANIFEST).unlink(missing_ok=True)


def _features(
    predictor: Predictor, model: Path, collection: Collection, tell: Callable[[int], object]
) -> Floats:
    """Return the features of all answers, read as the release's own were."""
    told = read_json(model / "head.json")["answers"]
    reading = registry.kind("modalities", told["reads"]).load(model, told)
    parts = []
    for start in range(0, len(collection), CHUNK):
        encoded = reading.encode(collection.texts[start : start + CHUNK])
        rows = [Row(one, reading.size(one)) for one in encoded]

        def ask(engine: Engine, rows: list[Row] = rows) -> Floats:
            features = engine.run(rows).features
            assert features is not None, "an encoder has features"
            return features

        parts.append(predictor.engines.first(len(rows), ask)[1])
        tell(len(rows))
    return np.concatenate(parts)


def _say(folder: Path, release: Release, before: int, now: int) -> None:
    """Have the report say that its figures are of another collection."""
    from seedbed.judge.report import write

    report: dict[str, Any] = read_json(folder / "report.json")
    number = release.number
    said = {
        "en": f"This release searches {now:,} answers. The figures are those of release {number}, "
        f"which has the same model and searches {before:,}.",
        "zh": f"该版本检索 {now:,} 个答案。报告中的数字来自版本 {number}：模型相同，"
        f"检索 {before:,} 个答案。",
    }
    reason = {"kind": "collection", "passed": True, "warning": True, "said": said}
    report["verdict"]["reasons"].append(reason)
    write_json(folder / "report.json", report)
    write(report, folder / "report.html")
