"""The loop, on models small enough to check by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.errors import Interrupted, MemoryShort, NothingLearned, RungUnavailable
from seedbed.tune import loop
from seedbed.tune.loop import Plan, Trained, Training, heat, optimizer
from seedbed.tune.reading import _Timed

PLAN = Plan(
    epochs=3,
    rate=1e-2,
    head_rate=5e-2,
    decay=0.1,
    warmup=0.25,
    clip=1e9,
    batch_rows=4,
    batch_tokens=1000,
    patience=9,
    dtype=torch.float32,
    seed=7,
)


class Bag(nn.Module):
    """A mean of word vectors, a norm, a layer and a head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.word_embeddings = nn.Embedding(20, 6)
        self.norm = nn.LayerNorm(6)
        self.layer = nn.Linear(6, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        words = self.word_embeddings(ids) * mask.unsqueeze(-1)
        mean = words.sum(1) / mask.sum(1, keepdim=True)
        found: Tensor = self.head(torch.tanh(self.layer(self.norm(mean))))
        return found


class Rows:
    """Rows of word numbers whose label is in their first word."""

    def __init__(self, rows: int, seed: int = 0) -> None:
        draw = np.random.default_rng(seed)
        self.targets = draw.integers(0, 2, rows)
        self.lengths = draw.integers(2, 9, rows)
        self.ids = [
            np.concatenate([[truth], draw.integers(2, 20, n - 1)])
            for truth, n in zip(self.targets, self.lengths, strict=True)
        ]

    def batch(self, rows: Any) -> dict[str, Tensor]:
        longest = int(self.lengths[rows].max())
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : self.lengths[row]] = self.ids[row]
        mask = np.arange(longest) < self.lengths[rows][:, None]
        return {"ids": torch.from_numpy(ids), "mask": torch.from_numpy(mask.astype(np.float32))}


def accuracy(logits: Any, targets: Any) -> float:
    return float((logits.argmax(1) == targets).mean())


def training(
    folder: Path,
    *,
    model: nn.Module | None = None,
    plan: Plan = PLAN,
    rows: int = 12,
    score: Callable[[Any, Any], float] = accuracy,
    loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
    told: list[dict[str, Any]] | None = None,
    progress: Callable[..., None] | None = None,
    hopeless: Callable[[list[float]], bool] | None = None,
    kind: type[Training] = Training,
) -> Training:
    inputs, held = Rows(rows), Rows(30, seed=1)

    def note(**event: Any) -> None:
        if told is not None:
            told.append(event)

    return kind(
        Bag() if model is None else model,
        inputs,
        inputs.targets,
        (held, held.targets),
        plan=plan,
        loss=loss,
        score=score,
        state=folder / "state.safetensors",
        progress=progress or note,
        hopeless=hopeless,
    )


def weights(model: nn.Module) -> dict[str, Any]:
    return {name: w.detach().numpy().copy() for name, w in model.named_parameters()}


def test_two_steps_by_hand(tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=1, warmup=0.5, batch_rows=12)
    made = training(tmp_path, plan=replace(plan, epochs=2))
    theirs, ours = made.model, Bag()
    made.run()
    batch, targets = Rows(12).batch(np.arange(12)), torch.from_numpy(Rows(12).targets)
    state = {name: (0.0, 0.0) for name, _ in ours.named_parameters()}
    for step, share in ((1, 1.0), (2, 1.0)):  # two steps: one warms up, then down from the peak
        ours.zero_grad()
        functional.cross_entropy(ours(**batch), targets).backward()
        for name, weight in ours.named_parameters():
            head = name.startswith("head.")
            rate = share * (plan.head_rate if head else plan.rate)
            plain = name in ("word_embeddings.weight", "layer.bias") or name.startswith("norm.")
            decay = 0.0 if plain else plan.decay
            slope = weight.grad.numpy().astype(np.float64)
            m, v = state[name]
            m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
            state[name] = m, v
            hat_m, hat_v = m / (1 - 0.9**step), v / (1 - 0.999**step)
            before = weight.detach().numpy().astype(np.float64)
            after = before - rate * hat_m / (np.sqrt(hat_v) + 1e-8) - rate * decay * before
            with torch.no_grad():
                weight.copy_(torch.from_numpy(after))
    made.state.load()  # the weights after the last step, whichever epoch was best
    for name, found in weights(theirs).items():
        np.testing.assert_allclose(found, weights(ours)[name], rtol=2e-5, atol=2e-6, err_msg=name)


