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
        forecast: Which; by default that of `choose`.
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
    if forecast is not None:
        return told(forecast, known, compare(forecast, known, seed=plan.venture.seed))
    chosen, why = choose(plan, known)
    return told(chosen, known, compare(chosen, known, seed=plan.venture.seed), why)


def choose(plan: Plan, truth: Truth) -> tuple[Forecast, tuple[Said, ...]]:
    """Return the forecast to score, and why it is that one, where there are several.

    It is the newest that is scored on enough months for a verdict; else the one that is on most. By
    what it scores none is chosen.

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
    over = [(len(set(one.ahead) & set(truth.months)), one) for one in reversed(found)]
    enough = [one for months, one in over if months >= LEAST]
    chosen = enough[0] if enough else max(over, key=lambda pair: pair[0])[1]
    return chosen, _why(len(found), enough=bool(enough)) if len(found) > 1 else ()


def _why(many: int, *, enough: bool) -> tuple[Said, ...]:
    if enough:
        said = Said(
            f"Of {many} forecasts this is the newest of which {LEAST} months are over; --forecast"
            " names another.",
            f"共冻结了 {many} 份预测，此处评分的是已有 {LEAST} 个月可评分的最新一份；"
            "可用 --forecast 指定另一份。",
        )
    else:
        said = Said(
            f"Of {many} forecasts this is the one of which most months are over; --forecast names"
            " another.",
            f"共冻结了 {many} 份预测，此处评分的是可评分月份最多的一份；"
            "可用 --forecast 指定另一份。",
        )
    return (said,)


def told(
    forecast: Forecast, truth: Truth, scored: list[Scored], why: tuple[Said, ...] = ()
) -> Section:
    """Return scores in words; `why` says why it is this forecast."""
    return Section(
        key="score",
        title=TITLE,
        answer=_answer(forecast, scored),
        figures=tuple(_figures(forecast, scored)),
        tables=(tables.skill(forecast, scored), tables.months(forecast, scored)),
        charts=tuple(tables.chart(one) for one in scored),
        cautions=(*_seen(forecast, truth), *_cautions(scored)),
        notes=(*why, *_notes(truth)),
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


def _left_out(forecast: Forecast, truth: Truth) -> list[str]:
    """Return the months that are known and are not scored, for it was frozen too late."""
    return [one for one in forecast.months if one in truth.months and one not in forecast.ahead]


def _seen(forecast: Forecast, truth: Truth) -> Iterator[Caution]:
    if left := _left_out(forecast, truth):
        months = left[0] if len(left) == 1 else f"{left[0]} … {left[-1]}"
        yield Caution(
            "score.hindsight",
            Said(
                f"Not scored: {months}. When the forecast was frozen on {forecast.frozen} they were"
                " over or under way, and hindsight is no forecast.",
                f"不参与评分：{months}。预测于 {forecast.frozen} 冻结时，"
                "这些月份已经结束或正在进行，事后所见不算预测。",
            ),
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
        "left_out": _left_out(forecast, truth),
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
