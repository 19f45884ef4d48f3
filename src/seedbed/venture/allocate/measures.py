"""β and γ of R = C·η·α·β·γ, as far as the releases, the ledger and the venture file can tell.

    β = (quality gained / months) / ((bar − first quality) / months planned)
    γ = income of an answer / value delivered by it
      = income of an answer / ((1 − unit.error_rate) · value.right_answer)

β's months run from the first release to the first that met the recipe's bar, else to today: what
stands still grows slow. γ's income is the ledger's where it has whole months, else today's price.
What a right answer is worth to who buys it nobody but the buyer can measure: it is the venture
file's own assumption, and the table says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from seedbed.errors import SeedbedError
from seedbed.venture.ledger_facts import RECENT
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said

MONTH = 365.25 / 12
"""Days in a month."""
LEAST = 1.0
"""Months below which a pace is noise."""

WORTH = "value.right_answer"
PLANNED = "factors.bar_months"


@dataclass(frozen=True, slots=True)
class Seen:
    """What could be measured of a factor.

    Attributes:
        value: None where nothing can be told.
        how: From what, where there is more to say than the formula.
        why: Why nothing can be told, where there is more to say than that it cannot.
    """

    value: float | None = None
    how: Said | None = None
    why: Said | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A release as β needs it: its day, its quality by its metric, and the recipe's bar."""

    made: date
    metric: str
    quality: float
    bar: float | None


def innovation(plan: Plan) -> Seen:
    """Return β: quality gained a month, of what was planned a month."""
    told = _releases(plan)
    if not told:
        return Seen()
    first, bar = told[0], told[-1].bar
    if bar is None:
        return Seen(why=Said("the recipe has no quality.bar", "配方没有 quality.bar"))
    if first.metric != told[-1].metric:
        return Seen(why=_METRICS)
    if bar <= first.quality:
        return Seen(why=_MET)
    last = next((one for one in told if one.quality >= bar), told[-1])
    until = last.made if last.quality >= bar else plan.today
    months = (until - first.made).days / MONTH
    if months < LEAST:
        return Seen(why=_EARLY)
    wanted, where = _planned(plan)
    pace, asked = (last.quality - first.quality) / months, (bar - first.quality) / wanted
    return Seen(pace / asked, how=_paces(first.metric, pace, asked, months, where))


def earning(plan: Plan) -> Seen:
    """Return γ: income per value delivered."""
    if not plan.has(WORTH):
        return Seen(why=_NO_WORTH)
    worth = plan.value(WORTH)
    income, source = _income(plan)
    if income is None or not plan.has("unit.error_rate") or worth <= 0:
        return Seen()
    error = plan.value("unit.error_rate")
    if error >= 1:
        return Seen()
    where = plan.register[WORTH].where
    how = Said(
        f"{source.en} / ((1 − unit.error_rate) · {WORTH}); what a right answer is worth is the"
        f" file's assumption ({where})",
        f"{source.zh} / ((1 − unit.error_rate) · {WORTH})；正确回答的价值是文件中的假设（{where}）",
    )
    return Seen(income / ((1 - error) * worth), how=how)


def _releases(plan: Plan) -> list[_Judged]:
    """Return the releases of the name that is sold, oldest first; none where one is damaged."""
    from seedbed.release.store import folders, opened

    if plan.measured.sold is None:
        return []
    try:
        found = [opened(one) for one in folders(plan.home, plan.measured.sold.name)]
        return [_judged(one.manifest, one.read("report.json")) for one in found]
    except SeedbedError:
        return []


def _judged(manifest: Mapping[str, Any], report: Mapping[str, Any]) -> _Judged:
    metric, bar = str(report["metric"]), report.get("bar")
    quality = float(report["metrics"][metric]["value"])
    made = date.fromisoformat(str(manifest["made"])[:10])
    return _Judged(made, metric, quality, None if bar is None else float(bar))


def _planned(plan: Plan) -> tuple[float, Said]:
    """Return in how many months the bar was to be met, and where that stands."""
    if plan.has(PLANNED):
        where = plan.register[PLANNED].where
        return plan.value(PLANNED), Said(f"{PLANNED}, {where}", f"{PLANNED}，{where}")
    return float(plan.venture.months), Said(
        f"the plan's months, for the file has no {PLANNED}",
        f"计划期长度，因为文件没有写 {PLANNED}",
    )


def _income(plan: Plan) -> tuple[float | None, Said]:
    """Return what an answer brought net of tax, and where that is from."""
    recent = plan.measured.months[-RECENT:]
    answers = sum(one.answers for one in recent)
    if answers:
        span = f"{recent[0].month} … {recent[-1].month}"
        told = Said(f"the ledger's income an answer, {span}", f"账本 {span} 的每次回答收入")
        return float(sum(one.income for one in recent)) / answers, told
    price = plan.value("price.now") if plan.has("price.now") else None
    return price, Said("price.now", "price.now")


def _paces(metric: str, pace: float, asked: float, months: float, where: Said) -> Said:
    return Said(
        f"{metric} grew by {pace:.2g} a month over {months:.0f} months; the bar asked for"
        f" {asked:.2g} a month ({where.en})",
        f"{months:.0f} 个月内 {metric} 每月提高 {pace:.2g}；"
        f"达到标准需每月 {asked:.2g}（{where.zh}）",
    )


_METRICS = Said("the releases were judged by different metrics", "各版本使用的评价指标不同")
_MET = Said(
    "the first release had met the bar: no gain was planned", "首个版本已达到标准：没有计划中的提升"
)
_EARLY = Said(
    "too early to say: less than a month since the first release", "为时过早：距首个版本不足一个月"
)
_NO_WORTH = Said(
    f"the file does not say what a right answer is worth to who buys it ({WORTH})",
    f"文件没有写正确回答对买方的价值（{WORTH}）",
)
