"""From test rows and their answers to the report's findings and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seedbed.data.table import Index
from seedbed.judge import labels, rank, tags, text, values
from seedbed.judge.calibration import Calibration
from seedbed.judge.explain import explained, importance
from seedbed.judge.fairness import Sensitive, fairness
from seedbed.judge.groups import groups
from seedbed.judge.reasons import Reasons
from seedbed.judge.robustness import robustness
from seedbed.judge.scored import Mask, Scored, metrics, worst
from seedbed.judge.verdict import RIVALS, Grounds, verdict
from seedbed.recipe import Judge
from seedbed.tasks import statistics
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tasks.text_generation import UNTUNED

OUTPUTS = {"label": labels.parts, "value": values.parts, "rank": rank.parts, "tags": tags.parts}
OUTPUTS |= {"text": text.parts}
"""By what an answer is: the parts of the report that only such answers have."""
BLIND = {
    "label": ("commonest label", labels.commonest),
    "value": ("mean", values.mean),
    "tags": ("nothing", tags.nothing),
    "rank": ("commonest label", rank.commonest),
    "text": ("silence", text.silence),
}
"""By what an answer is: the best answers that look at no row, and their name in the verdict."""


@dataclass(frozen=True)
class Evidence:
    """What the judge is given.

    Attributes:
        metric: The recipe's measure; `bar` is what it must reach, if anything.
        seed: Behind every draw.
        inputs: What the model reads of the test rows; `texts` what a person recognises them by;
            `numbers` their row numbers, which differ.
        truth: Their targets; `logits` by the engine that will serve.
        calibration: From held-out rows.
        rivals: "baseline" and "release N" → their test logits, of the same labels. Leave
            "baseline" out where the release is the baseline: it is then compared with always
            giving the commonest answer.
        predict: Gives logits of new inputs.
        groups: Group of each test row, where the recipe names a column.
        leaked: Numbers of test rows that also stand in the training rows.
        near: Whether those that nearly do were looked for, and are among them.
        before: Whether rows that other releases learnt, on which it builds, are among them too;
            there, only those that are the same word for word.
        check: `Check.as_dict()`.
        engines_kept: Engines that passed the gate.
        untuned: Gives what the untuned model writes to new inputs, where it is a rival.
        reasons: Gives what the columns of a table's rows add to their logits.
        sensitive: What fairness is judged by, where the recipe names columns.
    """

    task: Task
    schema: Schema
    metric: str
    bar: float | None
    settings: Judge
    seed: int
    inputs: Sequence[Any]
    texts: Sequence[str]
    numbers: Index
    truth: Targets
    logits: Floats
    calibration: Calibration
    rivals: Mapping[str, Floats]
    predict: Callable[[Sequence[Any]], Floats]
    groups: Sequence[str] | None
    leaked: frozenset[int]
    near: bool
    check: Mapping[str, Any]
    engines_kept: int
    untuned: Callable[[Sequence[Any]], Floats] | None = None
    reasons: Callable[[Sequence[Any]], Reasons | None] | None = None
    sensitive: Sensitive | None = None
    before: bool = False


def judge(evidence: Evidence) -> dict[str, Any]:
    """Return the judge's part of report.json, from `metrics` to `verdict`, in plain Python.

    Rows are put in the order of their numbers first, so their order in `evidence` changes nothing.
    """
    evidence = _in_order(evidence)
    scored = _scored(evidence)
    clean = ~np.isin(scored.numbers, list(evidence.leaked))
    found = {
        "metrics": metrics(scored, scored.everything()),
        "metrics_without_leaks": _without_leaks(scored, clean),
        "compared": _compared(evidence, scored, scored.everything()),
        **OUTPUTS[scored.task.output](scored, evidence.calibration, evidence.logits),
        "worst": worst(scored),
        "robustness": robustness(scored),
        "groups": groups(scored, evidence.groups) if evidence.groups is not None else [],
        "explained": explained(scored),
        "fairness": fairness(scored, evidence.sensitive) if evidence.sensitive else [],
        "importance": importance(scored),
    }
    return found | {"verdict": verdict(_grounds(evidence, scored, clean, found))}


def _in_order(evidence: Evidence) -> Evidence:
    order = np.argsort(evidence.numbers, kind="stable")
    groups, told = evidence.groups, evidence.sensitive
    return Evidence(
        **vars(evidence)
        | {
            "inputs": [evidence.inputs[i] for i in order],
            "texts": [evidence.texts[i] for i in order],
            "numbers": evidence.numbers[order],
            "truth": evidence.truth[order],
            "logits": evidence.logits[order],
            "rivals": {name: logits[order] for name, logits in evidence.rivals.items()},
            "groups": None if groups is None else [groups[i] for i in order],
            "sensitive": None if told is None else replace(told, columns=_of(told.columns, order)),
        }
    )


def _of(columns: Mapping[str, Sequence[str]], order: Index) -> dict[str, list[str]]:
    return {name: [cells[i] for i in order] for name, cells in columns.items()}


def _scored(evidence: Evidence) -> Scored:
    warmth = evidence.calibration.temperature
    return Scored(
        task=evidence.task,
        schema=evidence.schema,
        metric=evidence.metric,
        settings=evidence.settings,
        seed=evidence.seed,
        temperature=warmth,
        inputs=evidence.inputs,
        texts=evidence.texts,
        numbers=evidence.numbers,
        truth=evidence.truth,
        scores=evidence.task.scores(evidence.logits, evidence.schema, warmth),
        predict=evidence.predict,
        untuned=evidence.untuned,
        untuned_scores=evidence.rivals.get(UNTUNED),
        reasons=evidence.reasons,
    )


def _without_leaks(scored: Scored, clean: Mask) -> dict[str, Any] | None:
    if clean.all() or not clean.any():
        return None
    return {"rows": int(clean.sum()), **metrics(scored, clean)}


def _compared(evidence: Evidence, scored: Scored, rows: Mask) -> list[dict[str, Any]]:
    """Compare with each rival on some rows: first the baseline, then earlier releases."""
    if not rows.any():
        return []
    task, schema = scored.task, scored.schema
    scores = {name: task.scores(logits, schema) for name, logits in evidence.rivals.items()}
    rivals = {
        name: (task.decide(one, schema), task.judged(scored.metric, one, schema))
        for name, one in scores.items()
    }
    if next(iter(task.rivals.values())) not in rivals:
        name, blind = BLIND[task.output]
        answers = blind(scored)
        # Of what is always the same no row is above another.
        graded = scored.metric in task.graded
        rivals[name] = (answers, np.zeros_like(scored.scores) if graded else answers)
    order = sorted(rivals, key=lambda name: (name not in RIVALS, name))
    return [_against(scored, name, *rivals[name], rows) for name in order]


def _against(
    scored: Scored, name: str, answers: Targets, judged: Targets, rows: Mask
) -> dict[str, Any]:
    truth, theirs = scored.truth[rows], judged[rows]
    gap = scored.difference(truth, scored.judged(scored.metric)[rows], theirs)
    mine, other = scored.losses[rows], scored.task.losses(truth, answers[rows])
    won, lost = int((mine < other).sum()), int((mine > other).sum())
    share = statistics.is_share(scored.metric, truth)
    return {
        "with": name,
        "metric": scored.metric,
        "value": float(scored.task.metric(scored.metric, truth, theirs, scored.schema)),
        "difference": gap.value,
        "low": gap.low,
        "high": gap.high,
        "p": statistics.mcnemar(won, lost) if share else gap.p,
        "test": "McNemar" if share else "paired bootstrap",
        "won": won,
        "lost": lost,
    }


def _grounds(evidence: Evidence, scored: Scored, clean: Mask, found: Mapping[str, Any]) -> Grounds:
    leaked = int((~clean).sum())
    without = found["metrics_without_leaks"]
    every = found["metrics"][evidence.metric]
    return Grounds(
        metric=evidence.metric,
        bar=evidence.bar,
        confidence=evidence.settings.confidence,
        rows=len(scored),
        leaked=leaked,
        near=evidence.near,
        before=evidence.before,
        alone=not evidence.rivals,
        found=every,
        clean=without[evidence.metric] if without else (None if leaked else every),
        compared=found["compared"],
        compared_clean=_compared(evidence, scored, clean) if leaked else found["compared"],
        label_rows={one["label"]: one["rows"] for one in found.get("labels", [])},
        promise=found.get("reject") or found.get("interval"),
        check=evidence.check.get("findings", []),
        engines_kept=evidence.engines_kept,
    )
