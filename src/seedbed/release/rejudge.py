"""Judges a release on rows that it was not made with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seedbed import recipe as recipes
from seedbed.data import read
from seedbed.data.encoding import fitting, named_by
from seedbed.errors import FileMissing
from seedbed.home import write_json
from seedbed.judge.calibration import Calibration
from seedbed.judge.judge import Evidence, judge
from seedbed.release.predictor import Predictor
from seedbed.release.seen import seen
from seedbed.release.store import Release

Report = dict[str, Any]


def verdict_of(release: Release) -> Report:
    """Return the report that the release was made with."""
    return release.read("report.json")


def rejudge(
    release: Release, data: Path, *, encoding: str | None = None, engine: str | None = None
) -> Report:
    """Return a report of the release on other rows; bar, temperature and threshold stay.

    What belongs to the making (ladder, engines, learning curve, check) stays as it was; what is
    measured on rows is measured on these.

    Args:
        release: The release.
        data: A file of labelled rows.
        encoding: Of that file; by default the recipe's, or what is found.
        engine: The engine that answers, alone; by default the gate's choice.

    Raises:
        DataError: the rows cannot be used: a column is missing, a label was never trained.
        EngineUnavailable: the release has no such engine.
    """
    if not data.is_file():
        raise FileMissing(
            expected="a file of rows", got=f"no file {data}", do="Check --data.", where="--data"
        )
    predictor = Predictor(release, engine=engine)
    told, before = release.read("answer.json"), release.read("report.json")
    text = (release.folder / "recipe.yaml").read_text(encoding="utf-8")
    recipe = recipes.parse(text, where=str(release.folder / "recipe.yaml"))
    task, schema = predictor.task, predictor.schema
    keys = task.columns()
    columns = None if keys is None else [*keys, *filter(None, [recipe.data.group])]
    with named_by("--encoding"):
        encoding = encoding or fitting(data, recipe.data.encoding)
        table = read.table(data, columns, encoding=encoding)
    inputs = task.inputs(table)
    promise = told["promise"]
    groups = recipe.data.group
    evidence = Evidence(
        task=task,
        schema=schema,
        metric=recipe.quality.metric,
        bar=recipe.quality.bar,
        settings=recipe.judge,
        seed=recipe.seed,
        inputs=inputs,
        texts=task.shown(table),
        numbers=table.numbers,
        truth=task.targets(table, schema),
        logits=predictor.logits(inputs),
        calibration=Calibration(
            told["temperature"],
            told["threshold"],
            promise["error"],
            promise["confidence"],
            promise["coverage"],
            told.get("half"),
        ),
        rivals={},
        predict=predictor.logits,
        groups=None if groups is None else list(table.columns[groups]),
        leaked=frozenset(table.numbers[seen(release.folder, task.texts(table))].tolist()),
        near=False,
        check={},
        engines_kept=sum(row["kept"] for row in before["engines"]),
    )
    rows = before["data"] | {"test": len(table), "test_file": data.name}
    return before | {"data": rows} | judge(evidence)


def write(report: Report, out: Path) -> None:
    """Write report.json and report.html into a folder."""
    from seedbed.judge.report import write as write_html

    write_json(out / "report.json", report)
    write_html(report, out / "report.html")
