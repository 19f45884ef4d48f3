"""A venture's limits as rows, each with its words and amounts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.allocate.problem import Array, Limit
from seedbed.venture.document.numbers import money
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said


def limits(
    plan: Plan,
    names: tuple[str, ...],
    labels: tuple[str, ...],
    out: Array,
    budget: float | None,
) -> tuple[Limit, ...]:
    """Return the limits of a split of `names` over `labels`; `out` is what a level costs in all."""
    size = len(names) * len(labels)
    found = [
        Limit(f"floor.{i}", -row, 0.0, Said("", ""), plain=True)
        for i, row in enumerate(np.eye(size))
    ]
    for u, name in enumerate(names):
        found += _bounds(plan, name, u, labels, size)
        found += _people(plan, name, u, labels, size)
    found += _shares(plan, names, labels)
    if budget is not None:
        told = money(budget, plan.venture.currency)
        said = Said(f"the budget of {told}", f"预算 {told}")
        found.append(Limit("budget.0", out, budget, said, tuple(range(len(names)))))
    return tuple(found)


def _bounds(plan: Plan, name: str, use: int, labels: tuple[str, ...], size: int) -> Iterator[Limit]:
    written, code = plan.venture.spending[name], plan.venture.currency
    for p, label in enumerate(labels):
        row = np.zeros(size)
        row[use * len(labels) + p] = 1.0
        if written.least:
            said = Said(
                f"at least {money(written.least, code)} a month for {name} in {label}",
                f"{label} 每月至少 {money(written.least, code)} 用于 {name}",
            )
            yield Limit(f"least.{name}.{p}", -row, -float(written.least), said, (use,))
        if written.most is not None:
            said = Said(
                f"at most {money(written.most, code)} a month for {name} in {label}",
                f"{label} 每月至多 {money(written.most, code)} 用于 {name}",
            )
            yield Limit(f"most.{name}.{p}", row, float(written.most), said, (use,))


def _people(plan: Plan, name: str, use: int, labels: tuple[str, ...], size: int) -> Iterator[Limit]:
    """Who was hired stays: a plan that hires and dismisses by the quarter is none."""
    if not plan.venture.spending[name].hire:
        return
    for p in range(1, len(labels)):
        row = np.zeros(size)
        row[use * len(labels) + p - 1 : use * len(labels) + p + 1] = 1.0, -1.0
        said = Said(f"who was hired for {name} stays in {labels[p]}", f"{labels[p]} {name} 不裁员")
        yield Limit(f"people.{name}.{p}", row, 0.0, said, (use,))


def _shares(plan: Plan, names: tuple[str, ...], labels: tuple[str, ...]) -> Iterator[Limit]:
    spending = plan.venture.spending
    others = sum(float(use.monthly) for name, use in spending.items() if name not in names)
    for name, share in plan.venture.limits.most_share.items():
        for p, label in enumerate(labels):
            row = np.zeros((len(names), len(labels)))
            row[:, p] = -share
            mine = 0.0 if name in names else float(spending[name].monthly)
            if name in names:
                row[names.index(name), p] += 1.0
            said = Said(
                f"{name} at most {share:.0%} of the spending in {label}",
                f"{label} {name} 至多占支出的 {share:.0%}",
            )
            uses = (names.index(name),) if name in names else ()
            yield Limit(f"share.{name}.{p}", row.ravel(), share * others - mine, said, uses)
