"""What today's customers are still worth where none says that it leaves: BG/NBD and Gamma-Gamma."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import Caution, Figure, Said
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
    active = bg_nbd.alive(buyers, fit)
    days = bg_nbd.expected(buyers, fit, months * WEEKS)
    spend, cautions = _spend(found)
    discounted = _discounted(plan, buyers, fit, spend)
    currency = plan.venture.currency
    paths = ("about.ledger",)
    figures = (
        *_parameters(fit),
        _figure("active", "Customers that are still active", "仍活跃的客户", float(active.sum()),
                "customers", "Σ P(active | x, t_x, T)"),
        _figure("days", f"Days with calls to expect within {months} months",
                f"{months} 个月内预期的使用天数", float(days.sum()), "days", FORMULA),
        Figure("unit.bg_income", Said(f"What today's customers will still pay, {months} months",
                                      f"现有客户未来 {months} 个月的收入"),
               float(discounted), currency,
               formula="Σ E[Y] · E[M | x, m] / (1 + d)^t, Gamma-Gamma for M",
               inputs=(*paths, "discount")),
    )  # fmt: skip
    text = Said(
        f"Of {len(buyers):,} customers who have called, {count(float(active.sum()))} are likely"
        f" still active; they will pay {amount(discounted, currency)} within {months} months.",
        f"{len(buyers):,} 位调用过的客户中，约 {count(float(active.sum()))} 位仍活跃，"
        f"未来 {months} 个月预计付费 {amount(discounted, currency, 'zh')}。",
    )
    data = {"bg_nbd": {"r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b}}
    return Piece(
        figures=figures,
        cautions=(*cautions, Caution("unit.buyers.point", POINT, "about.ledger")),
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


def _discounted(plan: Plan, buyers: bg_nbd.Buyers, fit: bg_nbd.Fit, spend: Doubles) -> float:
    rate = float(worth.monthly_rate(plan.value("discount"))) if plan.has("discount") else 0.0
    total, before = 0.0, np.zeros(len(buyers))
    for month in range(1, plan.venture.months + 1):
        after = bg_nbd.expected(buyers, fit, month * WEEKS)
        total += float(((after - before) * spend).sum()) / (1 + rate) ** month
        before = after
    return total


def _parameters(fit: bg_nbd.Fit) -> tuple[Figure, ...]:
    named = (("r", "r", fit.r), ("alpha", "α", fit.alpha), ("a", "a", fit.a), ("b", "b", fit.b))
    return tuple(
        _figure(name, f"BG/NBD {letter}, in weeks", f"BG/NBD {letter}（周）", value, "", FORMULA)
        for name, letter, value in named
    )


def _figure(key: str, en: str, zh: str, value: float, unit: str, formula: str) -> Figure:
    return Figure(f"unit.bg_{key}", Said(en, zh), value, unit, formula=formula,
                  inputs=("about.ledger",))  # fmt: skip


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
    "BG/NBD and Gamma-Gamma are given by their most likely parameters; their figures have no"
    " interval.",
    "BG/NBD 和 Gamma-Gamma 采用最大似然参数，结果没有区间。",
)
FREE = Said(
    "No call on a repeat day was charged, so that what customers will spend cannot be told.",
    "重复使用日的调用都没有收费，无法估计未来消费。",
)
DAYS = Said(
    "For BG/NBD a purchase is a day on which a customer had calls answered, time is in weeks, and"
    " fees are left out. A customer who calls every day can be seen no more than once a day, which"
    " the model's random purchases do not know.",
    "BG/NBD 中一次购买指客户有调用得到回答的一天，时间以周计，不含月费。"
    "每天都调用的客户一天最多记一次，而模型假定购买随机发生，并不知道这一上限。",
)