def test_what_is_decayed_and_how_fast_it_learns() -> None:
    model = Bag()
    model.layer.bias.requires_grad = False
    by_name = {id(weight): name for name, weight in model.named_parameters()}
    groups = [
        ({by_name[id(w)] for w in g["params"]}, g["peak"], g["weight_decay"])
        for g in optimizer(model, PLAN).param_groups
    ]
    assert groups == [
        ({"layer.weight"}, 1e-2, 0.1),
        ({"word_embeddings.weight", "norm.weight", "norm.bias"}, 1e-2, 0.0),
        ({"head.weight", "head.bias"}, 5e-2, 0.1),
    ]


def test_warm_up_and_decay() -> None:
    shares = [heat(step, 10, 0.4) for step in range(10)]
    np.testing.assert_allclose(shares[:4], [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(shares[4:], np.arange(6, 0, -1) / 6)
    assert heat(10, 10, 0.4) == 0
    assert heat(0, 1, 0.0) == 1.0


def test_every_step_uses_its_share(tmp_path: Path) -> None:
    made = training(tmp_path)
    rates: list[float] = []
    made.tell = lambda **told: rates.append(made.optimizer.param_groups[0]["lr"])
    made.run()
    steps = [r for i, r in enumerate(rates) if i % 4 != 3]  # the fourth of each epoch judges it
    np.testing.assert_allclose(steps, [1e-2 * heat(i, 9, 0.25) for i in range(9)])


def test_gradients_are_clipped(tmp_path: Path) -> None:
    norms: list[float] = []

    def run(clip: float) -> None:
        made = training(tmp_path / str(clip), plan=replace(PLAN, epochs=1, clip=clip))
        step = made.optimizer.step

        def spy() -> None:
            slopes = [w.grad for w in made.model.parameters() if w.grad is not None]
            norms.append(float(torch.cat([s.flatten() for s in slopes]).norm()))
            step()

        made.optimizer.step = spy  # type: ignore[method-assign,assignment]
        made.run()

    run(0.01)
    assert norms == pytest.approx([0.01] * 3, rel=1e-3)
    norms.clear()
    run(1e9)
    assert min(norms) > 0.1


def test_parts_give_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    slopes = []
    for budget in (1000, 20, 3):
        made = training(tmp_path, plan=replace(PLAN, batch_tokens=budget))
        seen: list[int] = []
        batch = made.inputs.batch
        made.inputs.batch = lambda rows, batch=batch, seen=seen: (
            seen.append(len(rows)) or batch(rows)
        )  # type: ignore[method-assign,misc]
        value = made._gradient(np.arange(12))
        assert len(seen) == {1000: 1, 20: len(seen), 3: 12}[budget]
        assert sum(seen) == 12
        slopes.append((value, {n: w.grad.clone() for n, w in made.model.named_parameters()}))
    assert len(slopes) == 3
    for value, found in slopes[1:]:
        assert value == pytest.approx(slopes[0][0], rel=1e-5)
        for name, slope in found.items():
            torch.testing.assert_close(slope, slopes[0][1][name], rtol=1e-4, atol=1e-6)


def test_the_best_weights_come_back(tmp_path: Path) -> None:
    scores = iter([0.3, 0.9, 0.5, 0.4, 0.95])
    kept: list[dict[str, Any]] = []

    def falls(*_: Any) -> float:
        kept.append(weights(made.model))
        return next(scores)

    made = training(tmp_path, plan=replace(PLAN, epochs=5, patience=2), score=falls)
    found = made.run()
    assert found.progress.ended == "no gain"
    assert (found.progress.epoch, found.progress.best_epoch, found.progress.best) == (4, 2, 0.9)
    for name, weight in weights(made.model).items():
        np.testing.assert_array_equal(weight, kept[1][name])
    assert not np.array_equal(kept[1]["head.weight"], kept[3]["head.weight"])


def test_the_mean_of_start_and_best_that_scores_better(tmp_path: Path) -> None:
    scores = iter([0.3, 0.9, 0.5, 0.9, 0.2, 0.95])
    kept: list[dict[str, Any]] = []

    def told(*_: Any) -> float:
        kept.append(weights(made.model))
        return next(scores)

    made = training(tmp_path, plan=replace(PLAN, blends=(0.3, 0.6)), score=told)
    made.run()
    start = weights(Bag())
    for name, weight in weights(made.model).items():
        between = start[name] + 0.6 * (kept[1][name] - start[name])
        np.testing.assert_allclose(weight, between, rtol=1e-5, atol=1e-6)
    assert next(scores, None) is None


class Hungry(Bag):
    """A model that has no memory for more than so many rows."""

    def __init__(self, most: int, cause: Exception) -> None:
        super().__init__()
        self.most = most
        self.cause = cause

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        if self.training and len(ids) > self.most:
            raise self.cause
        return super().forward(ids, mask)


@pytest.mark.parametrize(
    "cause",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("could not create a primitive"),
    ],
)
def test_out_of_memory_halves_and_goes_on(tmp_path: Path, cause: Exception) -> None:
    told: list[dict[str, Any]] = []
    plan = replace(PLAN, batch_tokens=64)
    short = training(tmp_path / "short", model=Hungry(2, cause), plan=plan, told=told)
    plenty = training(tmp_path / "plenty", model=Hungry(99, cause), plan=plan)
    found, _ = short.run(), plenty.run()
    assert any("out of memory" in event.get("warning", "") for event in told)
    assert found.progress.batch_tokens < plan.batch_tokens
    answers = (loop.predict(made.model.eval(), made.held[0], PLAN) for made in (short, plenty))
    np.testing.assert_allclose(*answers, rtol=1e-3, atol=1e-5)


class Wide(Bag):
    """Spreads each word over a megabyte on its way, which changes nothing but the memory."""

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        words = self.word_embeddings(ids) * mask.unsqueeze(-1)
        words = (words.unsqueeze(-1) * torch.ones(2**18 // 6)).mean(-1)
        mean = words.sum(1) / mask.sum(1, keepdim=True)
        found: Tensor = self.head(torch.tanh(self.layer(self.norm(mean))))
        return found


WIDE = replace(PLAN, epochs=1, batch_rows=16, batch_tokens=128)
"""128 MB at once, where `Wide` is trained."""


def limited(folder: Path, spare: int) -> None:
    """Train in a process that is given no more memory than it has and so many MB."""
    import resource

    made = training(folder, model=Wide(), plan=WIDE, rows=24, told=(told := []))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + spare * 2**20, hard))
    found = made.run()
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    warnings = [event["warning"] for event in told if "warning" in event]
    answers = loop.predict(made.model, made.held[0], replace(WIDE, batch_tokens=16)).tolist()
    told_to = {"warnings": warnings, "answers": answers, "tokens": found.progress.batch_tokens}
    (folder / "found.json").write_text(json.dumps(told_to))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_where_memory_really_runs_out_training_goes_on_with_less_at_once(tmp_path: Path) -> None:
    command = f"import test_loop; test_loop.limited(test_loop.Path({str(tmp_path)!r}), 80)"
    there = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", command], env=there, check=True, timeout=120)
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["tokens"] < WIDE.batch_tokens
    assert all("out of memory" in warning for warning in found["warnings"])
    plenty = training(tmp_path / "plenty", model=Bag(), plan=WIDE, rows=24)
    plenty.run()
    answers = loop.predict(plenty.model.eval(), plenty.held[0], PLAN)
    np.testing.assert_allclose(found["answers"], answers, rtol=1e-3, atol=1e-4)


def test_where_a_step_is_timed_memory_may_run_out_too(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    plan, model = replace(PLAN, batch_tokens=64), Hungry(2, MemoryError())
    made = training(tmp_path, model=model, plan=plan, told=told, kind=_Timed)
    assert isinstance(made, _Timed)
    assert made.pace() > 0
    assert any("out of memory" in event.get("warning", "") for event in told)
    assert all(weight.grad is None for weight in model.parameters())


def test_answering_halves_as_well() -> None:
    class Narrow(Bag):
        """Has no memory for more than three rows at once."""

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            if len(ids) > 3:
                raise MemoryError
            return super().forward(ids, mask)

    few, many = Narrow(), Bag()
    found = loop.predict(few, Rows(30), PLAN)
    np.testing.assert_allclose(found, loop.predict(many, Rows(30), PLAN), rtol=1e-4, atol=1e-6)
    with pytest.raises(MemoryShort, match="one row"):
        loop.predict(few, Rows(30), PLAN, lambda **_: few(*[torch.zeros(4, 4)] * 2))


def test_a_part_that_fitted_is_not_counted_twice(tmp_path: Path) -> None:
    class Late(Bag):
        """Has memory for the short rows of a batch, which come first, and not for the long."""

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            if self.training and len(ids) > 1 and ids.shape[1] > 5:
                raise MemoryError
            return super().forward(ids, mask)

    plan = replace(PLAN, batch_rows=12, batch_tokens=24)
    short, plenty = training(tmp_path, model=Late(), plan=plan), training(tmp_path, plan=plan)
    short._step(np.arange(12))
    plenty._step(np.arange(12))
    assert short.now.batch_tokens < 24
    for name, weight in weights(short.model).items():
        np.testing.assert_allclose(weight, weights(plenty.model)[name], rtol=1e-3, atol=1e-5)


def test_no_memory_for_one_row(tmp_path: Path) -> None:
    made = training(tmp_path, model=Hungry(0, MemoryError()), plan=replace(PLAN, batch_tokens=64))
    with pytest.raises(MemoryShort, match="one row"):
        made.run()


def test_other_failures_are_no_lack_of_memory(tmp_path: Path) -> None:
    made = training(tmp_path, model=Hungry(0, RuntimeError("shapes do not match")))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        made.run()


def test_a_loss_that_is_no_number(tmp_path: Path) -> None:
    def nan(logits: Tensor, targets: Tensor) -> Tensor:
        return logits.sum() * float("nan")

    made = training(tmp_path, loss=nan)
    with pytest.raises(NothingLearned, match="nan at step 0"):
        made.run()
    assert all(np.isfinite(weight).all() for weight in weights(made.model).values())


def test_past_the_deadline_nothing_is_called_a_training(tmp_path: Path) -> None:
    with pytest.raises(RungUnavailable, match="none left of the budget"):
        training(tmp_path, plan=replace(PLAN, deadline=time.monotonic() - 1)).run()


def test_the_deadline_ends_training_and_keeps_the_best(tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=1000, patience=1000, deadline=time.monotonic() + 0.3)
    made = training(tmp_path, plan=plan)
    found = made.run()
    assert time.monotonic() < plan.deadline + 5
    assert 1 <= found.progress.epoch < 1000
    best = max(found.progress.history, key=lambda epoch: epoch["metric"])
    logits = loop.predict(made.model, made.held[0], PLAN)
    assert accuracy(logits, Rows(30, seed=1).targets) == best["metric"]


def test_steps_slower_than_planned_are_fewer_and_the_rate_still_falls(tmp_path: Path) -> None:
    def slow(logits: Tensor, targets: Tensor) -> Tensor:
        time.sleep(0.01)
        return functional.cross_entropy(logits, targets)

    plan = replace(PLAN, epochs=100, patience=1000, deadline=time.monotonic() + 1.0)
    made = training(tmp_path, plan=plan, loss=slow)
    planned = made.now.steps
    found = made.run().progress
    assert loop.PACE_STEPS < found.steps < planned / 2
    # A machine that is held up in the last steps is cut off by the deadline, within a pass.
    assert found.steps // made.pass_steps <= found.epoch <= -(-found.steps // made.pass_steps)
    last = made.optimizer.param_groups[0]
    assert last["lr"] < 0.1 * last["peak"]


def test_steps_quicker_than_planned_are_more_up_to_those_wanted(tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=30, wanted=60, patience=1000, deadline=time.monotonic() + 600)
    made = training(tmp_path, plan=plan)
    found = made.run().progress
    assert found.steps == 60 * made.pass_steps
    last = made.optimizer.param_groups[0]
    assert last["lr"] < 0.1 * last["peak"]


def test_no_step_is_added_after_the_middle(tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=16, wanted=60, patience=1000, deadline=time.monotonic() + 600)
    made = training(tmp_path, plan=plan)
    assert made.now.steps < 2 * loop.PACE_STEPS
    assert made.run().progress.steps == 16 * made.pass_steps


def test_part_of_a_pass_is_planned_and_judged(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    made = training(tmp_path, plan=replace(PLAN, epochs=1.3), told=told)  # three steps a pass
    found = made.run()
    assert made.now.steps == 4
    assert [event["step"] for event in told if "loss" in event] == [1, 2, 3, 4]
    assert [row["epoch"] for row in found.progress.history] == [1, 2]
    assert heat(3, made.now.steps, PLAN.warmup) > 0 == heat(4, made.now.steps, PLAN.warmup)


def interrupted(folder: Path, at: int) -> None:
    """Press Ctrl-C while the step after `at` steps is under way, and leave the state behind."""
    steps = 0

    def press(logits: Tensor, targets: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGINT)
        return functional.cross_entropy(logits, targets)

    with pytest.raises(Interrupted, match="--resume") as caught:
        training(folder, loss=press).run()
    assert caught.value.exit_code == 130
    assert f"step {at} of 9" in caught.value.got


@pytest.mark.parametrize("at", [1, 3, 5, 9])
def test_ctrl_c_loses_no_step(tmp_path: Path, at: int) -> None:
    interrupted(tmp_path / "cut", at)
    before = signal.getsignal(signal.SIGINT)
    assert before is signal.default_int_handler
    resumed, whole = training(tmp_path / "cut"), training(tmp_path / "whole")
    ends: list[Trained] = [resumed.run(), whole.run()]
    assert ends[0].progress == ends[1].progress
    for name, weight in weights(resumed.model).items():
        np.testing.assert_array_equal(weight, weights(whole.model)[name])


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    def press(logits: Tensor, targets: Tensor) -> Tensor:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return functional.cross_entropy(logits, targets)

    with pytest.raises(KeyboardInterrupt):
        training(tmp_path, loss=press).run()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not (tmp_path / "state.safetensors").exists()


def test_dropout_goes_on_with_the_same_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)

    class Forgetful(Bag):
        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            hidden = torch.tanh(self.layer(self.word_embeddings(ids).mean(1)))
            found: Tensor = self.head(functional.dropout(hidden, 0.5, self.training))
            return found

    class Gone(Exception):
        """The process is no more."""

    def dies(**told: Any) -> None:
        if told["step"] == 5:
            raise Gone

    with pytest.raises(Gone):
        training(tmp_path / "cut", model=Forgetful(), progress=dies).run()
    torch.manual_seed(99)
    resumed = training(tmp_path / "cut", model=Forgetful())
    resumed.run()
    whole = training(tmp_path / "whole", model=Forgetful())
    whole.run()
    for name, weight in weights(resumed.model).items():
        np.testing.assert_array_equal(weight, weights(whole.model)[name])


@pytest.mark.parametrize(("epochs", "looks"), [(3, 2), (1.5, 1), (1, 2), (0.7, 2)])
def test_looks_at_a_training_change_nothing_in_it(
    epochs: float, looks: int, tmp_path: Path
) -> None:
    """After each pass but the last; of a single one, after its first and its second third."""
    seen: list[list[float]] = []

    def note(found: list[float]) -> bool:
        seen.append(list(found))
        return False

    plan = replace(PLAN, epochs=epochs, batch_rows=1)
    alone = training(tmp_path / "alone", plan=plan)
    looked = training(tmp_path / "looked", plan=plan, hopeless=note)
    history, found = alone.run().progress.history, looked.run().progress
    assert found.history == history
    assert [len(each) for each in seen] == list(range(1, looks + 1))
    if epochs > 1:
        assert seen[-1] == [each["metric"] for each in history[:looks]]
    before, after = weights(alone.model), weights(looked.model)
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(("epochs", "steps"), [(3, 12), (1, 4)])
def test_a_training_without_hope_ends(epochs: float, steps: int, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    plan = replace(PLAN, epochs=epochs, batch_rows=1)
    cut = training(tmp_path, plan=plan, hopeless=lambda _: True, told=told)
    assert cut.run().progress.ended == "pruned"
    assert max(each["step"] for each in told) == steps

    def never(_: list[float]) -> bool:
        raise AssertionError("it was asked again")

    if epochs > 1:  # what was saved says that it has ended
        again = training(tmp_path, plan=plan, hopeless=never)
        assert again.run().progress.looks == cut.now.looks
