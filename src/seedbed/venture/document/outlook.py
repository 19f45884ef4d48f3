"""The plan in numbers: what comes in, what goes out and what is left, year by year."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.document.numbers import money
from seedbed.venture.months import of_start
from seedbed.venture.plan import Plan
from seedbed.venture.result import HIGH, LOW, Chart, Figure, Said, Section, Table
from seedbed.venture.runway.paths import Paths
from seedbed.venture.runway.study import usual

KEY, TITLE = "outlook", Said("The plan in numbers", "计划概览")
YEAR = 12

ROWS: tuple[tuple[str, Said], ...] = (
    ("income", Said("earned with answers and besides", "收入（回答及其他）")),
    ("gains", Said("what spending gives", "投入所得")),
    ("serving", Said("serving customers, wrong answers included", "服务成本（含错误回答）")),
    ("acquiring", Said("winning customers", "获客支出")),
    ("spending", Said("spending", "投入")),
    ("fixed", Said("fixed costs", "固定支出")),
    ("net", Said("left of the year, before rounds", "当年净额（不含融资）")),
)
"""Parts of the model's months that are added up over a year."""


def section(plan: Plan) -> Section:
    """Return the plan year by year.

    Raises:
        MeasurementMissing: a value that the model needs is not there.
    """
    paths = usual(plan).paths
    code = plan.venture.currency
    figures = tuple(_figures(paths, code))
    return Section(
        key=KEY,
        title=TITLE,
        answer=_answer(plan, figures),
        figures=figures,
        tables=(_years(paths, code),),
        charts=(_chart(paths, code),),
        cautions=of_start(plan, KEY),
        notes=(
            Said(
                "Each cell is the median over the draws: medians of parts do not add up to the"
                " median of their sum. Rounds count in cash only, and only where they close.",
                "每格都是各次抽样的中位数，因此各部分相加不等于合计。融资只计入现金，且以成功为前提。",
            ),
        ),
    )


def _answer(plan: Plan, figures: tuple[Figure, ...]) -> Said:
    told = {one.key: one for one in figures}
    customers, income, cash = (told[f"outlook.{key}"] for key in ("customers", "income", "cash"))
    months, sign = plan.venture.months, partial(money, code=plan.venture.currency)
    begin, monthly, end = sign(plan.venture.capital), sign(_number(income)), sign(_number(cash))
    low, high = sign(cash.low or 0.0), sign(cash.high or 0.0)
    return Said(
        f"With {begin} at the start, the plan reaches {_number(customers):,.0f} customers and"
        f" {monthly} of income a month after {months} months, and {end} of cash ({low} to {high}),"
        " rounds included where they close.",
        f"以 {begin} 起步，{months} 个月后预计有 {_number(customers):,.0f} 位客户，"
        f"月收入 {monthly}，现金 {end}（{low} 至 {high}），成功的融资计入其中。",
    )


def _number(one: Figure) -> float:
    assert isinstance(one.value, float)
    return one.value


def _figures(paths: Paths, code: str) -> Iterator[Figure]:
    last, customers = paths.cash.shape[1], np.rint(paths.outcome.customers)
    ends = (
        ("customers", customers, "customers", "customers in month", "客户数"),
        ("income", paths.outcome.income, f"{code}/month", "income of month", "收入"),
        ("cash", paths.cash, code, "cash after month", "现金"),
    )
    for key, values, unit, en, zh in ends:
        title = Said(f"{en} {last}", f"第 {last} 个月的{zh}")
        yield _figure(key, title, values[:, -1], unit)


def _figure(key: str, title: Said, draws: Array, unit: str) -> Figure:
    low, middle, high = (float(one) for one in np.quantile(draws, (LOW, 0.5, HIGH)))
    return Figure(f"{KEY}.{key}", title, middle, unit, low=low, high=high)


def _years(paths: Paths, code: str) -> Table:
    months = paths.cash.shape[1]
    begins = range(0, months, YEAR)
    columns = [Said("", "")]
    columns += [_span(begin, min(begin + YEAR, months)) for begin in begins]
    rows: list[tuple[Any, ...]] = [_customers(paths.outcome.customers, begins)]
    for key, title in ROWS:
        values = getattr(paths.outcome, key)
        sums = (np.median(values[:, begin : begin + YEAR].sum(axis=1)) for begin in begins)
        rows.append((title, *(Figure(f"{KEY}.{key}", title, float(one), code) for one in sums)))
    rows += _cash(paths.cash, code, begins)
    title = Said("Year by year (medians)", "逐年概览（中位数）")
    return Table(f"{KEY}.years", title, tuple(columns), tuple(rows))


ROWS_AT_END = (
    Said("customers at the end", "期末客户数"),
    Said("cash at the end, rounds included", "期末现金（含融资）"),
    Said("one time in twenty it is below", "二十次中有一次低于"),
    Said("one time in twenty it is above", "二十次中有一次高于"),
)


def _span(begin: int, end: int) -> Said:
    if end - begin == YEAR:
        year = begin // YEAR + 1
        return Said(f"year {year}", f"第 {year} 年")
    return Said(f"months {begin + 1} to {end}", f"第 {begin + 1} 至 {end} 个月")


def _customers(values: Array, begins: range) -> tuple[Any, ...]:
    ends = (min(begin + YEAR, values.shape[1]) - 1 for begin in begins)
    told = (round(float(np.median(values[:, end]))) for end in ends)
    return (ROWS_AT_END[0], *(Figure(f"{KEY}.end", ROWS_AT_END[0], one) for one in told))


def _cash(cash: Array, code: str, begins: range) -> Iterator[tuple[Any, ...]]:
    ends = [min(begin + YEAR, cash.shape[1]) - 1 for begin in begins]
    for title, point in zip(ROWS_AT_END[1:], (0.5, LOW, HIGH), strict=True):
        told = (float(np.quantile(cash[:, end], point)) for end in ends)
        yield (title, *(Figure(f"{KEY}.cash_at", title, one, code) for one in told))


def _chart(paths: Paths, code: str) -> Chart:
    outcome = paths.outcome
    out = outcome.serving + outcome.acquiring + outcome.spending + outcome.fixed
    comes = np.median(outcome.received + outcome.gains, axis=0)
    goes = np.median(out, axis=0)
    names = (Said("comes in", "流入"), Said("goes out", "流出"))

    def spec(language: str) -> dict[str, Any]:
        rows = [
            {"month": month, "money": round(float(value), 2), "what": title(language)}
            for title, values in zip(names, (comes, goes), strict=True)
            for month, value in enumerate(values, 1)
        ]
        across = Said("month", "月份")(language)
        up = Said(f"{code} a month, median", f"{code}/月（中位数）")(language)
        return {
            "data": {"values": rows},
            "mark": "line",
            "encoding": {
                "x": {"field": "month", "type": "quantitative", "title": across},
                "y": {"field": "money", "type": "quantitative", "title": up},
                "color": {
                    "field": "what",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": [one(language) for one in names]},
                },
            },
        }

    title = Said("What comes in and what goes out, by month", "每月的流入与流出")
    return Chart(f"{KEY}.months", title, spec)
