"""`contrast`: rows of a label drawn together, then a head. Minutes, for few rows a label."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import torch
from safetensors.torch import load_file

from seedbed.backbones.head import Linear
from seedbed.backbones.network import Classifier, Network, compute_dtype, layer_of, save_classifier
from seedbed.backbones.tensors import save
from seedbed.errors import RungUnavailable
from seedbed.home import write_json, written_aside
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.context import FEW_ROWS, Index
from seedbed.tune.contrast import ContrastTraining
from seedbed.tune.folds import folds
from seedbed.tune.inputs import Encoded, Some
from seedbed.tune.linear import Scale, fit
from seedbed.tune.loop import Plan, predict
from seedbed.tune.names import helpful, weighed
from seedbed.tune.rungs.base import APART, Candidate, Held, Rung, keep_start
from seedbed.tune.stop import Said
from seedbed.tune.vectors import Embedder, embedder

PASSES = 5.0
RATE = 1e-4
BATCHES = 2
"""Times `train.batch_rows` that make a batch."""
SHARES = (0.3, 0.5, 0.7)
"""How far of the way from the base model to the tuned one: few rows lead too far."""
L2 = (1e-1, 1e-2, 3e-3)
STEPS = 60
PARTS = 4
MANY = 1_500
"""Rows above which the validation rows are enough to choose by, and there are no folds."""
WORK = 5.0
"""A training step's work as a multiple of the forward pass's."""

Parts = list[tuple[Index, Index]]
"""(learn, answer): positions of training rows, then validation rows, then the labels' names."""


