"""What the options that better the model share: fewer errors, each with its cost, from some month.

A wrong answer costs `value.error_cost`; fewer of them are worth that much each. That better answers
also keep or win customers is not in it: nothing that Seedbed measures says how much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.invest.evidence import Evidence
from seedbed.venture.invest.option import Effect, Left, Option
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

Floats = NDArray[np.float64]
NEEDS = ("unit.error_rate", "value.error_cost")
PASSLESS = ("baseline", "probe", "prompted", "untuned", "bm25")
"""Rungs that make no passes over the rows."""


def lacks(setting: Setting, key: str, title: Said, *, release: bool = True) -> Left | None:
    """Return what is missing before fewer errors can be valued; None where nothing is."""
    if missing := setting.has(*NEEDS):
        named = ", ".join(missing)
        return Left(
            key,
            title,
            Said(
                f"{named} has no value: without it fewer errors have no worth in money",
                f"缺少 {named}：没有它，减少错误无法折算成钱",
            ),
        )
    if release and setting.evidence is None:
        return Left(
            key,
            title,
            Said(
                "no release is named in about.releases",
                "about.releases 没有写明模型版本",
            ),
        )
    return None


def better(
    setting: Setting,
    *,
    key: str,
    group: str,
    title: Said,
    cost: Floats,
    work: str,
    factors: dict[str, Floats],
    delay: int,
    rests: tuple[str, ...],
    command: str,
    notes: tuple[Said, ...],
) -> Option:
    """Return the option that changes errors (and what else `factors` names) after some months.

    Args:
        setting: What it is weighed against.
        key: Of the option.
        group: Of those that exclude each other.
        title: What is done.
        cost: (N,) money, without one's own work.
        work: Kind of work that comes to it: a row `hours_…` of the table of options.
        factors: Path -> (N,) factor.
        delay: Months before anything changes.
        rests: What it rests on besides.
        command: What to type next.
        notes: What was assumed.
    """
    effect = Effect(factors=factors)
    flows = setting.flows(effect, delay=delay)
    return Option(
        key=key,
        group=group,
        title=title,
        cost=cost + setting.work(work),
        flows=flows,
        worth=setting.worth(flows),
        rests=(*NEEDS, "customers.answers", *rests, "invest.work_hour", f"invest.hours_{work}"),
        command=command,
        effect=effect,
        notes=notes,
    )


def training(evidence: Evidence, rung: str, hour: Floats, epochs: Floats) -> Floats:
    """Return what the machine costs while a rung is climbed, in money.

    A training step is three forward passes (one of them forward, two back), so a pass over the rows
    takes 3 · rows / (rows a second of the model as it was trained); see `tune/rungs`, `work`.
    """
    speed = evidence.forward()
    if speed is None or rung in PASSLESS:
        return np.zeros_like(hour)
    return np.asarray(3 * evidence.rows * epochs / speed / 3600 * hour)


def climbed(evidence: Evidence, rung: str, value: float) -> Said:
    """Say what came of a rung that the release has climbed."""
    metric, best = evidence.metric, evidence.value()
    if rung == evidence.rung:
        return Said(
            f"it is in {evidence.name} already: `{rung}` was the best rung, {metric} {value:.4f} "
            "on held-out rows",
            f"{evidence.name} 已采用：`{rung}` 是最佳一级，验证集 {metric} {value:.4f}",
        )
    return Said(
        f"{evidence.name} has tried it: `{rung}` reached {metric} {value:.4f} on held-out rows, "
        f"`{evidence.rung}` {best:.4f}",
        f"{evidence.name} 已试过：验证集 {metric}，`{rung}` 为 {value:.4f}，"
        f"`{evidence.rung}` 为 {best:.4f}",
    )
