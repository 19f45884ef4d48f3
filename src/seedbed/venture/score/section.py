"""What `plan score` says: how good the frozen forecast was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seedbed.errors import ForecastMissing
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Figure, Said, Section
from seedbed.venture.score import tables
from seedbed.venture.score.compare import LEAST, Scored, compare
from seedbed.venture.score.frozen import Forecast, folder, forecasts
from seedbed.venture.score.truth import Truth, from_ledger

TITLE = Said("How good the forecast was", "预测有多准")


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
    chosen = forecast or newest(plan, known)
    return told(chosen, known, compare(chosen, known, seed=plan.venture.seed))


def newest(plan: Plan, truth: Truth) -> Forecast:
    """Return the newest forecast that has a month to score, else the newest.

    Raises:
        ForecastMissing: nothing was frozen, or it was altered.
    """
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
        tables=(tables.skill(forecast, scored), tables.months(forecast, scored)),
        charts=tuple(tables.chart(one) for one in scored),
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
        name = tables.WORDS[one.quantity]
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
            tables.unit_of(forecast, one.quantity),
            formula="2·∫ ρ_u(truth − quantile(u)) du",
        )


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
            " income net of tax: calls, fees and commitments as they were earned, less credit notes"
            " (left out where the venture has other income). Cash is not in it. --truth takes a"
            " CSV.",
            "实际值来自账本：月初有套餐的客户、回答次数与不含税收入"
            "（按权责发生制计入调用费、固定费与最低消费，扣除贷项通知；若有其他收入则不比较收入）；"
            "不含现金。可用 --truth 提供 CSV。",
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
