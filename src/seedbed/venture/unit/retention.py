"""How customers leave: from a retention table, from the ledger, or assumed; one α and β a draw."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.venture.draws import Draws
from seedbed.venture.result import Caution, Said
from seedbed.venture.unit import sbg, sbg_fit
from seedbed.venture.unit.lives import Lives, lives_of
from seedbed.venture.unit.numbers import Doubles

ENOUGH_CUSTOMERS, ENOUGH_GONE = 30, 10
"""Fewer say too little of how customers differ."""

COLUMNS = {"customers": False, "percent": True, "share": True}
"""Columns of a table that can hold who is still there, and whether they are parts of a whole."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How customers leave.

    Attributes:
        alpha: Of each draw.
        beta: Of each draw.
        churn: The constant rate that the same source gives, of each draw.
        origin: `table`, `ledger` or `assumed`.
        said: Where it is from, in words.
        lives: What was seen, where something was.
        fit: The most likely α and β of that.
        cautions: What to beware of.
    """

    alpha: Doubles
    beta: Doubles
    churn: Doubles
    origin: str
    said: Said
    lives: Lives | None = None
    fit: sbg_fit.Fit | None = None
    cautions: tuple[Caution, ...] = ()


def read(path: Path) -> tuple[Lives, bool]:
    """Return the lives of a CSV with a column `customers` (or `percent`, `share`), a row a month.

    The first row is the start. The second value tells whether only parts of a whole were given.

    Raises:
        VentureWrong: there is no such file or column, a cell is no number, or the table rises.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as cause:
        raise _wrong(path, "a CSV in UTF-8", str(cause)) from None
    named = next((name for name in COLUMNS if rows and name in rows[0]), None)
    if named is None:
        got = ", ".join(rows[0]) if rows else "no rows"
        raise _wrong(path, "a column customers, percent or share", got)
    try:
        alive = [float(row[named]) for row in rows]
    except (TypeError, ValueError) as cause:
        raise _wrong(path, f"numbers in the column {named}", str(cause)) from None
    return lives_of(alive, f"--retention {path}"), COLUMNS[named]


def seen(lives: Lives, *, parts: bool, n: int, seed: int, origin: str) -> Retention:
    """Return what lives tell: α and β drawn given them, or the most likely where only parts are.

    Raises:
        VentureWrong: they teach nothing.
    """
    fit = sbg_fit.fit(lives)
    cautions = []
    if parts:
        alpha, beta = np.full(n, fit.alpha), np.full(n, fit.beta)
        cautions.append(Caution("unit.retention.parts", PARTS, "customers.churn"))
    else:
        uniform = np.random.default_rng([seed, 14]).random((n, 2))
        alpha, beta = sbg_fit.drawn(lives, uniform)
    if not parts and not enough(lives):
        cautions.append(_few(lives))
    if fit.alike:
        cautions.append(Caution("unit.retention.alike", ALIKE, "customers.churn"))
    many, gone = f"{lives.customers:,.0f}", f"{lives.gone:,.0f}"
    told = {
        "table": Said("a retention table", "留存表"),
        "ledger": Said(
            f"the ledger's {many} customers, of whom {gone} have left",
            f"账本中的 {many} 位客户（其中 {gone} 位已流失）",
        ),
    }[origin]
    churn = np.full(n, lives.churn())
    return Retention(alpha, beta, churn, origin, told, lives, fit, tuple(cautions))


