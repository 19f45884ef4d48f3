"""Reading on before the ladder: in texts without labels the base model guesses word pieces.

An encoder guesses hidden ones, a causal model each next one. What comes of it takes the base
model's place only where the cheapest rung that reads answers better on it, to rows that it did not
learn from: `probe`, out of fold, to all training and validation rows; `prompted`, which learns
nothing, to the validation rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedbed.backbones.batches import memory
from seedbed.data.unlabelled import Unlabelled
from seedbed.errors import MemoryShort, NothingLearned, RungUnavailable, WrongValue
from seedbed.home import read_json, write_json
from seedbed.recipe import Pretrain
from seedbed.tune.climb import measured
from seedbed.tune.context import Context
from seedbed.tune.reading import Reading
from seedbed.tune.reading_causal import ReadingCausal
from seedbed.tune.rungs.probe import Probe
from seedbed.tune.rungs.prompted import Prompted
from seedbed.tune.stop import Said

READING: Mapping[str, type[Reading]] = {"text": Reading, "causal": ReadingCausal}


@dataclass(frozen=True)
class Facts:
    """What came of it; stands in the report.

    Attributes:
        texts: How many were learnt from.
        aside: Texts left out because they are rows of a split, by split.
        passes: Over them.
        seconds: All of it took.
        before, after: Mean loss of a guessed piece of texts set aside, in nats.
        base, value: That rung's metric on the base model, and on what came of it.
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


def pretrained(
    context: Context, found: Unlabelled, asked: Pretrain
) -> tuple[Context, Facts | None]:
    """Read on, and return the context that the ladder is to climb with, and what came of it.

    All of it lies in the run's folder `pretrain`; a killed run goes on where it was. Where nothing
    comes of it, for want of time or memory, the base model stays, and a warning says why.

    Raises:
        WrongValue: the base model is neither an encoder of texts nor one that writes.
    """
    if context.backbone.modality not in READING:
        raise WrongValue(
            expected="pretrain: with an encoder of texts, or a causal language model",
            got=f"{context.backbone.name}, which reads {context.backbone.modality}",
            do="Take it out, or set base: to an encoder such as minilm.",
            where="pretrain",
        )
    folder = context.run / "pretrain"
    path = folder / "facts.json"
    after = replace(context, start=folder / "model")
    if path.is_file():
        facts = Facts(**read_json(path))
    else:
        began = time.monotonic()
        try:
            reading = READING[context.backbone.modality]
            with memory("reading on", "继续预训练"):
                told = _told(folder / "read.json", reading(context, found.texts, asked, folder))
        except (RungUnavailable, MemoryShort, NothingLearned) as cause:
            context.tell("warning", warning=f"pretrain: the base model stays: {cause}")
            return context, None
        scores = {"base": _probed(context), "value": _probed(after)}
        facts = _facts(context, found, told, scores, time.monotonic() - began)
        write_json(path, vars(facts))
    context.tell("pretrain", **vars(facts))
    return (after if facts.kept else context), facts


def pinned(facts: Facts) -> dict[str, Any]:
    """Return the recipe's keys by which the same is done again, whatever the clock says."""
    return {"pretrain.passes": facts.passes, "pretrain.minutes": None}


def _told(path: Path, reading: Reading) -> dict[str, float]:
    """Train, unless a run that was killed later has done it."""
    if not path.is_file():
        write_json(path, reading.run())
    found: dict[str, float] = read_json(path)
    return found


def _probed(context: Context) -> float:
    """Return the rung's metric on the rows that it did not learn from."""
    held = _rung(context)(context).held_out()
    return measured(context, held.fresh(context.learnt)).value


def _rung(context: Context) -> type[Probe | Prompted]:
    return Prompted if context.modality.headless else Probe


def _facts(
    context: Context,
    found: Unlabelled,
    told: Mapping[str, float],
    scores: Mapping[str, float],
    seconds: float,
) -> Facts:
    kept = scores["value"] > scores["base"]
    metric, rung = context.recipe.quality.metric, _rung(context).name
    en, zh = ("next", "下一个") if context.modality.headless else ("hidden", "被遮")
    shown = {name: f"{score:.4f}" for name, score in scores.items()}
    texts, before, after = len(found.texts), told["before"], told["after"]
    said = {
        "en": f"Read on in {texts:,} texts without labels, {told['passes']:.2g} passes: the loss of"
        f" a {en} word piece went from {before:.2f} to {after:.2f}. "
        + ("Kept" if kept else "Not kept, the base model stays")
        + f": `{rung}` has {metric} {shown['value']} on it, {shown['base']} on the base model.",
        "zh": f"在 {texts:,} 条无标签文本上继续预训练 {told['passes']:.2g} 轮："
        f"{zh}词元的损失由 {before:.2f} 变为 {after:.2f}。"
        + ("采用" if kept else "未采用，仍用原基座模型")
        + f"：`{rung}` 的 {metric} 为 {shown['value']}，原基座模型上为 {shown['base']}。",
    }
    return Facts(texts, found.aside, seconds=seconds, kept=kept, said=said, **told, **scores)
