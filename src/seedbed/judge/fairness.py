"""Who is given the label that is wished for: rates by group, and what it would cost to level them.

Demographic parity: all groups are given the label as often. Equal opportunity (Hardt, Price and
Srebro 2016): those who deserve it are given it as often in all groups. The remedies set a threshold
for each group by held-out rows, so that it is so there; what they change is measured on the test
rows. Where the answers are no labels nothing is given or refused: `service` is asked instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.judge.bands import Names, banded, named
from seedbed.judge.scored import Mask, Scored
from seedbed.judge.service import service
from seedbed.recipe import Value
from seedbed.tasks import statistics
from seedbed.tasks.base import Floats, Targets


@dataclass(frozen=True)
class Sensitive:
    """What fairness is judged by.

    Attributes:
        columns: Column → cells of the test rows.
        held: Column → cells of the held-out rows.
        scores: (m, k) of the held-out rows, at the release's temperature.
        truth: Their targets.
        positive: Name of the label that is wished for; None where the answers are no labels.
        value: What a wrong answer costs.
    """

    columns: Mapping[str, Names]
    held: Mapping[str, Names]
    scores: Floats
    truth: Targets
    positive: str | None
    value: Value


def fairness(scored: Scored, told: Sensitive) -> list[dict[str, Any]]:
    """Return what each sensitive column's groups are given: rates, differences and remedies.

    Where the answers are no labels: how well each group is answered, and the largest difference.
    """
    found = []
    for column, cells in told.columns.items():
        held, tested = banded(told.held[column], cells)
        one = (
            service(scored, tested) if told.positive is None else _given(scored, told, held, tested)
        )
        if one:
            found.append({"column": column} | one)
    return found


def _given(scored: Scored, told: Sensitive, held: Names, tested: Names) -> dict[str, Any] | None:
    label = scored.schema.labels.index(told.positive)
    one = _Column(scored, told, label, np.array(held), np.array(tested))
    return {"positive": told.positive} | one.found() if len(one.names) > 1 else None


class _Column:
    """One sensitive column's groups."""

    def __init__(self, scored: Scored, told: Sensitive, label: int, held: Any, tested: Any) -> None:
        self.scored, self.told, self.label = scored, told, label
        self.held, self.tested = held, tested
        self.names = [name for name in named(tested) if (held == name).any()]
        self.deserves = self._has(scored.truth)

    def found(self) -> dict[str, Any]:
        given = self._has(self.scored.answers)
        groups = [self._rates(name, given) for name in self.names]
        return {
            "groups": groups,
            "parity": self._gap(given, np.ones(len(given), dtype=bool)),
            "opportunity": self._gap(given, self.deserves),
            "remedies": [self._remedy("parity"), self._remedy("opportunity")],
        }

    def _has(self, targets: Targets) -> Mask:
        found: Mask = targets[:, self.label] == 1 if targets.ndim == 2 else targets == self.label
        return found

    def _rates(self, name: str, given: Mask) -> dict[str, Any]:
        inside = self.tested == name
        return {
            "group": name,
            "rows": int(inside.sum()),
            "selected": self._share(given[inside]),
            "true_positives": self._share(given[inside & self.deserves]),
            "false_positives": self._share(given[inside & ~self.deserves]),
        }

    def _share(self, given: Mask) -> dict[str, float]:
        sure = self.scored.settings.confidence
        return statistics.wilson(int(given.sum()), len(given), confidence=sure).as_dict()

    def _gap(self, given: Mask, among: Mask) -> dict[str, Any] | None:
        """Return the highest group's rate less the lowest's, with a bootstrap interval.

        The two groups stay those that the rows show: the most of many differences of resamples
        would be too large as a rule.
        """
        hits = {n: given[(self.tested == n) & among] for n in self.names}
        rates = {name: float(one.mean()) for name, one in hits.items() if len(one)}
        if len(rates) < 2:
            return None
        most, least = max(rates, key=lambda n: rates[n]), min(rates, key=lambda n: rates[n])
        settings = self.scored.settings
        rng = np.random.default_rng(self.scored.seed)
        drawn = [
            rng.binomial(len(hits[name]), rates[name], settings.bootstrap) / len(hits[name])
            for name in (most, least)
        ]
        tail = (1 - settings.confidence) / 2
        low, high = np.quantile(drawn[0] - drawn[1], [tail, 1 - tail])
        gap = {"value": rates[most] - rates[least], "low": float(low), "high": float(high)}
        return gap | {"most": most, "least": least}

    def _remedy(self, kind: str) -> dict[str, Any]:
        """Return what thresholds by group change: both differences, accuracy, and money a month."""
        scored, value = self.scored, self.told.value
        wished = self.told.scores[:, self.label].astype(np.float64)
        deserves = self._has(self.told.truth)
        among = deserves if kind == "opportunity" else np.ones(len(wished), dtype=bool)
        usual = self._has(scored.task.decide(self.told.scores, scored.schema))
        rate = float(usual[among].mean()) if among.any() else 0.0
        given = self._has(scored.answers).copy()
        thresholds = {}
        for name in self.names:
            some = wished[(self.held == name) & among]
            if len(some):
                thresholds[name] = float(np.quantile(some, 1 - rate))
                inside = self.tested == name
                given[inside] = scored.scores[inside, self.label] >= thresholds[name]
        change = self._change(given)
        cost = value.error_cost
        return {
            "kind": kind,
            "thresholds": thresholds,
            "parity": self._gap(given, np.ones(len(given), dtype=bool)),
            "opportunity": self._gap(given, self.deserves),
            "accuracy": change,
            "money": None if cost is None else -change["value"] * cost * value.monthly_requests,
        }

    def _change(self, given: Mask) -> dict[str, float]:
        """Return the accuracy with other rows given the label, less what it is now."""
        scored, settings = self.scored, self.scored.settings
        answers = scored.answers.copy()
        if answers.ndim == 2:
            answers[:, self.label] = given
        else:
            others = scored.scores.copy()
            others[:, self.label] = -1
            answers = np.where(given, self.label, others.argmax(axis=1))
        gap = statistics.paired_bootstrap(
            scored.task,
            scored.schema,
            "accuracy",
            scored.truth,
            answers,
            scored.answers,
            resamples=settings.bootstrap,
            confidence=settings.confidence,
            seed=scored.seed,
        )
        return gap.as_dict()
