"""Reading on before the ladder: the base model guesses hidden word pieces of texts without labels.

What comes of it takes the base model's place only where the frozen `probe` answers better on it, to
rows that its head did not learn from: out of fold, all training and validation rows.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.batches import by_length
from seedbed.backbones.encoder import Pooled, load_encoder
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier, compute_dtype, save_classifier
from seedbed.backbones.tokens import Pieces
from seedbed.data.unlabelled import Unlabelled
from seedbed.errors import WrongValue
from seedbed.home import read_json, write_json
from seedbed.recipe import Pretrain
from seedbed.tune.climb import measured
from seedbed.tune.context import Context, seconds_of
from seedbed.tune.inputs import Encoded, Some
from seedbed.tune.loop import Plan, Training, predict
from seedbed.tune.masked import Guesser, Held, Hiding, likelihood, loss
from seedbed.tune.rungs.probe import Probe
from seedbed.tune.stop import Said
from seedbed.tune.vocabulary import narrow, widen

SHARE = 1 / 3
"""Of the budget, at most, where the recipe does not say."""
WANTED = 3.0
"""Passes, where there is time."""
RATE, HEAD_RATE = 1e-4, 1e-3
BATCHES = 2
"""Times `train.batch_rows` that make a batch."""
HELD = (0.05, 500)
"""Share of the texts, and how many at most, that are not learnt: the loss is seen on them."""
BEGIN_PIECES = 40_000
"""Word pieces of the texts by which the head begins."""
TRIED = 4
"""Batches that are timed before the passes are planned."""
STEP = 1.15
"""A step's time, as a multiple of its gradient's."""
BRAKE, LEAST_SECONDS = 1.5, 10.0
"""Beyond so many times its time, and so many seconds, a training is cut short all the same."""


@dataclass(frozen=True)
class Facts:
    """What came of it; stands in the report.

    Attributes:
        texts: How many were learnt from.
        aside: Texts left out because they are rows of a split, by split.
        passes: Over them.
        seconds: All of it took.
        before, after: Mean loss of a hidden piece of texts set aside, in nats.
        base, value: The probe's metric on the base model, and on what came of it.
        kept: Whether that takes the base model's place.
        said: All this in a sentence.
    """

    texts: int
    aside: dict[str, int]
    passes: float
    seconds: float
    before: float
    after: float
    base: float
    value: float
    kept: bool
    said: Said


def pretrained(context: Context, found: Unlabelled, asked: Pretrain) -> tuple[Context, Facts]:
    """Read on, and return the context that the ladder is to climb with, and what came of it.

    All of it lies in the run's folder `pretrain`; a killed run goes on where it was.

    Raises:
        WrongValue: the base model is no encoder of texts.
    """
    if context.backbone.modality != "text":
        raise WrongValue(
            expected="pretrain: with an encoder of texts",
            got=f"{context.backbone.name}, which reads {context.backbone.modality}",
            do="Take it out, or set base: to an encoder such as minilm.",
            where="pretrain",
        )
    folder = context.run / "pretrain"
    path = folder / "facts.json"
    after = replace(context, start=folder / "model")
    if not path.is_file():
        began = time.monotonic()
        told = _told(folder / "read.json", _Reading(context, found, asked, folder))
        scores = {"base": _probed(context), "value": _probed(after)}
        facts = _facts(context, found, told, scores, time.monotonic() - began)
        write_json(path, vars(facts))
    facts = Facts(**read_json(path))
    context.tell("pretrain", **vars(facts))
    return (after if facts.kept else context), facts


def pinned(facts: Facts) -> dict[str, Any]:
    """Return the recipe's keys by which the same is done again, whatever the clock says."""
    return {"pretrain.passes": facts.passes, "pretrain.minutes": None}


def _told(path: Path, reading: _Reading) -> dict[str, float]:
    """Train, unless a run that was killed later has done it."""
    if not path.is_file():
        write_json(path, reading.run())
    found: dict[str, float] = read_json(path)
    return found


def _probed(context: Context) -> float:
    """Return the probe's metric on the rows that its heads did not learn from."""
    return measured(context, Probe(context).held_out()).value


