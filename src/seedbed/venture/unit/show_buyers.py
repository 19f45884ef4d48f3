"""What today's customers are still worth where none says that it leaves: BG/NBD and Gamma-Gamma."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import HIGH, LOW, Caution, Figure, Said
from seedbed.venture.unit import bg_nbd, gamma_gamma, worth
from seedbed.venture.unit.books import Purchases
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.pieces import Piece
from seedbed.venture.unit.words import amount, count

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

ENOUGH, ENOUGH_REPEATS = 30, 10
"""Fewer customers, or fewer that came back, say too little."""

WEEKS = 365.25 / 7 / 12
LINKED = 0.3
DRAWS, QUARTER = 100, 3
FORMULA = "BG/NBD (Fader, Hardie and Lee 2005): E[Y(t) | x, t_x, T]"


def enough(found: Purchases) -> bool:
    """Tell whether there are customers enough to fit."""
    return len(found.buyers) >= ENOUGH and int((found.buyers.repeats > 0).sum()) >= ENOUGH_REPEATS


def show(plan: Plan, found: Purchases) -> Piece:
    """Return who is still active, what they will buy, and what that is worth."""
    if not enough(found):
        return Piece(cautions=(_too_few(found),))
    buyers, months = found.buyers, plan.venture.months
    fit = bg_nbd.fit(buyers)
    spend, cautions = _spend(found)
    currency = plan.venture.currency
    told = [_told(plan, found, one, spend, QUARTER) for one in _draws(plan, found, fit)]
    if not told:
        cautions.append(Caution("unit.buyers.point", POINT, "about.ledger"))
    best = _told(plan, found, fit, spend, 1)
    ends = {name: [one[name] for one in told] for name in best}
    figures = (
        *_parameters(fit),
        _figure("active", ("Customers that are still active", "仍活跃的客户"), best, ends,
                "customers", "Σ P(active | x, t_x, T)"),
        _figure("days", (f"Days with calls to expect within {months} months",
                         f"{months} 个月内预期的使用天数"), best, ends, "days", FORMULA),
        _figure("income", (f"What today's customers will still pay for calls, {months} months",
                           f"现有客户未来 {months} 个月的调用收入"), best, ends, currency,
                "Σ E[Y] · E[M | x, m] / (1 + d)^t, Gamma-Gamma for M"),
    )  # fmt: skip
    active, discounted = best["active"], best["income"]
    text = Said(
        f"Of {len(buyers):,} customers who have called, {count(active)} are likely"
        f" still active; they will pay {amount(discounted, currency)} within {months} months.",
        f"{len(buyers):,} 位调用过的客户中，约 {count(active)} 位仍活跃，"
        f"未来 {months} 个月预计付费 {amount(discounted, currency)}。",
    )
    data = {"bg_nbd": {"r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b}}
    return Piece(
        figures=figures,
        cautions=tuple(cautions),
        notes=(DAYS,),
        data=data,
        answer=text,
    )


def _spend(found: Purchases) -> tuple[Doubles, list[Caution]]:
    """Return the mean charge of a day to expect of each customer; 0 where nothing is charged."""
    repeats, spend = found.buyers.repeats, found.spend
    paying = (repeats > 0) & (spend > 0)
    if not paying.any():
        return np.zeros(len(repeats)), [Caution("unit.buyers.free", FREE, "about.ledger")]
    if paying.sum() < ENOUGH_REPEATS or np.ptp(spend[paying]) == 0:
        return np.full(len(repeats), spend[paying].mean()), []
    fit = gamma_gamma.fit(repeats[paying], spend[paying])
    linked = gamma_gamma.correlation(repeats[paying], spend[paying])
    cautions = []
    if abs(linked) > LINKED:
        text = Said(
            f"Who calls more often also spends {'more' if linked > 0 else 'less'} a day (rank"
            f" correlation {linked:.2f}); Gamma-Gamma takes the two to be independent.",
            f"使用频率与单日消费相关（秩相关 {linked:.2f}），而 Gamma-Gamma 假定二者独立。",
        )
        cautions.append(Caution("unit.buyers.linked", text, "about.ledger"))
    told = np.full(len(repeats), float(spend[paying].mean()))
    told[paying] = gamma_gamma.expected(repeats[paying], spend[paying], fit)
    if fit.q > 1:
        told[~paying] = fit.mean
    return told, cautions


def _draws(plan: Plan, found: Purchases, fit: bg_nbd.Fit) -> list[bg_nbd.Fit]:
    """Return draws of the parameters; none where the likelihood does not tell them."""
    scores = np.random.default_rng([plan.venture.seed, 11]).standard_normal((DRAWS, 4))
    return bg_nbd.drawn(found.buyers, fit, scores) or []


def _told(
    plan: Plan, found: Purchases, fit: bg_nbd.Fit, spend: Doubles, step: int
) -> dict[str, float]:
    """Return how many are active, what they will buy, and what that brings, discounted."""
    rate = float(worth.monthly_rate(plan.value("discount"))) if plan.has("discount") else 0.0
    last = plan.venture.months
    income, before = 0.0, np.zeros(len(found.buyers))
    for month in sorted({*range(step, last, step), last}):
        after = bg_nbd.expected(found.buyers, fit, month * WEEKS)
        middle = month - (step - 1) / 2
        income += float(((after - before) * spend).sum()) / (1 + rate) ** middle
        before = after
    active = float(bg_nbd.alive(found.buyers, fit).sum())
    return {"active": active, "days": float(before.sum()), "income": income}


def _parameters(fit: bg_nbd.Fit) -> tuple[Figure, ...]:
    named = (("r", "r", fit.r), ("alpha", "α", fit.alpha), ("a", "a", fit.a), ("b", "b", fit.b))
    return tuple(
        Figure(
            f"unit.bg_{name}",
            Said(f"BG/NBD {letter}, most likely, in weeks", f"BG/NBD {letter}（最大似然，按周）"),
            value,
            formula="max Σ ln L(r, α, a, b | x, t_x, T)",
            inputs=("about.ledger",),
        )
        for name, letter, value in named
    )


def _figure(
    name: str,
    title: tuple[str, str],
    best: dict[str, float],
    ends: dict[str, list[float]],
    unit: str,
    formula: str,
) -> Figure:
    low, high = np.quantile(ends[name], (LOW, HIGH)) if ends[name] else (None, None)
    return Figure(
        f"unit.bg_{name}",
        Said(*title),
        best[name],
        unit,
        low=low if low is None else float(low),
        high=high if high is None else float(high),
        formula=formula,
        inputs=("about.ledger", "discount") if name == "income" else ("about.ledger",),
    )


def _too_few(found: Purchases) -> Caution:
    many, again = len(found.buyers), int((found.buyers.repeats > 0).sum())
    text = Said(
        f"{many} customers have called, {again} of them on more than one day: too few for BG/NBD"
        f" ({ENOUGH} and {ENOUGH_REPEATS} are needed).",
        f"{many} 位客户调用过，其中 {again} 位不止一天：不足以拟合 BG/NBD（至少需要 {ENOUGH} 位和"
        f" {ENOUGH_REPEATS} 位）。",
    )
    return Caution("unit.buyers.too_few", text, "about.ledger")


POINT = Said(
    "The ledger does not tell BG/NBD's parameters apart; its figures are the most likely and have"
    " no interval.",
    "账本数据不足以区分 BG/NBD 的参数：结果取最大似然值，没有区间。",
)
FREE = Said(
    "No call on a repeat day was charged, so that what customers will spend cannot be told.",
    "重复使用日的调用都没有收费，无法估计未来消费。",
)
DAYS = Said(
    "For BG/NBD a purchase is a day on which a customer had calls answered, time is in weeks, and"
    " fees are left out. A customer who calls every day can be seen no more than once a day, which"
    " the model's random purchases do not know. The intervals are those of its parameters alone"
    " (Laplace's approximation), not of chance nor of spend.",
    "BG/NBD 中一次购买指客户有调用得到回答的一天，时间以周计，不含月费。每天都调用的客户一天最多"
    "记一次，而模型假定购买随机发生，并不知道这一上限。区间只反映参数的不确定性（拉普拉斯近似），"
    "不含随机波动和消费额。",
)
