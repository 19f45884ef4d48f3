"""What `plan score` says: how good the frozen forecast was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seedbed.errors import ForecastMissing
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table
from seedbed.venture.score.compare import LEAST, Against, Scored, compare
from seedbed.venture.score.frozen import Forecast, folder, forecasts
from seedbed.venture.score.truth import Truth, from_ledger

TITLE = Said("How good the forecast was", "预测有多准")
_NONE = Said("", "")
WORDS = {
    "customers": Said("customers", "客户数"),
    "answers": Said("answers", "回答次数"),
    "income": Said("income", "收入"),
    "cash": Said("cash", "现金"),
    "same as last month": Said("same as last month", "与上月相同"),
    "straight line": Said("straight line", "直线外推"),
    "better": Said("better", "更好"),
    "worse": Said("worse", "更差"),
    "too few to say": Said("too few to say", "数据太少，无法判断"),
}
UNITS = {"customers": "customers", "answers": "answers"}


def section(plan: Plan, *, forecast: Forecast | None = None, truth: Truth | None = None) -> Section:
    """Return how good a forecast was.

    Args:
        plan: The plan whose forecasts are meant.
        forecast: Which; by default the newest that has a month to score, else the newest.
        truth: What came; by default what the ledger counted.

    Raises:
        ForecastMissing: nothing was frozen, it was altered, or no month that was forecast is over.
        VentureWrong: the truth cannot be used.
    """
    known = truth or from_ledger(plan)
    if known is None:
        raise ForecastMissing(
            expected="what came: a ledger with a whole month, or a CSV",
            got="neither",
            do="Give a CSV with --truth: month,customers,answers,income,cash and a row a month.",
        )
    chosen = forecast or _newest(plan, known)
    return told(chosen, known, compare(chosen, known, seed=plan.venture.seed))


def _newest(plan: Plan, truth: Truth) -> Forecast:
    found = forecasts(plan.home, plan.venture.name)
    if not found:
        raise ForecastMissing(
            expected=f"a frozen forecast of {plan.venture.name!r}",
            got=f"none in {folder(plan.home, plan.venture.name)}",
            do="Freeze one: seedbed plan write. It is scored when its months are over.",
        )
    over = [one for one in found if set(one.months) & set(truth.months)]
    return (over or found)[-1]


def told(forecast: Forecast, truth: Truth, scored: list[Scored]) -> Section:
    """Return scores in words."""
    return Section(
        key="score",
        title=TITLE,
        answer=_answer(forecast, scored),
        figures=tuple(_figures(forecast, scored)),
        tables=(_scores(forecast, scored), _months(forecast, scored)),
        charts=tuple(_chart(one) for one in scored),
        cautions=tuple(_cautions(scored)),
        notes=tuple(_notes(truth)),
        data=_data(forecast, truth, scored),
    )


def _answer(forecast: Forecast, scored: list[Scored]) -> Said:
    months = max(len(one.months) for one in scored)
    verdicts = [one.verdict for each in scored for one in each.against]
    counted = {name: verdicts.count(name) for name in ("better", "worse", "too few to say")}
    en = (
        f"The forecast of {forecast.frozen} is scored on {months} "
        f"{'month' if months == 1 else 'months'}. Against the simple forecasts it was better in"
        f" {counted['better']}, worse in {counted['worse']} and not to be told in"
        f" {counted['too few to say']} of {len(verdicts)} comparisons."
    )
    zh = (
        f"{forecast.frozen} 的预测已有 {months} 个月可评分。"
        f"与简单预测相比，{len(verdicts)} 次比较中"
        f"{counted['better']} 次更好、{counted['worse']} 次更差、"
        f"{counted['too few to say']} 次无法判断。"
    )
    return Said(en, zh)


def _figures(forecast: Forecast, scored: list[Scored]) -> Iterator[Figure]:
    for one in scored:
        name = WORDS[one.quantity]
        share, low, high = one.covered
        yield Figure(
            f"score.coverage.{one.quantity}",
            Said(
                f"{name.en}: months inside the 90 % interval (range: Wilson 95 %)",
                f"{name.zh}：落在 90% 区间内的月份（区间：威尔逊 95%）",
            ),
            share,
            "%",
            low,
            high,
            formula="months with 5 % point ≤ truth ≤ 95 % point / months",
        )
        yield Figure(
            f"score.crps.{one.quantity}",
            Said(f"{name.en}: mean CRPS", f"{name.zh}：平均 CRPS"),
            one.crps,
            _unit(forecast, one.quantity),
            formula="2·∫ ρ_u(truth − quantile(u)) du",
        )


def _scores(forecast: Forecast, scored: list[Scored]) -> Table:
    heads = (
        Said("forecast of", "预测对象"),
        Said("against", "对照"),
        Said("months", "月数"),
        Said("CRPS", "CRPS"),
        Said("its CRPS", "对照 CRPS"),
        Said("skill", "技巧分"),
        Said("from", "下限"),
        Said("to", "上限"),
        Said("verdict", "结论"),
    )
    rows = tuple(_row(forecast, one, other) for one in scored for other in one.against)
    title = Said("Skill: 1 is perfect, 0 no better", "技巧分：1 为完美，0 为没有更好")
    return Table("score.skill", title, heads, rows)


def _row(forecast: Forecast, one: Scored, other: Against) -> tuple[Any, ...]:
    unit = _unit(forecast, one.quantity)
    return (
        WORDS[one.quantity], WORDS[other.name], len(one.months), Figure("", _NONE, one.crps, unit),
        Figure("", _NONE, other.crps, unit), _rounded(other.skill), _rounded(other.low),
        _rounded(other.high), WORDS[other.verdict],
    )  # fmt: skip


def _months(forecast: Forecast, scored: list[Scored]) -> Table:
    heads = (
        Said("forecast of", "预测对象"),
        Said("month", "月份"),
        Said("5 %", "5%"),
        Said("half", "中位数"),
        Said("95 %", "95%"),
        Said("came", "实际"),
        Said("CRPS", "CRPS"),
    )
    rows = []
    for one in scored:
        unit = _unit(forecast, one.quantity)
        for i, month in enumerate(one.months):
            numbers = (*one.bands[:, i], one.truth[i], one.scores[i])
            cells = (Figure("", _NONE, float(number), unit) for number in numbers)
            rows.append((WORDS[one.quantity], month, *cells))
    return Table("score.months", Said("Month by month", "逐月"), heads, tuple(rows))


def _chart(one: Scored) -> Chart:
    name = WORDS[one.quantity]
    title = Said(f"{name.en}: forecast and truth", f"{name.zh}：预测与实际")
    return Chart(f"score.{one.quantity}", title, lambda language: against_truth(one, language))


def against_truth(one: Scored, language: str) -> dict[str, Any]:
    """Return the forecast's interval and median with what came, by month."""
    low, middle, high = one.bands.tolist()
    rows = [
        {"month": month, "low": low[i], "middle": middle[i], "high": high[i], "came": came}
        for i, (month, came) in enumerate(zip(one.months, one.truth.tolist(), strict=True))
    ]
    x = {"field": "month", "type": "ordinal", "title": Said("month", "月份")(language),
         "axis": {"labelAngle": 0, "labelOverlap": True}}  # fmt: skip
    title = WORDS[one.quantity](language)

    def layer(mark: dict[str, Any], field: str, **more: Any) -> dict[str, Any]:
        y = {"field": field, "type": "quantitative", "title": title, "scale": {"zero": False}}
        return {"mark": mark, "encoding": {"x": x, "y": y, **more}}

    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "layer": [
            layer({"type": "bar", "opacity": 0.25, "color": "#0b62a8", "width": 14}, "low",
                  y2={"field": "high"}),
            layer({"type": "tick", "color": "#0b62a8", "thickness": 2, "width": 14}, "middle"),
            layer({"type": "point", "filled": True, "size": 60, "color": "#b34700"}, "came"),
        ],
    }  # fmt: skip