def _facts(
    context: Context,
    found: Unlabelled,
    told: Mapping[str, float],
    scores: Mapping[str, float],
    seconds: float,
) -> Facts:
    kept = scores["value"] > scores["base"]
    metric = context.recipe.quality.metric
    shown = {name: f"{score:.4f}" for name, score in scores.items()}
    texts, before, after = len(found.texts), told["before"], told["after"]
    said = {
        "en": f"Read on in {texts:,} texts without labels, {told['passes']:.2g} passes: the loss of"
        f" a hidden word piece went from {before:.2f} to {after:.2f}. "
        + ("Kept" if kept else "Not kept, the base model stays")
        + f": `probe` has {metric} {shown['value']} on it, {shown['base']} on the base model.",
        "zh": f"在 {texts:,} 条无标签文本上继续预训练 {told['passes']:.2g} 轮："
        f"被遮词元的损失由 {before:.2f} 变为 {after:.2f}。"
        + ("采用" if kept else "未采用，仍用原基座模型")
        + f"：`probe` 的 {metric} 为 {shown['value']}，原基座模型上为 {shown['base']}。",
    }
    return Facts(texts, found.aside, seconds=seconds, kept=kept, said=said, **told, **scores)


class _Reading:
    """One training on texts without labels."""

    def __init__(self, context: Context, found: Unlabelled, asked: Pretrain, folder: Path) -> None:
        self.context = context
        self.found = found
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
        learnt, held = self._parts(hiding)
        model.begin(self._sample(learnt, hiding))
        before = self._seen(model, held)
        training = self._training(model, learnt, held, hiding)
        torch.manual_seed(self.context.recipe.seed)
        done = training.run()
        widen(network.encoder)
        self._keep(network)
        training.state.path.unlink(missing_ok=True)
        losses = -np.log([before, done.progress.best])
        passes = done.progress.steps / training.pass_steps
        return {"passes": passes, "before": float(losses[0]), "after": float(losses[1])}

    @property
    def modality(self) -> Text:
        found = self.context.modality
        assert isinstance(found, Text), "asked before"
        return found

    @cached_property
    def rows(self) -> list[Pieces]:
        return self.modality.encode(self.found.texts)

    def _network(self) -> Pooled:
        encoder = load_encoder(self.context.backbone.folder)
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = self.context.recipe.train.dropout
        return Pooled(encoder, self.modality.pooling)

    def _parts(self, hiding: Hiding) -> tuple[Some, Held]:
        """Return the texts to learn from, and some that are set aside."""
        whole, seed = Encoded(self.modality, self.rows), self.context.recipe.seed
        share, most = HELD
        order = np.random.default_rng(seed).permutation(len(self.rows))
        aside = min(most, max(1, round(share * len(order))))
        held = Some(whole, np.sort(order[:aside]))
        return Some(whole, np.sort(order[aside:])), Held(held, hiding, seed)

    def _sample(self, learnt: Some, hiding: Hiding) -> Iterable[dict[str, Tensor]]:
        """Yield batches of some texts, their pieces hidden."""
        draw = torch.Generator().manual_seed(self.context.recipe.seed)
        few = int(np.searchsorted(np.cumsum(learnt.lengths), BEGIN_PIECES)) + 1
        some = Some(learnt, np.arange(min(few, len(learnt.rows))))
        for part in by_length(some.lengths, 128, self.context.recipe.train.batch_tokens):
            yield hiding(some.batch(part), draw)

    def _training(self, model: Guesser, learnt: Some, held: Held, hiding: Hiding) -> Training:
        def made(epochs: float, deadline: float) -> _Timed:
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
                augment=hiding,
            )

        epochs, limit = self._passes(made(1.0, float("inf")))
        return made(epochs, time.monotonic() + max(LEAST_SECONDS, BRAKE * limit))

    def _seen(self, model: Guesser, held: Held) -> float:
        """Return how likely the hidden pieces of the texts set aside are, before any step."""
        nothing = np.zeros(0, dtype=np.int64)
        return likelihood(predict(model, held, self._plan(1.0, float("inf"))), nothing)

    def _plan(self, epochs: float, deadline: float) -> Plan:
        train = self.context.recipe.train
        return Plan(
            epochs=epochs,
            rate=RATE,
            head_rate=HEAD_RATE,
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

    def _keep(self, network: Pooled) -> None:
        """Write the encoder's folder, whole or not at all."""
        aside, final = self.folder / ".model", self.folder / "model"
        for path in (aside, final):
            shutil.rmtree(path, ignore_errors=True)
        model = Classifier(network, nn.Identity())
        save_classifier(aside, model, self.context.backbone.folder, self.modality)
        aside.replace(final)


class _Timed(Training):
    """A training that can tell beforehand how long a step takes."""

    def pace(self) -> float:
        """Return the seconds of a step, by some batches; nothing is learnt from them."""
        first, *batches = self._batches()[: TRIED + 1]
        self.model.train()
        self._gradient(first)  # the first warms up
        began = time.monotonic()
        for batch in batches or [first]:
            self._gradient(batch)
        seconds = (time.monotonic() - began) / max(1, len(batches))
        self.optimizer.zero_grad(set_to_none=True)
        return STEP * seconds
