"""What surveys say, as tables, charts and cautions of the market's section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.errors import SurveyWrong
from seedbed.venture.market import charts
from seedbed.venture.result import Caution, Chart, Said, Table
from seedbed.venture.survey import conjoint, granger, westendorp
from seedbed.venture.survey.conjoint import Conjoint
from seedbed.venture.survey.design import NONE, PRICE
from seedbed.venture.survey.granger import Granger
from seedbed.venture.survey.table import Survey, read
from seedbed.venture.survey.westendorp import Westendorp

FEW = 30
"""Fewer people than this make an interval that is rough itself."""
POINTS = {
    "pmc": Said("PMC: below it, too cheap to be good", "PMC：低于此价显得不可信"),
    "opp": Said(
        "OPP: as many find it too cheap as too expensive", "OPP：嫌太便宜与嫌太贵的人一样多"
    ),
    "ipp": Said("IPP: as many find it cheap as expensive", "IPP：觉得便宜与觉得贵的人一样多"),
    "pme": Said("PME: above it, too expensive", "PME：高于此价太贵"),
}
COST, LOW, HIGH = Said("price", "价格"), Said("5 %", "5%"), Said("95 %", "95%")


@dataclass(frozen=True, slots=True)
class Asked:
    """Files of surveys; None where there is none.

    Attributes:
        westendorp: Four prices a person.
        granger: Yes or no at prices.
        conjoint: Choices between products.
        products: Products whose shares are simulated by the conjoint.
    """

    westendorp: Path | None = None
    granger: Path | None = None
    conjoint: Path | None = None
    products: Path | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one survey adds to the section."""

    key: str
    tables: tuple[Table, ...]
    cautions: tuple[Caution, ...]
    data: Mapping[str, Any]
    chart: Chart | None = None
    notes: tuple[Said, ...] = ()


def tell(asked: Asked, currency: str, seed: int) -> Iterator[Told]:
    """Yield what each survey says.

    Raises:
        SurveyWrong: a file cannot be used, or products are given without a conjoint.
    """
    if asked.westendorp is not None:
        yield _westendorp(westendorp.analyse(read(asked.westendorp), seed=seed), currency)
    if asked.granger is not None:
        yield _granger(granger.analyse(read(asked.granger), seed=seed), currency)
    if asked.conjoint is not None:
        products = None if asked.products is None else read(asked.products)
        yield _conjoint(conjoint.analyse(read(asked.conjoint)), products, currency, seed)
    elif asked.products is not None:
        raise SurveyWrong(
            expected="--conjoint with --products",
            got="products alone",
            do="Name the survey that their shares are simulated by.",
        )


def _westendorp(found: Westendorp, currency: str) -> Told:
    rows = tuple((POINTS[name], one.price, one.low, one.high) for name, one in found.points.items())
    title = Said(
        f"Price sensitivity of {found.people} people (van Westendorp), {currency}",
        f"{found.people} 位受访者的价格敏感度（van Westendorp，{currency}）",
    )
    table = Table("market.westendorp", title, (Said("point", "交点"), COST, LOW, HIGH), rows)
    cautions = [*_people("westendorp", found.people, found.dropped)]
    if found.same:
        cautions.append(
            Caution(
                "market.westendorp_same",
                Said(
                    f"All {found.people} people gave the same four prices: the intervals are of no"
                    " width, and tell nothing of the others.",
                    f"全部 {found.people} 人给出相同的四个价格，区间宽度为零，不能代表其他人。",
                ),
            )
        )
    for name, one in found.points.items():
        if one.stretch[1] > one.stretch[0] * 1.1 + 1e-12:
            cautions.append(
                Caution(
                    "market.westendorp_flat",
                    Said(
                        f"{name.upper()}: the two curves lie on each other from"
                        f" {one.stretch[0]:g} to {one.stretch[1]:g}; the middle is shown.",
                        f"{name.upper()}：两条曲线在 {one.stretch[0]:g} 至 {one.stretch[1]:g}"
                        " 之间重合，取中点。",
                    ),
                )
            )
    note = Said(
        "Van Westendorp asks what seems cheap or dear, not who buys: OPP is no price that earns the"
        " most. Ask Gabor-Granger or a conjoint for that.",
        "van Westendorp 问的是贵贱感受而非是否购买：OPP 并非利润最高的价格，后者应由"
        " Gabor-Granger 或联合分析给出。",
    )
    data = {"people": found.people, "dropped": found.dropped, "points": found.points}
    chart = charts.westendorp(found, currency)
    return Told("westendorp", (table,), tuple(cautions), data, chart, (note,))


