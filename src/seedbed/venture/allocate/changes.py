"""What changed since a split that was kept: only what is more than the draws' own noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.venture.allocate.problem import Array
from seedbed.venture.allocate.study import Study
from seedbed.venture.allocate.tables import told
from seedbed.venture.document.numbers import money
from seedbed.venture.result import Caution, Figure, Said, Table

_NONE = Said("", "")
LEAST = 2
"""Resamples below which the draws' noise is not known."""
SURE = 0.95
"""Of splits that differ by the draws alone, so many are told as unchanged."""
TINY = 1e-3
"""A smaller share of a use's money is no change, whatever the noise."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a use gets in all, over the months that both splits cover.

    Attributes:
        name: The use.
        was: In the split that was kept.
        now: In this one.
        noise: What the two may differ by where nothing but the draws is another.
    """

    name: str
    was: float
    now: float
    noise: float

    @property
    def real(self) -> bool:
        """Whether it is more than noise."""
        return abs(self.now - self.was) > self.noise


def changes(study: Study, last: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what each use got and gets; nothing where the splits share no month.

    The noise is Student's interval of the difference of two splits that were each decided by draws
    of their own: that of this split is the spread over its bootstrap resamples, that of the other
    the same, as draws are more or fewer.
    """
    new = told(study)
    shared = [month for month in new["months"] if month in set(last["months"])]
    if not shared:
        return ()
    noise = dict(zip(study.built.names, _noise(study, shared, last["draws"]), strict=True))
    before, now = last["monthly"], new["monthly"]
    found = []
    for name in {**before, **now}:
        was = _over(before.get(name), last["months"], shared)
        gets = _over(now.get(name), new["months"], shared)
        least = TINY * max(was, gets)
        found.append(Change(name, was, gets, max(float(noise.get(name, 0.0)), least)))
    return tuple(found)


def _noise(study: Study, shared: list[str], draws: int) -> Array:
    """Return what the sums over some months may differ by through the draws alone, (U,)."""
    from scipy.stats import t

    new = told(study)["months"]
    wanted = [new.index(month) for month in shared]
    sums = np.array([study.built.paid(x)[:, wanted].sum(axis=1) for x in study.resampled])
    both = np.sqrt(1 + study.built.problem.draws / draws)
    return np.asarray(t.ppf((1 + SURE) / 2, len(sums) - 1) * both * sums.std(axis=0, ddof=1))


def _over(paid: list[float] | None, months: list[str], shared: list[str]) -> float:
    if paid is None:
        return 0.0
    return float(sum(amount for month, amount in zip(months, paid, strict=True) if month in shared))


def table(study: Study, last: Mapping[str, Any] | None) -> tuple[Table, ...]:
    """Return the table of what changed, where there is something to compare with."""
    if last is None or len(study.resampled) < LEAST:
        return ()
    heads = (
        Said("use", "用途"), Said("before", "之前"), Said("now", "现在"), Said("change", "变化"),
        Said("chance alone: up to", "仅抽样波动：至多"),
    )  # fmt: skip
    rows = tuple(
        (one.name, *(_money(x, study) for x in (one.was, one.now)), _change(one, study),
         _money(one.noise, study))
        for one in changes(study, last)
    )  # fmt: skip
    title = Said(
        f"Since the split of {last['date']}, in all over the months of both",
        f"与 {last['date']} 的分配相比（两者共有月份的合计）",
    )
    return (Table("allocate.changed", title, heads, rows),) if rows else ()


def _change(one: Change, study: Study) -> Figure | Said:
    if one.real:
        return _money(one.now - one.was, study)
    return Said("none beyond chance", "未超出抽样波动")


def _money(amount: float, study: Study) -> Figure:
    return Figure("", _NONE, round(amount, 2) + 0.0, study.plan.venture.currency)


def unlike(study: Study, last: Mapping[str, Any] | None) -> tuple[Caution, ...]:
    """Return the caution that the two splits answer different questions, where they do."""
    if last is None or len(study.resampled) < LEAST:
        return ()
    before, now = last["asked"], told(study)["asked"]
    differ = [key for key in now if before.get(key) != now[key]]
    if not differ:
        return ()
    old, new = (_question(asked, differ, last["currency"]) for asked in (before, now))
    return (
        Caution(
            "allocate.unlike",
            Said(
                f"The split of {last['date']} was asked otherwise: {old.en}; this one: {new.en}."
                " What changed is the question's doing too.",
                f"{last['date']} 的分配所问不同：{old.zh}；本次：{new.zh}。"
                "所列变化也包含提问不同的影响。",
            ),
        ),
    )


def _question(asked: Mapping[str, Any], keys: list[str], code: str) -> Said:
    said = [_word(key, asked.get(key), code) for key in keys]
    return Said(", ".join(one.en for one in said), "，".join(one.zh for one in said))


def _word(key: str, value: Any, code: str) -> Said:
    if key == "period":
        return {"month": Said("by month", "按月")}.get(value, Said("by quarter", "按季度"))
    if key == "budget":
        if value is None:
            return Said("no budget but the cash", "除现金外没有预算限制")
        return Said(f"a budget of {money(value, code)}", f"预算 {money(value, code)}")
    if key == "months":
        return Said(f"{value} months", f"{value} 个月")
    if key == "after":
        if value:
            return Said("the last level goes on", "最后一期的水平延续")
        return Said("nothing after the last month", "最后一月之后不计")
    if not value:
        return Said("the mean alone", "只看均值")
    return Said(
        f"the worst {value['worst']:.1%} of draws weighed {value['weight']:g}",
        f"最差 {value['worst']:.1%} 情形的权重为 {value['weight']:g}",
    )


def notes(study: Study, last: Mapping[str, Any] | None, *, trial: bool) -> Iterator[Said]:
    """Yield what to know of the comparison, and of whether this split is kept."""
    if last is not None and len(study.resampled) < LEAST:
        yield Said(
            f"What changed since the split of {last['date']} is told by `plan allocate`: to know"
            " the noise of the draws the split is searched for again, and that takes long here.",
            f"与 {last['date']} 的分配相比的变化请见 `plan allocate`："
            "要知道抽样波动须重新求解，而此处每次求解耗时较长。",
        )
    if trial:
        yield Said(
            "This split is not kept: the next is not compared with it (--keep keeps it).",
            "本次分配不保存，下次不会与它比较（--keep 可保存）。",
        )
