"""The training loop: AdamW over batches of near-equal length, resumable to the bit.

The objective is θ* = argmin (1/N) Σ ℓ(M_θ(x_i), y_i); a step is θ ← θ − η·m̂/(√v̂ + ε) − ηλθ, that
is θ ← θ − η∇L − ηλθ with Adam's estimate in the place of ∇L (Loshchilov and Hutter 2019). Vectors
(biases, norms) and embeddings are not decayed. `tests/tune/test_loop.py` checks one step by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones.batches import Index, by_length, fitting, gathered, halved, shuffled
from seedbed.errors import Interrupted, NothingLearned, RungUnavailable
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.adversarial import Attack
from seedbed.tune.inputs import Inputs, Some
from seedbed.tune.memory import trimmed
from seedbed.tune.pause import Pause
from seedbed.tune.ranks import Ranks
from seedbed.tune.state import State

Augment = Callable[[dict[str, Tensor], torch.Generator], dict[str, Tensor]]
SAVE_SECONDS = 60.0
PACE_STEPS = 25
"""After so many steps it is seen whether what is left of them still fits."""
BLEND_ROWS = 1_500
"""Validation rows, at most, that choose how far to go from the start to the best weights."""
PRUNED = "pruned"
LOOKS = 3
"""Parts of a training of one pass or less, between which a search looks at it."""


@dataclass(frozen=True)
class Plan:
    """How a training goes; all of it stands in the run's full recipe.

    Attributes:
        epochs: Passes over the rows; the last may be part of one.
        rate: Peak learning rate of the encoder.
        head_rate: Peak learning rate of the head.
        decay: λ, per step times the learning rate.
        warmup: Share of the steps that warm up; the rest decays linearly to zero.
        clip: Largest norm of the gradient.
        batch_rows: Rows to a step.
        batch_tokens: Most word pieces to go through the model at once.
        patience: Epochs without gain before stopping.
        dtype: What to compute in; weights and optimizer are float32.
        seed: Behind the order of the rows.
        blends: How far to go from the start to the best weights, beside all the way: the share that
            scores best is taken (Wortsman et al. 2022: tuned and untuned weights averaged
            generalise better).
        deadline: On `time.monotonic()`; training ends there, best weights restored.
        wanted: Passes to make where the steps turn out to be quicker than was thought.
    """

    epochs: float
    rate: float
    head_rate: float
    decay: float
    warmup: float
    clip: float
    batch_rows: int
    batch_tokens: int
    patience: int
    dtype: torch.dtype
    seed: int
    blends: tuple[float, ...] = ()
    deadline: float = float("inf")
    wanted: float = 0.0


@dataclass
class Progress:
    """Where a training stands; saved with its weights.

    Attributes:
        epoch: Epochs judged.
        step: Steps made since.
        steps: Steps of the whole training.
        batch_tokens: Word pieces at once; fewer after memory ran out.
        best_epoch: The epoch that scored best.
        best: Its metric.
        history: Each epoch and its metric.
        ended: Why it ended before its last step.
        looks: The metric each time that a search looked at it.
    """

    epoch: int = 0
    step: int = 0
    steps: int = 0
    batch_tokens: int = 0
    best_epoch: int = -1
    best: float = -1.0
    history: list[dict[str, float]] = field(default_factory=list)
    ended: str = ""
    looks: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Trained:
    """What a training came to: the model holds its best epoch's weights.

    Attributes:
        progress: Epochs done and their metrics.
        seconds: Time of the steps alone, this process.
        rows_per_second: Training rows a second, this process.
    """

    progress: Progress
    seconds: float
    rows_per_second: float


def optimizer(model: nn.Module, plan: Plan) -> torch.optim.AdamW:
    """Return AdamW with three groups: decayed, not decayed, head."""
    embeddings = {
        id(p) for m in model.modules() if "mbedding" in type(m).__name__ for p in m.parameters()
    }
    groups: dict[str, list[nn.Parameter]] = {"decayed": [], "kept": [], "head": []}
    for name, weight in model.named_parameters():
        if not weight.requires_grad:
            continue
        vector = weight.numel() == max(weight.shape, default=1)
        plain = vector or id(weight) in embeddings or name.endswith("embeddings.weight")
        groups["head" if name.startswith("head.") else "kept" if plain else "decayed"].append(
            weight
        )
    rates = {"decayed": plan.rate, "kept": plan.rate, "head": plan.head_rate}
    decays = {"decayed": plan.decay, "kept": 0.0, "head": plan.decay}
    return torch.optim.AdamW(
        [
            {
                "params": weights,
                "lr": rates[name],
                "peak": rates[name],
                "weight_decay": decays[name],
            }
            for name, weights in groups.items()
            if weights
        ],
        fused=True,
    )


def heat(step: int, steps: int, warmup: float) -> float:
    """Return the learning rate's share of its peak: up linearly, down linearly to zero."""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (steps - step) / max(1, steps - rising))