def _granger(found: Granger, currency: str) -> Told:
    income = Said(f"income a person, {currency}", f"人均收入（{currency}）")
    columns = (
        *(COST, Said("asked", "已知"), Said("would buy", "愿购占比"), LOW, HIGH),
        *(income, LOW, HIGH, Said("elasticity", "弹性")),
    )
    arrays = (
        *(found.prices, found.asked, found.demand, found.demand_low, found.demand_high),
        *(found.income, found.income_low, found.income_high),
    )
    rows = tuple(
        (*(one.item() for one in row), _elasticity(found, float(row[0])))
        for row in zip(*arrays, strict=True)
    )
    title = Said(
        f"Who would buy at which price, of {found.people} people (Gabor-Granger)",
        f"{found.people} 位受访者在各价格的购买意愿（Gabor-Granger）",
    )
    cautions = [*_people("granger", found.people, found.dropped)]
    if found.best in (found.prices[0], found.prices[-1]):
        cautions.append(
            Caution(
                "market.granger_end",
                Said(
                    f"Income is highest at {found.best:g}, an end of the prices that were asked:"
                    " the best may lie beyond. Ask there.",
                    f"收入在 {found.best:g} 处最高，但这是所询价格的端点，真正的最优价可能在其外，"
                    "请扩大询价范围。",
                ),
            )
        )
    if found.slope is None:
        why = Said(
            f"No elasticity: {found.why}.", "这些回答无法给出弹性：所有人的答案没有足够差异。"
        )
        cautions.append(Caution("market.granger_silent", why))
    if found.unknown:
        cautions.append(_unknown(found.unknown))
    data: dict[str, Any] = {"people": found.people, "dropped": found.dropped, "best": found.best}
    data |= {"best_share": found.best_share, "slope": found.slope, "unknown": found.unknown}
    table = Table("market.granger", title, columns, rows)
    chart = charts.granger(found, currency)
    return Told("granger", (table,), tuple(cautions), data, chart)


def _elasticity(found: Granger, price: float) -> float | None:
    told = found.elasticity(price)
    return None if told is None else told[0]


def _conjoint(found: Conjoint, products: Survey | None, currency: str, seed: int) -> Told:
    worth = Said(f"worth, {currency}", f"支付意愿（{currency}）")
    columns = (
        *(Said("attribute", "属性"), Said("weight", "权重"), Said("error", "标准误")),
        *(worth, LOW, HIGH),
    )
    rows = tuple(
        (one.name, one.weight, one.error, one.money, one.low, one.high) for one in found.worths
    )
    title = Said(
        f"What attributes are worth to {found.people} people, in {found.questions} choices",
        f"{found.people} 人 {found.questions} 次选择中各属性的价值",
    )
    tables = [Table("market.conjoint", title, columns, rows)]
    if products is not None:
        tables.append(_shares(found, products, seed))
    cautions = [*_people("conjoint", found.people, 0)]
    if not found.price_sure:
        cautions.append(
            Caution(
                "market.conjoint_price",
                Said(
                    "The weight of the price is less than three standard errors below nought:"
                    " worths in money divide by it, and their intervals cannot be trusted."
                    if found.price_weight < 0
                    else "People did not mind a higher price, so nothing can be told in money.",
                    "价格的权重不足三倍标准误，以它为分母的支付意愿及其区间不可信。"
                    if found.price_weight < 0
                    else "受访者并不介意更高的价格，因此无法换算为金额。",
                ),
            )
        )
    note = Said(
        "The logit takes all people to weigh alike, and a new product to take from all others in"
        " proportion; levels are measured against "
        + (", ".join(f"{name} = {level}" for name, level in found.base.items()) or "nothing")
        + ".",
        "logit 假设人人权重相同，新产品按比例分走其他产品的份额；各水平以 "
        + ("、".join(f"{name} = {level}" for name, level in found.base.items()) or "无")
        + " 为基准。",
    )
    data: dict[str, Any] = {"people": found.people, "worths": found.worths}
    data |= {"likelihood": found.fit.likelihood, "null": found.fit.null}
    return Told("conjoint", tuple(tables), tuple(cautions), data, None, (note,))


def _shares(found: Conjoint, products: Survey, seed: int) -> Table:
    shares = found.shares(
        [_product(found, products, i) for i in range(len(products.rows))], seed=seed
    )
    named = "alternative" in products.columns
    names = products.cells("alternative") if named else [str(i + 1) for i in range(len(shares))]
    columns = (Said("product", "产品"), Said("share", "份额"), LOW, HIGH)
    rows = tuple((name, *share) for name, share in zip(names, shares, strict=True))
    return Table("market.shares", Said("Who would take which", "模拟份额"), columns, rows)


def _product(found: Conjoint, products: Survey, row: int) -> dict[str, Any]:
    """Return a row of the products' file as the conjoint reads one; numbers as numbers."""
    cells: dict[str, Any] = dict(zip(products.columns, products.rows[row], strict=True))
    if cells.get("alternative", "").casefold() == NONE:
        return {NONE: True, **found.base}
    for one in found.columns:
        if one.level is None and one.name != NONE:
            name = one.attribute
            numbers = products.prices(name) if name == PRICE else products.numbers(name)
            cells[name] = float(numbers[row])
    return cells


def _people(kind: str, people: int, dropped: int) -> Iterator[Caution]:
    if dropped:
        yield Caution(
            f"market.{kind}_dropped",
            Said(
                f"{dropped} of {people + dropped} people contradicted themselves and are left out.",
                f"{people + dropped} 人中有 {dropped} 人回答自相矛盾，未计入。",
            ),
        )
    if people < FEW:
        yield Caution(
            f"market.{kind}_few",
            Said(
                f"Only {people} people: the intervals are rough themselves, and those who answer"
                " are seldom those who buy.",
                f"仅 {people} 位受访者：区间本身也很粗略，且答题者未必就是购买者。",
            ),
        )


def _unknown(count: int) -> Caution:
    return Caution(
        "market.granger_unknown",
        Said(
            f"{count} answers were neither given nor implied, and count at no price.",
            f"{count} 个价格既未询问也无法推断，不计入。",
        ),
    )
