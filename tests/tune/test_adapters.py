"""The kinds of adapter: AdaLoRA's ranks by hand, and what a run makes of each."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from safetensors.torch import load_file
from torch import nn

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.backbones import prefixed
from seedbed.backbones.encoder import load_encoder, pool
from seedbed.backbones.modalities.base import load
from seedbed.backbones.network import Classifier, Network
from seedbed.errors import WrongValue
from seedbed.home import read_json, sha256, write_json
from seedbed.tune import loop
from seedbed.tune.ranks import Ranks
from seedbed.tune.rungs.adapter import KINDS, Adapter

LEAST, MOST = 1, 2
"""Ranks that a layer has at the end, on average, and at first."""


class Two(nn.Module):
    """Two layers, the second of which may be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(3, 4), nn.Linear(4, 3)


def adapted(seed: int = 0) -> tuple[Ranks, dict[str, nn.Parameter]]:
    """Return AdaLoRA on two layers, and its weights by peft's name, drawn by the seed."""
    from peft import AdaLoraConfig, get_peft_model

    config = AdaLoraConfig(
        init_r=MOST, target_r=LEAST, target_modules=["one", "two"], total_step=1, lora_alpha=2
    )
    whole: Any = get_peft_model(Two(), config)
    draw = torch.Generator().manual_seed(seed)
    found = {n: w for n, w in whole.base_model.model.named_parameters() if w.requires_grad}
    with torch.no_grad():
        for weight in found.values():
            weight.copy_(torch.randn(weight.shape, generator=draw))
    return Ranks(whole), found


def slopes(weights: dict[str, nn.Parameter], step: int) -> None:
    draw = torch.Generator().manual_seed(step)
    for weight in weights.values():
        weight.grad = torch.randn(weight.shape, generator=draw)


def left(weights: dict[str, nn.Parameter]) -> list[list[bool]]:
    return [(w != 0).flatten().tolist() for n, w in weights.items() if "lora_E" in n]


class ByHand:
    """Equations 6 to 9 of the paper, and the cube by which ranks fall."""

    def __init__(self, weights: dict[str, nn.Parameter]) -> None:
        self.weights = {n: w.detach().numpy().copy() for n, w in weights.items()}
        self.mean = {n: np.zeros_like(w) for n, w in self.weights.items()}
        self.spread = {n: np.zeros_like(w) for n, w in self.weights.items()}
        self.values = [name for name in self.weights if "lora_E" in name]

    def step(self, slopes: dict[str, Any], step: int) -> None:
        for name, weight in self.weights.items():
            matters = np.abs(weight * slopes[name].numpy())
            self.mean[name] = 0.85 * self.mean[name] + 0.15 * matters
            off = np.abs(matters - self.mean[name])
            self.spread[name] = 0.85 * self.spread[name] + 0.15 * off
        early, last = 1, 7  # of ten steps
        if step > early:
            share = 1 - (step - early) / (last - early)
            most, least = MOST * len(self.values), LEAST * len(self.values)
            self.strike(most - int((most - least) * share**3 + least))

    def strike(self, many: int) -> None:
        scores = np.concatenate([self.score(name) for name in self.values])
        struck = scores <= np.sort(scores)[many - 1]
        for i, name in enumerate(self.values):
            self.weights[name][struck[i * MOST : (i + 1) * MOST]] = 0

    def score(self, name: str) -> Any:
        each = {
            part: self.mean[other] * self.spread[other]
            for part in "AEB"
            for other in [name.replace("lora_E", f"lora_{part}")]
        }
        return each["E"][:, 0] + each["A"].mean(1) + each["B"].mean(0)

    def left(self) -> list[list[bool]]:
        return [(self.weights[name] != 0).flatten().tolist() for name in self.values]


def test_ranks_are_struck_out_as_by_hand() -> None:
    ranks, weights = adapted()
    hand, counts = ByHand(weights), []
    for step in range(10):
        slopes(weights, step)
        if step < 7:
            hand.step({n: w.grad for n, w in weights.items()}, step)
        ranks.allot(step, 10)
        counts.append(sum(map(sum, left(weights))))
        assert left(weights) == hand.left(), step
    assert counts[:4] == [4, 4, 3, 2]
    with torch.no_grad():  # what the optimizer would make of those that were struck out
        for name, weight in weights.items():
            weight.add_("lora_E" in name)
    ranks.allot(9, 10)
    assert left(weights) == hand.left()


