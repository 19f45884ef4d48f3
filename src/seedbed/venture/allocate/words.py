"""What limits and the worth of money are in words, in both languages."""

from __future__ import annotations

import numpy as np

from seedbed.venture.allocate.build import month_of
from seedbed.venture.allocate.problem import Limit
from seedbed.venture.allocate.study import Study, binding, tight_months
from seedbed.venture.document.numbers import money
from seedbed.venture.result import Said

SMALL = {
    "USD": (Said("cents", "美分"), Said("dollar", "美元")),
    "EUR": (Said("cents", "欧分"), Said("euro", "欧元")),
    "CNY": (Said("fen", "分"), Said("yuan", "元")),
}
"""Small money and the unit it is a hundredth of, by currency."""

EQUAL = 1e-4
"""A worth nearer to 1 than this is 1."""


def per_unit(amount: float, currency: str) -> Said:
    """Return what a limit costs for each unit of money that it holds back."""
    if currency in SMALL:
        small, unit = SMALL[currency]
        return Said(
            f"{100 * amount:.2g} {small.en} more per {unit.en}",
            f"每{unit.zh}可多得 {100 * amount:.2g} {small.zh}",
        )
    return Said(f"{amount:.2g} more per {currency}", f"每 {currency} 可多得 {amount:.2g}")


def worth(study: Study) -> Said:
    """Return what one more unit of money is worth, and why money is left where it is."""
    code = study.plan.venture.currency
    en, zh = _unit(code).en, _unit(code).zh
    if study.worth > 1 + EQUAL:
        told = money(study.worth, code)
        return Said(
            f"One more {en} now would be worth {told}: money is short.",
            f"现在多 1 {zh}价值 {told}：资金紧缺。",
        )
    told = money(1, code)
    if binding(study):
        return Said(
            f"One more {en} would be worth {told}: money is left, for where the limits allow"
            f" more the next {en} brings back less than itself.",
            f"再多 1 {zh}只值 {told}：有余钱未花，因为在限制允许之处，再花 1 {zh}收回不足 1 {zh}。",
        )
    return Said(
        f"One more {en} would be worth {told}: money is left, for wherever it is put the next"
        f" {en} brings back less than itself.",
        f"再多 1 {zh}只值 {told}：有余钱未花，因为无论花在哪里，再花 1 {zh}收回不足 1 {zh}。",
    )


def _unit(code: str) -> Said:
    """Return what a unit of a currency is called in a sentence."""
    return SMALL[code][1] if code in SMALL else Said(code, f" {code} ")


def held_back(study: Study, most: int = 12) -> list[tuple[Said, float]]:
    """Return which limits bind, in words, dearest first, with their worth a unit of money."""
    found = [(one, price / _months(study, one)) for one, price in binding(study)]
    told = [(_limit(study, one, each), each) for one, each in found]
    told += [(_cash(study, month, price), price) for month, price in tight_months(study)]
    return sorted(told, key=lambda pair: -pair[1])[:most]


def _months(study: Study, limit: Limit) -> float:
    """Return the months for which a level of the limit's period is paid; 1 for a sum of money."""
    family, _, period = limit.key.rpartition(".")
    if family == "budget" or not limit.uses:
        return 1.0
    return max(float(study.built.spread[limit.uses[0]][:, int(period)].sum()), 1.0)


def _limit(study: Study, limit: Limit, price: float) -> Said:
    names = study.built.names
    who = Said(
        " and ".join(names[u] for u in limit.uses) or "the others",
        "、".join(names[u] for u in limit.uses) or "其余用途",
    )
    each = per_unit(price, study.plan.venture.currency)
    family = limit.key.partition(".")[0]
    if family == "least":
        return Said(
            f"{who.en} would take less, but for: {limit.said.en}; {each.en} elsewhere.",
            f"{who.zh} 本可更少，但受限于：{limit.said.zh}；若用于别处，{each.zh}。",
        )
    if family == "people":
        return Said(
            f"{who.en} would take less later, but {limit.said.en}: {each.en}.",
            f"{who.zh} 之后本可更少，但{limit.said.zh}：{each.zh}。",
        )
    if family == "budget":
        return Said(
            f"All uses together would take more, but for {limit.said.en}: {each.en}.",
            f"所有用途合计本可更多，但受限于{limit.said.zh}：{each.zh}。",
        )
    return Said(
        f"{who.en} would take more, but for the limit you set, {limit.said.en}: {each.en}.",
        f"{who.zh} 本可更多，但受限于你设定的“{limit.said.zh}”：{each.zh}。",
    )


def _cash(study: Study, month: int, price: float) -> Said:
    assert study.built.problem.cash is not None
    said, each = study.built.problem.cash.said[month], per_unit(price, study.plan.venture.currency)
    return Said(
        f"More would be spent by then, but for {said.en}: {each.en}.",
        f"到那时本可多花，但受限于：{said.zh}；{each.zh}。",
    )


def answer(study: Study) -> Said:
    """Return the split in a sentence, what it adds, and what one more unit is worth."""
    code, names = study.plan.venture.currency, study.built.names
    best = zip(names, study.best.x[:, 0], strict=True)
    first = ", ".join(f"{name} {money(round(float(x), 2), code)}" for name, x in best)
    label = study.built.labels[0]
    mean = float(np.mean(study.added))
    over = float(np.mean(next(one for one in study.rivals if one.name == "today").lost))
    more = worth(study)
    return Said(
        f"In {label}, put a month: {first}. {_span(study).en} the best split adds"
        f" {money(mean, code)} over spending nothing on these uses, {money(over, code)} more than"
        f" going on as today. {more.en}",
        f"{label} 每月：{first}。{_span(study).zh}最优分配比完全不花多 {money(mean, code)}，"
        f"比维持现状多 {money(over, code)}。{more.zh}",
    )


def _span(study: Study) -> Said:
    """Return the months that are counted, those after the plan told apart."""
    months = study.built.months
    after = study.built.problem.discount.shape[-1] - months
    if not after:
        return Said(f"Over {months} months", f"{months} 个月内")
    return Said(
        f"Over {months} months, and {after} after them at the last level,",
        f"{months} 个月及其后 {after} 个月（沿用最后一期水平）内，",
    )


def last_month(study: Study) -> str:
    """Return the name of the last month that is split."""
    return month_of(study.plan, study.built.months - 1)
