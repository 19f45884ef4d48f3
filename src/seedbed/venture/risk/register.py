"""The register of risks: the file's own, and those that the model itself can see.

A risk of the model has no watcher: somebody must be named. What it costs is told where it can be;
it is not added to the file's risks, for the model's own cash has it already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NoOptimum
from seedbed.venture.findings import findings
from seedbed.venture.invest.evidence import of
from seedbed.venture.invest.options import price
from seedbed.venture.invest.setting import Setting
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said
from seedbed.venture.risk.joint import Joint, together
from seedbed.venture.runway.study import Study

Floats = NDArray[np.float64]

KINDS = {
    "technical": Said("technical", "技术"),
    "market": Said("market", "市场"),
    "competition": Said("competition", "竞争"),
    "money": Said("money", "资金"),
    "law": Said("law", "法律"),
    "ethics": Said("ethics", "伦理"),
    "people": Said("people", "人员"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A risk.

    Attributes:
        key: Name for programs.
        name: What may happen.
        kind: Of which kind.
        chance: (N,) that it happens within the plan; one number where the model sees it.
        cost: (N,) what it costs then; None where nobody can say.
        watches: Who watches it; empty: nobody.
        sign: What shows it first.
        own: Whether the file names it; else the model sees it.
    """

    key: str
    name: Said
    kind: str
    chance: Floats
    cost: Floats | None
    watches: str
    sign: Said
    own: bool

    @property
    def expected(self) -> float | None:
        """Chance times cost, on average over the draws."""
        return None if self.cost is None else float((self.chance * self.cost).mean())


def entries(plan: Plan, setting: Setting) -> tuple[Entry, ...]:
    """Return all risks, the file's first, those of the greatest expected cost on top."""
    own = sorted(_written(plan), key=lambda one: (-(one.expected or 0), one.key))
    return (*own, *_seen(plan, setting))


def joint(plan: Plan, risks: tuple[Entry, ...]) -> Joint | None:
    """Return what the file's risks cost together; None where it names none."""
    own = [one for one in risks if one.own and one.cost is not None]
    if not own:
        return None
    source = np.random.default_rng([plan.venture.seed, 7])
    costs = [one.cost for one in own if one.cost is not None]
    return together([one.chance for one in own], costs, source)


def missing_kinds(risks: tuple[Entry, ...]) -> list[str]:
    """Return the kinds of which the file names no risk."""
    named = {one.kind for one in risks if one.own}
    return [kind for kind in KINDS if kind not in named]


def _written(plan: Plan) -> Iterator[Entry]:
    for risk in plan.venture.risks:
        path = f"risks.{risk.name}"
        yield Entry(
            key=risk.name,
            name=Said(risk.name, risk.name),
            kind=risk.kind,
            chance=np.asarray(plan.draws[f"{path}.chance"]),
            cost=np.asarray(plan.draws[f"{path}.cost"]),
            watches=risk.watches,
            sign=Said(risk.sign, risk.sign),
            own=True,
        )


def _seen(plan: Plan, setting: Setting) -> Iterator[Entry]:
    yield _ruin(plan)
    yield from _bound(setting)
    yield from _held(plan)
    yield from _doubtful(plan)


def _ruin(plan: Plan) -> Entry:
    share = Study(plan, paths=max(1000, min(plan.venture.draws, 20_000))).ruin.share
    return Entry(
        key="ruin",
        name=Said("the money runs out within the plan", "计划期内资金耗尽"),
        kind="money",
        chance=np.array([share]),
        cost=np.array([float(plan.venture.capital)]),
        watches="",
        sign=Said("seedbed plan runway: cash by month", "seedbed plan runway：逐月现金"),
        own=False,
    )


def _bound(setting: Setting) -> Iterator[Entry]:
    """Yield that the best price is chosen by a bound: the optimum is not where it is said to be."""
    if setting.has("price.now", "price.elasticity"):
        return
    try:
        best, _ = price.found(setting)
    except NoOptimum:
        return
    share = best.at_low + best.at_high
    if share > 0.01:
        yield Entry(
            key="price bound",
            name=Said(
                "the best price lies on a bound of the search, not inside it",
                "最优价落在搜索范围的边界上",
            ),
            kind="market",
            chance=np.array([share]),
            cost=np.array([max(0.0, best.regret)]),
            watches="",
            sign=Said("seedbed plan price: its regret", "seedbed plan price：遗憾值"),
            own=False,
        )


def _held(plan: Plan) -> Iterator[Entry]:
    evidence = of(plan)
    if evidence is not None and evidence.held():
        yield Entry(
            key="release on hold",
            name=Said(
                f"{evidence.name} is sold although the judge says hold",
                f"{evidence.name} 在售，但评审结论为暂缓",
            ),
            kind="technical",
            chance=np.array([1.0]),
            cost=None,
            watches="",
            sign=Said("the release's report", "该版本的报告"),
            own=False,
        )


def _doubtful(plan: Plan) -> Iterator[Entry]:
    """Yield measurements and tables that are out of date, or contradict the file."""
    stale = [one for one in findings(plan) if one.kind == "stale"]
    if stale:
        en = "; ".join(one.said.en for one in stale)
        zh = "；".join(one.said.zh for one in stale)
        yield Entry(
            key="stale",
            name=Said(
                f"decisions rest on what is out of date ({len(stale)})",
                f"决策依据已过时（{len(stale)} 项）",
            ),
            kind="technical",
            chance=np.array([1.0]),
            cost=None,
            watches="",
            sign=Said(en, zh),
            own=False,
        )