class Training:
    """One training of one model; `run` it once.

    Args:
        model: Called with what `inputs.batch` returns; gives logits (b, labels).
        inputs: Training rows.
        targets: Their truth (n,) or (n, labels).
        held: Validation rows and their truth.
        plan: How it goes.
        loss: (logits, targets) → mean loss.
        score: (logits, targets) of validation rows → metric, higher is better.
        state: File to save to and to resume from.
        progress: Told of each step and epoch, as keywords.
        augment: Changes a training batch at random; see `Modality.augment`.
        attack: Goes through each batch once more, moved to where its loss rises.
        hopeless: Told the metrics so far, after each pass or, of a single pass, after each third;
            says whether others are so far ahead that there is no use in going on.
        ranks: AdaLoRA's, struck out as the steps go on.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        targets: Targets,
        held: tuple[Inputs, Targets],
        *,
        plan: Plan,
        loss: Callable[[Tensor, Tensor], Tensor],
        score: Callable[[Floats, Targets], float],
        state: Path,
        progress: Callable[..., None],
        augment: Augment | None = None,
        attack: Attack | None = None,
        hopeless: Callable[[list[float]], bool] | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        self.model = model
        self.inputs = inputs
        self.targets = torch.from_numpy(np.ascontiguousarray(targets))
        self.held = held
        self.plan = plan
        self.loss = loss
        self.score = score
        self.tell = progress
        self.augment = augment
        self.attack = attack
        self.hopeless = hopeless
        self.ranks = ranks
        self.draw = torch.Generator()
        self.optimizer = optimizer(model, plan)
        self.state = State(state, model, self.optimizer, ranks)
        self.pass_steps = -(-len(inputs.lengths) // plan.batch_rows)
        self.now = Progress(steps=self.steps_of(plan.epochs), batch_tokens=plan.batch_tokens)
        self._rows = self._made = 0
        self._began = time.monotonic()
        self._busy = 0.0
        self._saved = time.monotonic()
        self._pause = Pause()

    def steps_of(self, epochs: float) -> int:
        """Return how many steps so many passes are."""
        return max(1, round(self.pass_steps * epochs))

    def run(self) -> Trained:
        """Train to the end, from the saved state where there is one.

        Raises:
            Interrupted: Ctrl-C or SIGTERM; the state was saved.
            MemoryShort: not even one row fits into memory.
            NothingLearned: the loss is no number any more.
            RungUnavailable: the deadline has passed before the first step.
        """
        self._resume()
        self._began = time.monotonic()
        with self._pause:
            # Steps made since the last judgement are judged, the very last ones too.
            while (self._at < self.now.steps or self.now.step) and not self.now.ended:
                self._epoch()
                if self.now.ended != PRUNED:
                    self._judge_epoch()
                self._stop_if_asked()
        if self.now.ended != PRUNED:
            self._blend()
        rate = self._rows / self._busy if self._busy else 0.0
        return Trained(self.now, self._busy, rate)

    def _blend(self) -> None:
        """Put back the best weights, or that mean of them and the start which scores better."""
        inputs, targets = self.held
        most = min(len(targets), BLEND_ROWS)
        rows = np.linspace(0, len(targets) - 1, most).astype(np.int64)
        scores = {1.0: self.now.best}
        for share in (1.0, *self.plan.blends) if self.plan.blends else ():
            self.state.restore_best(share)
            logits = predict(self.model, Some(inputs, rows), self.plan)
            scores[share] = self.score(logits, targets[rows])
        self.state.restore_best(max(scores, key=lambda share: (scores[share], share)))

    @property
    def _at(self) -> int:
        return self.now.epoch * self.pass_steps + self.now.step

    def _resume(self) -> None:
        told = self.state.load()
        if told is not None:
            self.now = Progress(**told)
        elif self.now.best_epoch < 0:
            self.state.keep_best()

    def _save(self) -> None:
        self.state.save(vars(self.now))
        self._saved = time.monotonic()

    def _stop_if_asked(self) -> None:
        """Between steps, where the state is whole, do what Ctrl-C asked for."""
        if not self._pause.asked:
            return
        self._save()
        raise Interrupted(
            expected="the run to end",
            got=f"Ctrl-C at step {min(self._at, self.now.steps)} of {self.now.steps}",
            do="Go on where it stopped: the same command with --resume.",
        )

    def _epoch(self) -> None:
        self.model.train()
        for batch in trimmed(self._batches()[self.now.step :]):
            if self._at == self.now.steps:
                break
            began = time.monotonic()
            if began > self.plan.deadline:
                if self._at == 0:
                    raise RungUnavailable(
                        expected="time for a step of training",
                        got="none left of the budget",
                        do="Raise budget.minutes, or give fewer or shorter rows.",
                        zh="预算的时间已用完，一步也来不及训练；请提高 budget.minutes，"
                        "或给更少、更短的数据",
                    )
                self.now.ended = "time"
                break
            value = self._step(batch)
            self._busy += time.monotonic() - began
            self._rows += len(batch)
            self.now.step += 1
            self._made += 1
            self._keep_pace()
            self.tell(loss=value, step=self._at, steps=self.now.steps, epoch=self.now.epoch + 1)
            if self._look_within():
                break
            if time.monotonic() - self._saved > SAVE_SECONDS:
                self._save()
            self._stop_if_asked()

    def _look_within(self) -> bool:
        """Where there is one pass at most, look at it after each third; tell whether to end."""
        steps = self.now.steps
        marks = [steps * part // LOOKS for part in range(1, LOOKS)]
        if self.hopeless is None or steps > self.pass_steps or self._at not in marks:
            return False
        self._look(self.score(predict(self.model, self.held[0], self.plan), self.held[1]))
        self.model.train()
        return self.now.ended == PRUNED

    def _look(self, metric: float) -> None:
        """End the training where others are far ahead, unless it is at its end anyway."""
        if self.hopeless is None or self.now.ended or self._at >= self.now.steps:
            return
        self.now.looks.append(metric)
        if self.hopeless(self.now.looks):
            self.now.ended = PRUNED

    def _batches(self) -> list[Index]:
        """Return the batches of the epoch, the same ones whenever they are asked for."""
        seed = (self.plan.seed, self.now.epoch)
        return shuffled(self.inputs.lengths, self.plan.batch_rows, seed)

    def _keep_pace(self) -> None:
        """Plan fewer steps where they take longer than was thought, or more where they are quicker.

        The learning rate is to fall to zero by the deadline: cut off while it is high, a training
        is worth little. More are planned before the middle alone, while the rate is still high, and
        never more than are wanted.
        """
        left = self.plan.deadline - time.monotonic()
        if self._made % PACE_STEPS or left == float("inf"):
            return
        pace = (time.monotonic() - self._began) / self._made
        most = self.now.steps
        if 2 * self._at < self.now.steps:
            most = max(most, self.steps_of(self.plan.wanted))
        self.now.steps = min(most, self._at + max(1, int(left / pace)))

    def _step(self, batch: Index) -> float:
        share = heat(self._at, self.now.steps, self.plan.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * share
        value = self._fitting(batch)
        if not np.isfinite(value):
            raise NothingLearned(
                expected="a loss that is a number",
                got=f"{value} at step {self._at}",
                do="Lower train.learning_rate, or set train.precision: float32.",
                zh=f"第 {self._at} 步的损失是 {value}，不是数字；请降低 train.learning_rate，"
                "或设 train.precision: float32",
            )
        if self.ranks is not None:
            self.ranks.straighten()
        weights = [w for group in self.optimizer.param_groups for w in group["params"]]
        nn.utils.clip_grad_norm_(weights, self.plan.clip, foreach=True)
        self.optimizer.step()
        if self.ranks is not None:
            self.ranks.allot(self._at, self.now.steps)
        self.optimizer.zero_grad(set_to_none=True)
        return value

    def _fitting(self, batch: Index) -> float:
        """Add the gradient of a batch; where memory runs out, in smaller parts from then on."""
        while True:
            try:
                return self._gradient(batch)
            except (RuntimeError, MemoryError) as cause:
                self._halve(cause)

    def _gradient(self, batch: Index) -> float:
        """Add up the gradient of a batch in parts that fit the budget of word pieces."""
        total = 0.0
        for part in by_length(self.inputs.lengths[batch], len(batch), self.now.batch_tokens):
            rows = batch[part]
            inputs = self.inputs.batch(rows)
            if self.augment is not None:
                # By the step and the row, so that a resumed training draws what it would have.
                place = (self.plan.seed * 1_000_003 + self._at) * 1_000_003 + int(rows[0])
                self.draw.manual_seed(place % 2**63)
                inputs = self.augment(inputs, self.draw)
            total += self._passes(inputs, rows, len(rows) / len(batch))
        return total

    def _passes(self, inputs: dict[str, Tensor], rows: Index, share: float) -> float:
        """Add the gradient of some rows, `share` of their batch; return their part of its loss."""
        truth = self.targets[torch.from_numpy(rows)]

        def backward(share: float, batch: dict[str, Tensor]) -> float:
            with torch.autocast("cpu", self.plan.dtype, self.plan.dtype != torch.float32):
                logits = self.model(**batch)
            loss = self.loss(logits, truth) * share
            loss.backward()  # type: ignore[no-untyped-call]
            return float(loss.item())

        if self.attack is None:
            return backward(share, inputs)
        return 2 * self.attack(inputs, partial(backward, share / 2))

    def _halve(self, cause: Exception) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.now.batch_tokens = halved(self.now.batch_tokens, self.inputs.lengths, cause)
        self.tell(warning=f"out of memory: {self.now.batch_tokens} word pieces at once from now on")

    def _judge_epoch(self) -> None:
        metric = self.score(predict(self.model, self.held[0], self.plan), self.held[1])
        self.now.epoch += 1
        self.now.step = 0
        self.now.history.append({"epoch": self.now.epoch, "metric": metric})
        if metric > self.now.best:
            self.now.best, self.now.best_epoch = metric, self.now.epoch
            self.state.keep_best()
        elif self.now.epoch - self.now.best_epoch >= self.plan.patience:
            self.now.ended = "no gain"
        self._look(metric)
        steps = self.now.steps
        self.tell(metric=metric, step=min(self._at, steps), steps=steps, epoch=self.now.epoch)
        self._save()


def predict(
    model: nn.Module,
    inputs: Inputs,
    plan: Plan,
    output: Callable[..., Tensor] | None = None,
) -> Floats:
    """Return logits (n, labels) or (n, words, labels) of rows, or features, without gradient.

    Where memory runs out, fewer rows are computed at once.

    Args:
        model: See `Training`.
        inputs: The rows.
        plan: How much to compute at once, and in what.
        output: Called in the place of the model, for another of its outputs.
    """
    model.eval()

    def compute(batch: Index) -> Floats:
        found: Floats = (output or model)(**inputs.batch(batch)).float().numpy()
        return found

    with torch.inference_mode(), torch.autocast("cpu", plan.dtype, plan.dtype != torch.float32):
        parts = trimmed(fitting(inputs.lengths, 128, plan.batch_tokens, compute))
        return gathered(parts, len(inputs.lengths))