def test_vectors_are_straightened() -> None:
    ranks, weights = adapted()
    ranks.straighten()
    total = torch.zeros(())
    copies = {n: w.detach().clone().requires_grad_() for n, w in weights.items()}
    for name, w in copies.items():
        if "lora_A" in name:
            total = total + (w @ w.T - torch.eye(MOST)).square().sum().sqrt()
        if "lora_B" in name:
            total = total + (w.T @ w - torch.eye(MOST)).square().sum().sqrt()
    (0.5 * total / 4).backward()  # type: ignore[no-untyped-call]
    for name, weight in weights.items():
        if "lora_E" in name:
            assert weight.grad is None
        else:
            torch.testing.assert_close(weight.grad, copies[name].grad)


@pytest.mark.parametrize("at", [1, 3, 8])
def test_ranks_go_on_where_they_were_cut_off(at: int) -> None:
    ranks, weights = adapted()
    for step in range(10):
        if step == at:
            kept = {name: tensor.clone() for name, tensor in ranks.tensors().items()}
            ranks, again = adapted(seed=1)
            with torch.no_grad():
                for name, weight in again.items():
                    weight.copy_(weights[name])
            weights = again
            ranks.restore(kept)
        slopes(weights, step)
        ranks.allot(step, 10)
    whole, undisturbed = adapted()
    for step in range(10):
        slopes(undisturbed, step)
        whole.allot(step, 10)
    assert left(weights) == left(undisturbed)
    assert {n: t.tolist() for n, t in ranks.tensors().items()} == {
        n: t.tolist() for n, t in whole.tensors().items()
    }


@pytest.mark.parametrize("plans", [[20] * 5 + [6], [10] * 2 + [2], [1], [2, 2]])
def test_ranks_are_settled_though_fewer_steps_are_planned(plans: Sequence[int]) -> None:
    ranks, weights = adapted()
    for step, steps in enumerate(plans):
        slopes(weights, step)
        ranks.allot(step, steps)
    assert sum(map(sum, left(weights))) == (4 if plans == [1] else 2)


def test_a_layer_that_the_answer_does_not_go_through() -> None:
    ranks, weights = adapted()
    for step in range(10):
        for name, weight in weights.items():
            weight.grad = torch.ones_like(weight) if ".one." in f".{name}" else None
        ranks.allot(step, 10)
    assert left(weights) == [[True, True], [False, False]]


def test_factors_are_not_decayed() -> None:
    """A factor that is drawn to 0 would put its output out."""
    from peft import IA3Config, get_peft_model

    config = IA3Config(target_modules=["one", "two"], feedforward_modules=[])
    model = Classifier(Holder(get_peft_model(Two(), config)), nn.Linear(3, 2))
    plan: Any = type("Plan", (), {"rate": 0.1, "head_rate": 0.2, "decay": 0.3})
    groups = loop.optimizer(model, plan).param_groups
    assert [(len(g["params"]), g["peak"], g["weight_decay"]) for g in groups] == [
        (2, 0.1, 0.0),
        (2, 0.2, 0.3),
    ]


class Holder(Network):
    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder


