"""One training on texts without labels: planned by the clock once, and by the recipe ever after.

Here an encoder guesses hidden pieces; `tune.reading_causal` has what a causal model does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.batches import by_length
from seedbed.backbones.encoder import Pooled, load_encoder
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier, Network, compute_dtype, save_classifier
from seedbed.home import read_json, write_json
from seedbed.recipe import Pretrain
from seedbed.tune.context import Context, seconds_of
from seedbed.tune.inputs import Encoded, Inputs, Some
from seedbed.tune.loop import Augment, Plan, Trained, Training, predict
from seedbed.tune.masked import Guesser, Held, Hiding, likelihood, loss
from seedbed.tune.vocabulary import narrow, widen

SHARE = 1 / 3
"""Of the budget, at most, where the recipe does not say."""
WANTED = 3.0
"""Passes, where there is time."""
HEAD_RATE = 3e-4
STEPS = 50
"""Trainings of fewer steps go at so much less than those rates: they have no time to settle."""
BATCHES = 2
"""Times `train.batch_rows` that make a batch."""
HELD = (0.05, 500)
"""Share of the texts, and how many at most, that are not learnt: the loss is seen on them."""
BEGIN_PIECES = 30_000
"""Word pieces of the texts by which the head begins."""
TRIED = 4
"""Batches that are timed before the passes are planned."""
STEP = 1.15
"""A step's time, as a multiple of its gradient's."""
BRAKE, LEAST_SECONDS = 1.5, 10.0
"""Beyond so many times its time, and so many seconds, a training is cut short all the same."""


class Reading:
    """One training; `run` it once.

    Args:
        context: The run; its base model is an encoder of texts.
        texts: To learn from.
        asked: How long.
        folder: Where the state is kept, and the model's folder `model` at the end.
    """

    rate: ClassVar[float] = 1e-4

    def __init__(
        self, context: Context, texts: Sequence[str], asked: Pretrain, folder: Path
    ) -> None:
        self.context = context
        self.texts = texts
        self.asked = asked
        self.folder = folder
        self.began = time.monotonic()

    def run(self) -> dict[str, float]:
        """Train, write the folder `model`, and return passes and the loss before and after."""
        torch.manual_seed(self.context.recipe.seed)
        network = self._network()
        tokens, rows = self.modality.tokens, self.rows
        mask = np.array([tokens.mask_id], dtype=np.int32)
        reached = narrow(network.encoder, chain(rows, [mask]), tokens.pad_id)
        special = [one for part in tokens.specials() for one in part]
        shown = reached.used[~torch.isin(reached.used, torch.tensor([*special, tokens.pad_id]))]
        hiding = Hiding(tokens, shown)
        model = Guesser(network.encoder)
        model.eval()
        learnt, aside = self._parts()
        held = Held(aside, hiding, self.context.recipe.seed)
        model.begin(self._sample(learnt, hiding), self._plan(1.0).dtype)
        before = self._seen(model, held)
        training, done = self._trained(model, learnt, held, hiding)
        widen(network.encoder)
        return self._kept(network, training, done, before)

    @property
    def modality(self) -> Text:
        """How the base model reads."""
        return cast(Text, self.context.modality)

    @cached_property
    def rows(self) -> Sequence[Any]:
        """The texts as word pieces."""
        return self.modality.encode(self.texts)

    def _network(self) -> Pooled:
        encoder = load_encoder(self.context.backbone.folder)
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = self.context.recipe.train.dropout
        return Pooled(encoder, self.modality.pooling)

    def _parts(self) -> tuple[Some, Some]:
        """Return the texts to learn from, and some that are set aside."""
        whole, seed = Encoded(self.context.modality, self.rows), self.context.recipe.seed
        share, most = HELD
        order = np.random.default_rng(seed).permutation(len(self.rows))
        aside = min(most, max(1, round(share * len(order))))
        return Some(whole, np.sort(order[aside:])), Some(whole, np.sort(order[:aside]))

    def _sample(self, learnt: Some, hiding: Hiding) -> Iterable[dict[str, Tensor]]:
        """Yield batches of some texts, their pieces hidden."""
        draw = torch.Generator().manual_seed(self.context.recipe.seed)
        few = int(np.searchsorted(np.cumsum(learnt.lengths), BEGIN_PIECES)) + 1
        some = Some(learnt, np.arange(min(few, len(learnt.rows))))
        for part in by_length(some.lengths, 128, self.context.recipe.train.batch_tokens):
            yield hiding(some.batch(part), draw)

    def _trained(
        self, model: nn.Module, learnt: Some, held: Inputs, augment: Augment | None
    ) -> tuple[Training, Trained]:
        """Train as long as is planned."""

        def made(epochs: float, deadline: float = float("inf")) -> _Timed:
            return _Timed(
                model,
                learnt,
                np.zeros(len(learnt.rows), dtype=np.int64),
                (held, np.zeros(len(held.lengths), dtype=np.int64)),
                plan=self._plan(epochs, deadline),
                loss=loss,
                score=likelihood,
                state=self.folder / "state.safetensors",
                progress=self._progress,
                augment=augment,
            )

        epochs, limit = self._passes(made(1.0))
        training = made(epochs, time.monotonic() + max(LEAST_SECONDS, BRAKE * limit))
        torch.manual_seed(self.context.recipe.seed)
        return training, training.run()

    def _kept(
        self, network: Network, training: Training, done: Trained, before: float
    ) -> dict[str, float]:
        """Write what was learnt, and return passes and the loss before and after."""
        self._keep(network)
        training.state.path.unlink(missing_ok=True)
        losses = -np.log([before, done.progress.best])
        passes, steps = training.plan.epochs, done.progress.steps
        if steps != training.steps_of(passes):  # cut short
            passes = steps / training.pass_steps
        return {"passes": passes, "before": float(losses[0]), "after": float(losses[1])}

    def _seen(self, model: nn.Module, held: Inputs) -> float:
        """Return how likely the pieces of the texts set aside are, before any step."""
        nothing = np.zeros(0, dtype=np.int64)
        return likelihood(predict(model, held, self._plan(1.0)), nothing)

    def _plan(self, epochs: float, deadline: float = float("inf")) -> Plan:
        train = self.context.recipe.train
        share = min(1.0, epochs * len(self.rows) / (BATCHES * train.batch_rows * STEPS))
        return Plan(
            epochs=epochs,
            rate=share * self.rate,
            head_rate=share * HEAD_RATE,
            decay=train.weight_decay,
            warmup=train.warmup,
            clip=train.clip,
            batch_rows=BATCHES * train.batch_rows,
            batch_tokens=train.batch_tokens,
            patience=train.patience,
            dtype=compute_dtype(train.precision),
            seed=self.context.recipe.seed,
            deadline=deadline,
        )

    def _passes(self, trial: _Timed) -> tuple[float, float]:
        """Return the passes to make, and the seconds they may take.

        They are planned once, by the time of a few batches, and kept to: by the same number of
        steps the same weights come out again.
        """
        path, limit = self.folder / "plan.json", self._limit()
        if path.is_file():
            return float(read_json(path)["passes"]), limit
        passes = self.asked.passes or WANTED
        if limit < float("inf"):
            left = limit - (time.monotonic() - self.began)
            steps = max(1, int(left / trial.pace()))
            passes = min(passes, steps / trial.pass_steps)
        write_json(path, {"passes": passes})
        return passes, limit

    def _limit(self) -> float:
        """Return the seconds that the training may take."""
        if self.asked.minutes is not None:
            return 60 * self.asked.minutes
        if self.asked.passes is not None:
            return float("inf")
        return SHARE * seconds_of(self.context.recipe)

    def _progress(self, **told: Any) -> None:
        kind = "warning" if "warning" in told else "epoch" if "metric" in told else "progress"
        self.context.tell(kind, rung="pretrain", **told)

    def _keep(self, network: Network) -> None:
        """Write the model's folder, whole or not at all."""
        aside, final = self.folder / ".model", self.folder / "model"
        for path in (aside, final):
            shutil.rmtree(path, ignore_errors=True)
        model = Classifier(network, nn.Identity())
        save_classifier(aside, model, self.context.backbone.folder, self.context.modality)
        aside.replace(final)


class _Timed(Training):
    """A training that can tell beforehand how long a step takes."""

    def pace(self) -> float:
        """Return the seconds of a step, by some batches; nothing is learnt from them."""
        first, *batches = self._batches()[: TRIED + 1]
        self.model.train()
        self._fitting(first)  # the first warms up
        began = time.monotonic()
        for batch in batches or [first]:
            self._fitting(batch)
        seconds = (time.monotonic() - began) / max(1, len(batches))
        self.optimizer.zero_grad(set_to_none=True)
        return STEP * seconds