class Contrast(Rung):
    """Tunes all layers but the word pieces' vectors by the supervised contrast of `tune/contrast`.

    The weights end between the base model's and the tuned ones (WiSE-FT, Wortsman et al. 2021); how
    far, and the head's penalty, are chosen by answers to rows that were not learnt from: by folds
    of all rows, for where labels have few the validation rows are too few to choose by. The model
    that is kept has learnt all rows, those of validation too, in its encoder as in its head; where
    there are folds, the one that learnt from the training rows alone is kept apart.
    """

    name: ClassVar[str] = "contrast"
    modalities: ClassVar[tuple[str, ...] | None] = ("text",)

    def unfit(self) -> Said | None:
        """Say that the labels have rows enough, or that a row may have several."""
        if self.context.train.targets.ndim == 2:
            return {"en": "it is for rows of one label each", "zh": "它只适合每条一个标签的情形"}
        many = self.context.rows_a_label
        if many <= FEW_ROWS:
            return None
        return {
            "en": f"it is for few rows a label, up to {FEW_ROWS}; here are {many:,.0f}",
            "zh": f"它适合每个标签样本很少（不超过 {FEW_ROWS} 条）的情形；这里有 {many:,.0f} 条",
        }

    def estimate(self) -> float:
        """Return the time of all trainings, and of the passes for their heads."""
        pieces = float(sum(part.sum() for part in self.context.sizes))
        folded = [1 - 1 / PARTS] * PARTS if self._count <= MANY else []
        work = sum(WORK * self.epochs() * share + len(SHARES) for share in [1.0, *folded])
        work += 2 if folded else 1  # the heads that are kept
        labels = len(self.context.schema.labels)
        fits = 3e-6 * self._count * (20 + labels) * (1 + len(folded)) * len(SHARES) * len(L2)
        return 2.0 + work * pieces / self.context.speed.forward + fits

    def epochs(self) -> float:
        """Return the passes to make: the recipe's, else five."""
        return self.context.recipe.ladder.epochs.get(self.name) or PASSES

    @property
    def _count(self) -> int:
        return len(self.context.train) + len(self.context.validation)

    @cached_property
    def _names(self) -> list[Any]:
        return helpful(self.context)

    @cached_property
    def _targets(self) -> Targets:
        """The truth of the training rows, of the validation rows, and of the labels' names."""
        rows = (self.context.train.targets, self.context.validation.targets)
        return np.concatenate([*rows, np.arange(len(self._names))])

    @cached_property
    def _inputs(self) -> Encoded:
        train, validation = self.context.encoded
        return Encoded(self.context.modality, [*train, *validation, *self._names])

    def _parts(self) -> Parts:
        """Return the training rows and the others, then folds of the former; names learnt by."""
        train, end = np.arange(len(self.context.train)), self._count
        held, names = np.arange(len(train), end), np.arange(end, end + len(self._names))
        found = [(np.concatenate([train, names]), held)]
        if end <= MANY:
            seed, rows = self.context.recipe.seed, self.context.train
            for learn, answer in folds(rows.targets, PARTS, seed=seed, groups=rows.groups):
                found.append((np.concatenate([np.sort(learn), held, names]), np.sort(answer)))
        return found

    def climb(self) -> Candidate:
        """Tune for each part, choose by the answers, and keep the mean of all parts.

        Raises:
            RungUnavailable: a row may have several labels.
        """
        began = time.monotonic()
        if self.context.train.targets.ndim == 2:
            raise RungUnavailable(
                expected="rows of one label each",
                got="rows of several",
                do="Take contrast out of ladder.rungs.",
                zh="它只适合每条一个标签的情形；请从 ladder.rungs 中去掉 contrast",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / "plan.json", {"epochs": self.epochs()})
        parts = self._parts()
        found = []
        for place in range(len(parts)):
            if self._is_late(place):
                self._tell_late(len(parts) - place)
                parts = parts[:place]
                break
            found.append(self._answered(place, parts))
        rows = np.concatenate([answer for _, answer in parts])
        logits, order = np.concatenate(found, axis=2), np.argsort(rows)
        (share, l2), best = self._best(logits[:, :, order], np.sort(rows))
        self._keep(parts, share, l2)
        for path in self.folder.glob("part-*"):
            path.unlink()
        validation = best[-len(self.context.validation) :]
        held = self._held(best, np.sort(rows))
        seconds, kind = time.monotonic() - began, self.context.modality.kind
        return Candidate(self.name, kind, self.model, seconds, self.epochs(), 0.0, validation, held)

    def _is_late(self, place: int) -> bool:
        """Tell whether there is no time left for a fold that was not trained before."""
        made = (self.folder / f"part-{place}.npy").is_file()
        return place > 0 and not made and self.context.clock.left < 0

    def _tell_late(self, folds: int) -> None:
        warning = (
            f"contrast: the time was up with {folds} of its {PARTS} folds to go: they are left"
            " out, and it is chosen by fewer answers; give it more with budget.minutes"
        )
        self.progress(warning=warning)

    def _best(self, logits: Floats, rows: Index) -> tuple[tuple[float, float], Floats]:
        """Return the share and the penalty whose answers (shares, penalties, rows, …) are best."""
        truth = self._targets[rows]
        scores = [[self.context.score(one, truth) for one in share] for share in logits]
        share, l2 = np.unravel_index(int(np.argmax(scores)), np.shape(scores))
        return (SHARES[share], L2[l2]), logits[share, l2]

    def _held(self, logits: Floats, rows: Index) -> Held:
        train, validation = self.context.train, self.context.validation
        split = np.repeat(["train", "validation"], [len(train), len(validation)])
        numbers = np.concatenate([train.numbers, validation.numbers])
        return Held(split[rows], numbers[rows], logits, self._targets[rows])

    def _answered(self, place: int, parts: Parts) -> Floats:
        """Return logits (shares, penalties, rows, labels) of a part; kept for a resumed climb."""
        path = self.folder / f"part-{place}.npy"
        if not path.is_file():
            learn, answer = parts[place]
            training = self._trained(place, parts)
            found = np.stack([self._tried(training, share, learn, answer) for share in SHARES])
            training.state.restore_best()
            tuned = {name: weight.detach() for name, weight in training.state.weights.items()}
            save(self.folder / f"part-{place}.safetensors", tuned, {})
            with written_aside(path) as aside, aside.open("wb") as handle:
                np.save(handle, found)
            training.state.path.unlink(missing_ok=True)
        answers: Floats = np.load(path)
        return answers

    def _trained(self, place: int, parts: Parts) -> ContrastTraining:
        """Tune on the rows of a part."""
        rows = parts[place][0]
        torch.manual_seed(self.context.recipe.seed)

        def progress(**told: Any) -> None:
            if "steps" in told:
                told["step"] += place * told["steps"]
                told["steps"] *= len(parts)
            self.progress(**told)

        training = ContrastTraining(
            embedder(self.context),
            Some(self._inputs, rows),
            self._targets[rows],
            plan=self._plan(),
            state=self.folder / f"part-{place}.state",
            progress=progress,
        )
        training.run()
        return training

    def _plan(self) -> Plan:
        train = self.context.recipe.train
        rate = train.learning_rate or RATE
        return Plan(
            epochs=self.epochs(),
            rate=rate,
            head_rate=rate,
            decay=train.weight_decay,
            warmup=train.warmup,
            clip=train.clip,
            batch_rows=BATCHES * train.batch_rows,
            batch_tokens=train.batch_tokens,
            patience=train.patience,
            dtype=compute_dtype(train.precision),
            seed=self.context.recipe.seed,
        )

    def _tried(
        self, training: ContrastTraining, share: float, learn: Index, answer: Index
    ) -> Floats:
        """Return logits (penalties, rows, labels) by weights that go a share of the way."""
        training.state.restore_best(share)
        features = self._features(cast(Embedder, training.model).network)
        heads = [self._fit(features, learn, l2) for l2 in L2]
        return np.stack([head.logits(features[answer]) for head in heads])

    def _features(self, network: Network) -> Floats:
        """Return all rows' features (n, d)."""
        found: Floats = predict(network, self._inputs, self._plan())
        return found

    def _fit(self, features: Floats, rows: Index, l2: float) -> Linear:
        """Return the head of some rows, for features as they come."""
        known, targets = features[rows], self._targets[rows]
        scale, labels = Scale.of(known), len(self.context.schema.labels)
        weights = weighed(self.context, targets, len(self._names))
        return scale.unscale(
            fit(scale(known), targets, labels, l2=l2, weights=weights, steps=STEPS)
        )

    def _keep(self, parts: Parts, share: float, l2: float) -> None:
        """Write the candidate: the mean of all parts' weights, and a head fitted to all rows.

        The mean is steadier than any of them, and has seen every row (Wortsman et al. 2022); so the
        first part's weights are kept beside it: they alone know nothing of the validation rows.
        """
        tuned = [load_file(self.folder / f"part-{i}.safetensors") for i in range(len(parts))]
        network = self._between(tuned, share)
        features = self._features(network)
        keep_start(self.folder, self._fit(features, parts[0][0], l2))
        self._write(self.model, network, self._fit(features, np.arange(len(features)), l2))
        if len(parts) > 1:
            apart = self._between(tuned[:1], share)
            head = self._fit(self._features(apart), parts[0][0], l2)
            self._write(self.folder / APART / "model", apart, head)

    def _between(self, tuned: list[dict[str, torch.Tensor]], share: float) -> Network:
        """Return the base model, gone a share of the way to the mean of some tuned weights."""
        model = embedder(self.context)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.requires_grad:
                    weight.lerp_(torch.stack([one[name] for one in tuned]).mean(0), share)
        return model.network

    def _write(self, folder: Path, network: Network, head: Linear) -> None:
        """Write a network and its head as a candidate folder."""
        whole = Classifier(network, layer_of(head))
        save_classifier(folder, whole, self.context.backbone.folder, self.context.modality)