@pytest.mark.parametrize("kind", ["adalora", "ia3", "prefix"])
def test_cut_off_anywhere_it_ends_with_the_same_weights(
    kind: str, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    found = []
    # Of eight steps the second is the first to strike out, and the seventh the last.
    for name, cuts in {"whole": [], "cut": [3, 6, 8] if kind == "adalora" else [6]}.items():
        for cut in [*cuts, None]:
            changes = {"ladder__epochs": {"adapter": 2}, "train__batch_rows": 12}
            context = rows.context(
                small, tmp_path / name, rows=48, held=12, train__adapter=kind, **changes
            )
            context.events.listen(lambda event, cut=cut: cut_at(event.told, cut))
            rung = registry.kind("rungs", "adapter")(context)
            if cut is None:
                rung.climb()
                break
            with pytest.raises(Cut):
                rung.climb()
            assert (rung.folder / "state.safetensors").is_file()
        found.append({
            path.name: sha256(path)
            for path in rung.model.rglob("*.safetensors")
        })  # fmt: skip
    assert found[0] == found[1]
    assert set(found[0]) >= {"model.safetensors", "adapter_model.safetensors"}


class Cut(Exception):
    """As if it were killed."""


def cut_at(told: dict[str, Any], step: int | None) -> None:
    if "loss" in told and told["step"] == step:
        raise Cut


def test_adalora_leaves_the_ranks_that_it_was_given(small: Path, tmp_path: Path) -> None:
    """In bfloat16 too its matrices are float32; and what plain peft loads is what was merged."""
    context = rows.context(
        small,
        tmp_path,
        ladder__epochs={"adapter": 1},
        train__adapter="adalora",
        train__precision="bfloat16",
    )
    seen: list[torch.dtype] = []
    rung = Adapter(context)
    train = rung.train
    rung.train = lambda model, inputs: (  # type: ignore[method-assign]
        seen.extend(w.dtype for w in model.parameters() if w.requires_grad) or train(model, inputs)
    )
    rung.climb()
    assert set(seen) == {torch.float32}
    kept = load_file(rung.model / "adapter" / "adapter_model.safetensors")
    values = [tensor for name, tensor in kept.items() if name.endswith("lora_E")]
    assert len(values) == 12
    assert {len(one) for one in values} == {6}
    assert sum(int((one != 0).sum()) for one in values) == 12 * 4  # `lora_rank` in the recipe
    merged = load_file(rung.model / "model.safetensors")
    base = load_file(small / "model.safetensors")
    for name, before in base.items():
        path = f"base_model.model.{name.removesuffix('.weight')}.lora_"
        if f"{path}A" not in kept:
            continue
        a, b, e = (kept[f"{path}{part}"] for part in "ABE")
        torch.testing.assert_close(merged[name], before + 2 * b @ (e * a), rtol=1e-3, atol=1e-4)


def test_a_kind_has_its_own_rate_and_work(small: Path, tmp_path: Path) -> None:
    rates, seconds = {}, {}
    for kind in KINDS:
        context = rows.context(small, tmp_path / kind, train__adapter=kind)
        context.speed = type("Speed", (), {"forward": 100.0})()
        rung = Adapter(context)
        seconds[kind], rates[kind] = rung.epoch_seconds(), rung._rate()
    assert rates["lora"] == Adapter.rate < rates["adalora"]
    assert rates["lora"] < rates["ia3"]
    assert rates["lora"] < rates["prefix"]
    assert seconds["prefix"] < seconds["ia3"] < seconds["lora"] < seconds["adalora"]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_prefix_answers_as_plain_peft_does(precision: str, small: Path, tmp_path: Path) -> None:
    """The base model's weights stay as they are, and what learns is float32."""
    from peft import PeftModel

    context = rows.context(
        small,
        tmp_path,
        ladder__epochs={"adapter": 1},
        train__adapter="prefix",
        train__prefix_length=5,
        train__precision=precision,
    )
    rung, seen = Adapter(context), []
    train = rung.train
    rung.train = lambda model, inputs: (  # type: ignore[method-assign]
        seen.extend((w.dtype, w.shape) for w in model.parameters() if w.requires_grad)
        or train(model, inputs)
    )
    candidate = rung.climb()
    assert set(seen) == {  # keys and values of two layers; the head
        (torch.float32, torch.Size(shape)) for shape in ([5, 2 * 2 * 384], [3, 384], [3])
    }
    base, tuned = (load_file(one / "model.safetensors") for one in (small, rung.model))
    learnt = tuned.pop(f"{prefixed.NAME}.weight")
    assert learnt.shape == (5, 2 * 2 * 384)
    assert learnt.abs().max() > 0.001
    assert len(tuned) > 30
    assert all((one == base[name]).all() for name, one in tuned.items())

    network = load(rung.model).network(rung.model)
    plain: Any = PeftModel.from_pretrained(load_encoder(small), str(rung.kept))
    texts = context.validation.inputs[:7]
    batch = {
        k: torch.from_numpy(v)
        for k, v in context.modality.batch(context.modality.encode(texts)).items()
    }
    with torch.inference_mode():
        theirs = pool(plain(**batch).last_hidden_state, batch["attention_mask"], "mean")
        ours, bare = network(**batch), context.modality.network(small)(**batch)
        alone = context.modality.batch(context.modality.encode(texts[:1]))
        single = network(**{k: torch.from_numpy(v) for k, v in alone.items()})
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(single, ours[:1], rtol=1e-4, atol=1e-5)  # padding changes nothing
    assert (ours - bare).abs().max() > 0.01
    assert candidate.validation.shape == (60, 3)


def test_no_prefix_where_it_cannot_stand(small: Path, tmp_path: Path) -> None:
    told = {"train__adapter": "prefix", "train__max_tokens": 500}
    context = rows.context(small, tmp_path / "long", **told)
    with pytest.raises(WrongValue, match=r"train\.max_tokens of at most 496.* places of the 512"):
        registry.kind("rungs", "adapter")(context)
    other = shutil.copytree(small, tmp_path / "other")
    write_json(other / "config.json", read_json(small / "config.json") | {"model_type": "mpnet"})
    context = rows.context(other, tmp_path / "run", train__adapter="prefix")
    with pytest.raises(WrongValue, match=r"lora, adalora, ia3 with .* of the type mpnet"):
        registry.kind("rungs", "adapter")(context)


@pytest.mark.parametrize("kind", ["Prefix", "LoRA", "", None, 3])
def test_no_other_kinds(kind: Any) -> None:
    told = {"name": "small", "data": {"train": "rows.csv"}, "train": {"adapter": kind}}
    with pytest.raises(WrongValue, match=r"train\.adapter: 'lora', 'adalora', 'ia3' or 'prefix'"):
        recipes.validate(told)