def _cautions(scored: list[Scored]) -> Iterator[Caution]:
    fewest = min(len(one.months) for one in scored)
    if fewest < LEAST:
        yield Caution(
            "score.few",
            Said(
                f"Of some quantity only {fewest} of the months are known: below {LEAST} nothing is"
                " said of skill.",
                f"部分指标只有 {fewest} 个月的数据：少于 {LEAST} 个月时不评价技巧分。",
            ),
        )
    if any(not one.against for one in scored):
        yield Caution(
            "score.no_reference",
            Said(
                "For some quantity nothing is known from before the forecast, so that there is"
                " nothing to compare it with: put the months before it into the truth.",
                "部分指标在预测之前没有任何数据，无从比较：请在实际数据中加入此前的月份。",
            ),
        )


def _notes(truth: Truth) -> Iterator[Said]:
    yield Said(
        "Months follow each other: they err alike, so that coverage is less sure than Wilson's"
        " interval says. The skill's interval draws blocks of months for that reason.",
        "相邻月份的误差相似，因此覆盖率比威尔逊区间显示的更不确定；技巧分的区间因此按月份块抽样。",
    )
    if truth.source == "ledger":
        yield Said(
            "The truth is the ledger's: customers with a plan when the month began, answers, and"
            " what calls cost (left out where the venture has other income); fees and cash are not"
            " in it. --truth takes a CSV.",
            "实际值来自账本：月初有套餐的客户、回答次数与调用费用（若有其他收入则不比较收入）；"
            "不含固定费与现金。可用 --truth 提供 CSV。",
        )


def _data(forecast: Forecast, truth: Truth, scored: list[Scored]) -> dict[str, Any]:
    return {
        "forecast": forecast.path.name,
        "frozen": forecast.frozen,
        "sha256": forecast.hash,
        "truth": truth.source,
        "scores": {
            one.quantity: {
                "months": one.months,
                "crps": one.crps,
                "coverage": one.covered,
                "by_month": one.scores,
                "against": [
                    {
                        "name": other.name, "crps": other.crps, "skill": other.skill,
                        "low": other.low, "high": other.high, "verdict": other.verdict,
                    }
                    for other in one.against
                ],
            }
            for one in scored
        },
    }  # fmt: skip


def _unit(forecast: Forecast, quantity: str) -> str:
    return UNITS.get(quantity, str(forecast.told["currency"]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
