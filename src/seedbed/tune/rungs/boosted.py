"""`boosted`: gradient-boosted trees on a table's columns (LightGBM). Seconds to minutes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from seedbed.backbones.boosted import Boosted, objective
from seedbed.data.columns import Columns
from seedbed.tasks.base import Floats
from seedbed.tune.context import Index
from seedbed.tune.rows import Deal
from seedbed.tune.rungs.base import APART, Candidate, Rung

SETTINGS: tuple[Mapping[str, Any], ...] = (
    {"num_leaves": 4},
    {"num_leaves": 8},
    {"num_leaves": 31, "lambda_l2": 1.0, "feature_fraction": 0.8, "min_data_in_leaf": 20},
)
"""Sizes of trees, from the plainest; the number of trees is chosen with them."""
SHARED: Mapping[str, Any] = {
    "learning_rate": 0.03,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "min_data_in_leaf": 10,
    "lambda_l2": 5.0,
    "cat_smooth": 20.0,
    "max_cat_to_onehot": 16,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
}
TREES = (50, 100, 150, 200, 300, 400, 600)
CELL_SECONDS = 4e-9
"""What a cell takes a tree of a few leaves, about."""


class BoostedRung(Rung):
    """Trees that each mend what those before left wrong; missing cells take a side of their own."""

    name: ClassVar[str] = "boosted"
    kind: ClassVar[str] = "boosted"

    def estimate(self) -> float:
        """Return a guess by the cells of the table, the settings and the folds."""
        context = self.context
        deal = Deal(context)
        cells = len(deal) * len(context.train.inputs[0])
        heads = len(context.schema.labels) if context.task.output == "label" else 1
        fits = TREES[-1] * len(SETTINGS) * (len(deal.parts) + 1)
        return 2.0 + fits * heads * (cells * CELL_SECONDS + 3e-4)

    def climb(self) -> Candidate:
        """Choose leaves and trees by held-out answers, and fit."""
        began = time.monotonic()
        context, deal = self.context, Deal(self.context)
        self._columns = Columns.fit(context.train.inputs, context.recipe.data.columns)
        self._vectors = self._columns.encode(deal.inputs)
        self._targets = deal.targets
        with deal.alone() as self._threads:
            return self._chosen(deal, began)

    def _chosen(self, deal: Deal, began: float) -> Candidate:
        every = deal.answered(self._answers)
        best = deal.best(every)
        settings, trees = SETTINGS[best // len(TREES)], TREES[best % len(TREES)]
        for folder, rows in ((self.model, deal.kept), (self.folder / APART / "model", deal.learnt)):
            self._fit(rows, settings, trees).save(folder, self._columns)
        logits, held = deal.held(every[best])
        seconds = time.monotonic() - began
        rate = len(deal) * trees / seconds
        return Candidate(self.name, self.kind, self.model, seconds, 0, rate, logits, held)

    def _answers(self, learn: Index, ask: Index) -> Floats:
        """Return logits (settings · trees, asked, labels)."""
        found = []
        for settings in SETTINGS:
            fitted = self._fit(learn, settings, TREES[-1])
            asked = self._vectors[ask]
            found += [fitted.logits(asked, trees=trees, threads=self._threads) for trees in TREES]
        return np.stack(found)

    def _fit(self, rows: Index, settings: Mapping[str, Any], trees: int) -> Boosted:
        context = self.context
        schema, labels = context.schema, len(context.schema.labels)
        targets = self._targets[rows]
        goal = objective(schema, values=context.task.output == "value")
        told = {**SHARED, **settings} | {"objective": goal, "seed": context.recipe.seed}
        told["num_threads"] = self._threads
        if goal == "multiclass":
            told["num_class"] = labels
        weights = context.row_weights(targets)
        heads = range(targets.shape[1]) if targets.ndim == 2 else [None]
        fitted = []
        for head in heads:
            column = targets if head is None else targets[:, head]
            weight = weights if weights is None or weights.ndim == 1 else weights[:, head]
            fitted.append(self._booster(rows, column, weight, told, trees))
        return Boosted(fitted, labels)

    def _booster(
        self, rows: Index, column: Any, weight: Any, told: Mapping[str, Any], trees: int
    ) -> Any:
        import lightgbm

        places = zip(self._columns.used, self._columns.places, strict=True)
        categories = [place.start for one, place in places if one.kind == "category"]
        data = lightgbm.Dataset(
            self._vectors[rows],
            label=column,
            weight=weight,
            categorical_feature=categories,
            params={"verbosity": -1, "min_data_in_bin": 3, "max_bin": 255},
            free_raw_data=True,
        )
        return lightgbm.train(dict(told), data, num_boost_round=trees)
