"""What the rungs that tune the encoder share: the plan, the time it takes, the head's start."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.batches import Index
from seedbed.backbones.head import Linear
from seedbed.backbones.network import (
    Classifier,
    compute_dtype,
    head_of,
    layer_of,
    save_classifier,
)
from seedbed.home import read_json, write_json
from seedbed.recipe import Settings, Train
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.adversarial import Attack
from seedbed.tune.context import Context, Split
from seedbed.tune.inputs import Encoded, Inputs, Some
from seedbed.tune.linear import Scale, fit
from seedbed.tune.loop import BLEND_ROWS, PRUNED, Plan, Trained, Training, predict
from seedbed.tune.ranks import Ranks
from seedbed.tune.rungs.base import START, Candidate, Rung, keep_start
from seedbed.tune.rungs.probe import Probe
from seedbed.tune.search import Search, Trial, trials_asked, whole_trainings
from seedbed.tune.stop import Ahead, passes
from seedbed.tune.units import flat

BLENDS = (0.4, 0.7)
HEAD_L2 = (1e-2, 3e-3)
HEAD_STEPS = 40
HEAD_ROWS = (2_000, 8_000)
HEAD_ROWS_PER_LABEL = 100
"""Training rows that the head is fitted to at the end, within bounds: it is to take seconds."""
ROWS_AT_LEAST = 10_000
"""Rows that a training goes through at the least, where there are so many."""


class Deep(Rung):
    """A rung that trains with the loop.

    The head starts from the probe's, so that the first steps do not wreck the encoder for the sake
    of a random head (Kumar et al. 2022, linear probing then fine-tuning).
    """

    rate: ClassVar[float]
    head_rate: ClassVar[float]
    work: ClassVar[float]
    """A training step's work as a multiple of the forward pass's, all layers."""
    settable: ClassVar[bool] = True
    searches: ClassVar[bool] = True

    def __init__(self, context: Context, trial: Trial | None = None) -> None:
        super().__init__(context)
        self.trial = trial
        self.shared = self.folder
        """For what all trials of a search have in common."""
        self.settings = context.recipe.ladder.settings.get(self.name, Settings())
        if trial is not None:
            self.settings, self.folder = trial.settings, trial.folder
            self.model = self.folder / "model"

    def move(self, folder: Path) -> None:
        """Leave the candidate in another folder."""
        super().move(folder)
        self.shared = folder

    @cached_property
    def tuning(self) -> Train:
        """What the recipe says of the training, with the rung's own settings in their places."""
        told = self.settings.model_dump(include={"weight_decay", "warmup", "label_smoothing"})
        own = {key: value for key, value in told.items() if value is not None}
        return self.context.recipe.train.model_copy(update=own)

    @property
    def rows(self) -> Sequence[Any]:
        """The encoded rows of a pass: those of training first."""
        return self.context.encoded[0]

    @property
    def sizes(self) -> Index:
        """The size of each of them (n,)."""
        return self.context.sizes[0]

    @property
    def targets(self) -> Targets:
        """What is to be learnt of each of them (n,) or (n, labels)."""
        return self.context.train.targets

    def epochs_wanted(self) -> float:
        """Return the passes that this many rows deserve: two at the least."""
        modality = self.context.modality
        wanted = round(modality.rows_to_see / len(self.sizes))
        return float(np.clip(wanted, 2, modality.most_passes))

    def epochs_least(self) -> float:
        """Return the passes below which there is no point: one, or part of one of many rows."""
        return min(1.0, ROWS_AT_LEAST / len(self.sizes))

    def epoch_seconds(self) -> float:
        """Return the seconds of a pass over the training rows, by the measured forward speed."""
        pieces, held = float(self.sizes.sum()), float(self.context.sizes[1].sum())
        twice = 1 if self.context.recipe.train.adversarial == "none" else 2
        return (pieces * self.step_work() * twice + held) / self.context.speed.forward

    def step_work(self) -> float:
        """Return `work`, or what it is by the recipe."""
        return self.work

    def setup_seconds(self) -> float:
        """Return the seconds before the first step: the head, where the probe was not climbed."""
        if self.context.modality.headless:
            return 1.0
        return 1.0 + Probe(self.context).start_seconds()

    def closing_seconds(self) -> float:
        """Return the seconds after the last step: choosing among blends, and fitting the head."""
        train, held = self.context.sizes
        rows, labels = min(len(train), self._head_rows()), len(self.context.schema.labels)
        blended = (len(BLENDS) + 1) * min(len(held), BLEND_ROWS)
        pieces = (len(held) + blended) * held.mean()
        if self.context.modality.headless:
            return 1.0 + float(pieces) / self.context.speed.forward
        pieces += rows * train.mean()
        fits = 1e-6 * (rows + len(held)) * (20 + labels) * (len(HEAD_L2) + 1)
        return 1.0 + float(pieces) / self.context.speed.forward + fits

    def training_seconds(self) -> float:
        """Return the seconds of one training at the epochs planned, all but its setup."""
        return self.epochs() * self.epoch_seconds() + self.closing_seconds()

    def trainings(self) -> float:
        """Return how many whole trainings the climb comes to: 1 where nothing is searched."""
        left = self.context.clock.left - self.setup_seconds()
        asked = trials_asked(self)
        return whole_trainings(asked, left / self.training_seconds()) if asked else 1.0

    def estimate(self) -> float:
        """Return the seconds of the whole climb at the epochs planned."""
        return self.setup_seconds() + self.trainings() * self.training_seconds()

    def ahead(self) -> Ahead:
        """Return what its passes take, and how many there should be."""
        given, times = self.context.recipe.ladder.epochs.get(self.name), self.trainings()
        return Ahead(
            self.name,
            self.setup_seconds() + times * self.closing_seconds(),
            times * self.epoch_seconds(),
            self.epochs_wanted() if given is None else given,
            self.epochs_least() if given is None else given,
            self.serving(),
        )

    def epochs(self) -> float:
        """Return the passes to make: the recipe's, else as many as are wanted and fit.

        Part of a pass is a training too where rows are many: its learning rate falls to zero by the
        end of it.
        """
        given = self.context.recipe.ladder.epochs.get(self.name)
        if given is not None:
            return given
        planned = self.folder / "plan.json"
        if planned.is_file():
            return float(read_json(planned)["epochs"])
        left = self.context.clock.left - self.setup_seconds() - self.closing_seconds()
        wanted, least = self.epochs_wanted(), self.epochs_least()
        return passes(left / self.epoch_seconds(), wanted, least) or least

    def plan(self) -> Plan:
        """Return how the training goes, by the recipe and the clock."""
        train = self.tuning
        rate, head_rate = self._rates()
        self._keep_plan(self.epochs())
        pinned = self.name in self.context.recipe.ladder.epochs
        left = float("inf") if pinned else self.context.clock.left - self.closing_seconds()
        return Plan(
            epochs=self.epochs(),
            rate=rate,
            head_rate=head_rate,
            decay=train.weight_decay,
            warmup=train.warmup,
            clip=train.clip,
            batch_rows=train.batch_rows,
            batch_tokens=train.batch_tokens,
            patience=train.patience,
            dtype=compute_dtype(train.precision),
            seed=self.context.recipe.seed,
            blends=BLENDS,
            deadline=time.monotonic() + left,
            wanted=self.epochs_wanted(),
        )

    def _rates(self) -> tuple[float, float]:
        """Return the peak rates of the encoder and of the head."""
        told = self.context.recipe.train.learning_rate
        rate = told or self._rate()
        head_rate = told or self.head_rate
        own = self.settings.learning_rate or rate
        return own, head_rate * (own / rate)

    def _rate(self) -> float:
        """Return the encoder's peak rate where the recipe names none."""
        modality = self.context.modality
        return modality.rates.get(self.name) or modality.rate or self.rate

    def _keep_plan(self, epochs: float) -> None:
        """Write down the passes, by which the full recipe makes the same training again."""
        write_json(self.folder / "plan.json", {"epochs": epochs})

    def head(self) -> nn.Module:
        """Return a head with the probe's weights; the identity where the network needs none."""
        if self.context.modality.headless:
            return nn.Identity()
        return layer_of(Probe(self.context).start())

    def classifier(self) -> Classifier:
        """Return the base model with the probe's head, dropout as the recipe says."""
        head = self.head()
        torch.manual_seed(self.context.recipe.seed)
        network = self.context.modality.network(self.context.backbone.folder)
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = self.context.recipe.train.dropout
        return Classifier(network, head)

    def inputs(self) -> tuple[Inputs, Inputs]:
        """Return the training and the validation rows, to be batched."""
        context = self.context
        held = Encoded(context.modality, context.encoded[1], context.sizes[1])
        return Encoded(context.modality, self.rows, self.sizes), held

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the task's loss."""
        weights = self.context.label_weights
        tensor = None if weights is None else torch.from_numpy(weights)
        return self.context.task.loss(logits, targets, self.tuning, tensor)

    def train(self, model: Classifier, inputs: tuple[Inputs, Inputs]) -> Trained:
        """Run the loop; the model holds its best weights after it."""
        held: Split = self.context.validation
        training = Training(
            model,
            inputs[0],
            self.targets,
            (inputs[1], held.targets),
            plan=self.plan(),
            loss=self.loss,
            score=self.context.score,
            state=self.folder / "state.safetensors",
            progress=self.progress,
            augment=self.context.modality.augment,
            attack=self._attack(model),
            hopeless=None if self.trial is None else self.trial.hopeless,
            ranks=self.ranks(model),
        )
        trained = training.run()
        if self.trial is not None:
            self.trial.looks[:] = trained.progress.looks
        if trained.progress.ended == PRUNED:
            from optuna import TrialPruned

            raise TrialPruned
        steps = trained.progress.steps
        if steps != training.steps_of(self.epochs()):
            self._keep_plan(steps / training.pass_steps)
        return trained

    def ranks(self, model: Classifier) -> Ranks | None:
        """Return what the training strikes out ranks with, where it does."""
        return None

    def _attack(self, model: Classifier) -> Attack | None:
        train = self.context.recipe.train
        if train.adversarial == "none":
            return None
        return Attack(model.network.encoder, train.adversarial_size)

    def fit_head(self, model: Classifier, inputs: tuple[Inputs, Inputs]) -> Floats:
        """Fit the head to its optimum on the tuned features; keep it where it scores better.

        Gradient steps leave the head behind its encoder, the more so after `Training` has gone part
        of the way back to the start. A fitted head that scores better is fitted once more, to the
        validation rows as well; the one that knows the training rows alone is kept beside it.

        Returns:
            The validation rows' logits (m, labels) by a head that did not learn from them.
        """
        context, plan = self.context, self.plan()
        if context.modality.headless:
            return predict(model, inputs[1], plan)
        rows = context.some(self._head_rows())
        known = predict(model, Some(inputs[0], rows), plan, model.features)
        asked = predict(model, inputs[1], plan, model.features)
        truth, best = context.validation.targets, head_of(model.head).logits(asked)
        known, targets = flat(known, context.train.targets[rows])
        scale = Scale.of(known)
        score, head, kept = context.score(best, truth), None, None
        for l2 in HEAD_L2:
            head = self._fit(scale(known), targets, l2, head)
            logits = head.logits(scale(asked))
            if context.score(logits, truth) > score:
                best, score, kept = logits, context.score(logits, truth), (l2, head)
        (self.folder / START).unlink(missing_ok=True)
        if kept is not None:
            keep_start(self.folder, scale.unscale(kept[1]))
            more, answers = flat(asked, truth)
            both = scale(np.vstack([known, more]))
            last = self._fit(both, np.concatenate([targets, answers]), *kept)
            model.head.load_state_dict(layer_of(scale.unscale(last)).state_dict())
        return best

    def _fit(self, features: Floats, targets: Targets, l2: float, start: Linear | None) -> Linear:
        labels, weights = len(self.context.schema.labels), self.context.row_weights(targets)
        return fit(features, targets, labels, l2=l2, weights=weights, start=start, steps=HEAD_STEPS)

    def _head_rows(self) -> int:
        """Return how many training rows the head is fitted to at the end, at most."""
        few, many = HEAD_ROWS
        return int(np.clip(HEAD_ROWS_PER_LABEL * len(self.context.schema.labels), few, many))

    def climb(self) -> Candidate:
        """Train once, or search; the candidate folder holds what scored best."""
        candidate = Search(self).run() if trials_asked(self) else self._climb()
        if self.trial is None:
            self.clear()
        return candidate

    def clear(self) -> None:
        """Remove what was kept for all trainings of the rung; nothing by default."""
        return

    def _climb(self) -> Candidate:
        """Train, keep the best epoch's weights, and write the candidate folder."""
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        trained, model, logits = self.learn()
        save_classifier(self.model, model, self.context.backbone.folder, self.context.modality)
        (self.folder / "state.safetensors").unlink(missing_ok=True)
        return Candidate(
            self.name,
            self.context.modality.kind,
            self.model,
            time.monotonic() - began,
            min(trained.progress.epoch, self.epochs()),
            trained.rows_per_second,
            logits,
            self.validation_held(logits),
            self.settings.optimism,
        )

    def progress(self, **told: object) -> None:
        """Tell the listeners how far the climb, or a trial of its search, is."""
        if self.trial is not None:
            told |= {"trial": self.trial.number + 1}
        super().progress(**told)

    @abstractmethod
    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Train, and fit the head.

        Returns:
            How it went, the whole model with its best weights in float32, and the validation rows'
            logits (m, labels).
        """