def assumed(draws: Draws, too_few: Caution | None = None) -> Retention:
    """Return what the range of `customers.churn` says, read as how unlike customers are.

    A beta distribution with the range's ends as 5 % and 95 % points gives the spread α + β; each
    draw's churn is its mean.

    Raises:
        MeasurementMissing: there is no `customers.churn`.
        VentureWrong: a churn of zero or one.
    """
    churn = draws["customers.churn"]
    if not ((churn > 0) & (churn < 1)).all():
        raise VentureWrong(
            expected="a churn above 0 and below 1 in every draw",
            got=f"{churn.min():g} to {churn.max():g}",
            do="Give a range such as 0.02..0.06.",
            where="customers.churn",
        )
    low, high = (float(one) for one in np.quantile(churn, (0.05, 0.95)))
    cautions = [too_few] if too_few else []
    if low < high:
        alpha, beta = sbg.beta_between(low, high)
        together = alpha + beta
        cautions.append(Caution("unit.retention.assumed", ASSUMED, "customers.churn"))
    else:
        together = 1 / sbg_fit.ALIKE
        cautions.append(Caution("unit.retention.no_range", NO_RANGE, "customers.churn"))
    told = Said("the assumption customers.churn", "假设 customers.churn")
    alpha_, beta_ = churn * together, (1 - churn) * together
    return Retention(alpha_, beta_, churn, "assumed", told, cautions=tuple(cautions))


def enough(lives: Lives) -> bool:
    """Tell whether there are enough lives to learn how customers differ."""
    some = lives.customers >= ENOUGH_CUSTOMERS and lives.gone >= ENOUGH_GONE
    return some and bool(lives.left[0] < lives.customers)


def too_few(lives: Lives) -> Caution:
    """Return the warning that the ledger's customers were too few."""
    many, gone = f"{lives.customers:,.0f}", f"{lives.gone:,.0f}"
    least = f"{ENOUGH_CUSTOMERS} customers and {ENOUGH_GONE} who left"
    en = (
        f"The ledger has {many} customers on plans with a fee or a commitment seen for a month or"
        f" more, of whom {gone} have left: too few to fit how long customers stay ({least} are"
        " needed). The assumption is used."
    )
    zh = (
        f"账本中在有月费或最低消费的套餐上、观察满一个月的客户有 {many} 位，其中 {gone} 位已流失，"
        f"不足以拟合留存"
        f"（至少需要 {ENOUGH_CUSTOMERS} 位客户、{ENOUGH_GONE} 位流失），因此沿用假设。"
    )
    return Caution("unit.retention.too_few", Said(en, zh), "customers.churn")


def _few(lives: Lives) -> Caution:
    many, gone = f"{lives.customers:,.0f}", f"{lives.gone:,.0f}"
    text = Said(
        f"The table has {many} customers, of whom {gone} left; with fewer than"
        f" {ENOUGH_CUSTOMERS} and {ENOUGH_GONE} the most likely α and β say little: read the"
        " intervals.",
        f"留存表只有 {many} 位客户，其中 {gone} 位流失；少于 {ENOUGH_CUSTOMERS} 位和"
        f" {ENOUGH_GONE} 位时，最大似然的 α、β 参考意义有限，请看区间。",
    )
    return Caution("unit.retention.few", text, "customers.churn")


PARTS = Said(
    "The retention table gives parts of a whole, not how many customers: its fit has no interval.",
    "留存表只给出比例，没有客户人数：拟合结果没有区间。",
)
ALIKE = Said(
    "No difference between customers was found: the fit is that of a constant churn rate.",
    "没有发现客户之间的差异：拟合结果等同于固定流失率。",
)
ASSUMED = Said(
    "How unlike customers are is not measured: the range of customers.churn is taken as their"
    " spread (a beta distribution with its ends as 5 % and 95 % points).",
    "客户之间的差异没有实测：把 customers.churn 的区间当作客户间的分布（Beta 分布，区间两端为 5% 和"
    " 95% 分位点）。",
)
NO_RANGE = Said(
    "customers.churn has no range, so customers are taken to be all alike and the lifetime is"
    " likely too short. Give it a range.",
    "customers.churn 没有区间，因此假定所有客户相同，估出的客户寿命可能偏短。请给出区间。",
)


def _wrong(path: Path, expected: str, got: str) -> VentureWrong:
    return VentureWrong(
        expected=expected, got=got, do="Correct the table.", where=f"--retention {path}"
    )
