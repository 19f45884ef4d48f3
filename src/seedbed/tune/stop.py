"""The stop rule: climb on only while the next rung can be worth its price.

It knows validation rows only, through what it is given: where the ladder stands, what the rungs
ahead would cost and could gain, the bar, the budget and what an error costs. It stops when the bar
is met with confidence, when no rung ahead fits the budget, or when the most that any of them can
gain is worth less than its price. A rung is passed over where climbing it would leave a better one
too little time, or where only a later one can reach the bar.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from seedbed.recipe import Value

Said = dict[str, str]
CROWDED = 0.8
"""Share of its passes that must be left to a rung for the one before it not to be in its way."""
LEAST_GAIN = 0.002
"""Where no price of an error is given: a fifth of a point, which no judge could tell from noise."""


@dataclass(frozen=True)
class Standing:
    """The best rung so far.

    Attributes:
        rung: Its name.
        value: Its metric on held-out rows.
        low: Lower end of the metric's 95 % interval.
        serving: What one answer costs to compute, in money.
        few: Whether labels have few rows, of which rungs gain otherwise.
    """

    rung: str
    value: float
    low: float
    serving: float = 0.0
    few: bool = False


@dataclass(frozen=True)
class Ahead:
    """A rung not climbed yet.

    Attributes:
        rung: Its name.
        setup: Seconds before it learns, and after.
        epoch: Seconds of a pass over the rows; 0 where it makes none.
        wanted: Passes it should make.
        least: Passes below which it is not worth beginning: part of one where rows are many.
        spares: Seconds of the rungs above it that they need not spend where it was climbed.
        serving: What one of its answers would cost to compute, in money.
    """

    rung: str
    setup: float
    epoch: float = 0.0
    wanted: float = 0.0
    least: float = 1.0
    serving: float = 0.0
    spares: float = 0.0

    def epochs(self, left: float) -> float:
        """Return the passes that fit into `left` seconds: none, or the least to the wanted."""
        if not self.wanted:
            return 0.0
        return passes((left - self.setup) / max(self.epoch, 1e-9), self.wanted, self.least)

    def seconds(self, left: float) -> float:
        """Return the seconds it would take with `left` seconds to go; at least the least."""
        least = min(self.least, self.wanted)
        return self.setup + self.epoch * max(self.epochs(left), least)


def passes(fit: float, wanted: float, least: float) -> float:
    """Return the passes to plan where `fit` would fit, rounded down to tenths of the least."""
    least = min(least, wanted)
    if fit < least:
        return 0.0
    return min(wanted, max(least, round(math.floor(10 * fit / least) * least / 10, 4)))


@dataclass(frozen=True)
class Gain:
    """Points of the metric that a rung may add to the best so far: on average, and at most."""

    expected: float
    most: float


@dataclass(frozen=True)
class Decision:
    """What to do next, and why.

    Attributes:
        rung: The rung to climb; None to stop.
        reason: `first`, `worth`, `bar`, `budget`, `price` or `top`.
        said: The reason in a sentence, English and Chinese.
        skipped: Rungs passed over, each with its reason.
    """

    rung: str | None
    reason: str
    said: Said
    skipped: Mapping[str, Said] = field(default_factory=dict)


@cache
def _table(*, few: bool = False) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    told = json.loads((files("seedbed.tune") / "gains.json").read_text(encoding="utf-8"))
    found: Mapping[str, Mapping[str, tuple[float, float]]] = (told["few"] if few else told)["gains"]
    return found


def gain(standing: Standing, rung: str) -> Gain:
    """Return what a rung can add, as a share of the errors that are left.

    The shares stand in `gains.json`, measured by `bench/gains.py` on the sets it names. A rung that
    the file does not know may halve the errors at most.
    """
    expected, most = _table(few=standing.few).get(standing.rung, {}).get(rung, (0.1, 0.5))
    return Gain(expected * (1 - standing.value), most * (1 - standing.value))


def measured(standing: Standing, rung: str) -> bool:
    """Tell whether what a rung can add was measured, and is no guess."""
    return rung in _table(few=standing.few).get(standing.rung, {})


def worth(points: float, value: Value) -> float | None:
    """Return what `points` of accuracy are worth over the horizon; None without an error's cost."""
    if value.error_cost is None:
        return None
    return points * value.monthly_requests * value.horizon_months * value.error_cost


def price(ahead: Ahead, standing: Standing, seconds: float, value: Value) -> float:
    """Return what climbing costs: the machine's time, and dearer answers over the horizon."""
    answers = value.monthly_requests * value.horizon_months
    dearer = max(0.0, ahead.serving - standing.serving) * answers
    return seconds / 3600 * value.compute_hour + dearer


def decide(
    standing: Standing | None,
    ahead: Sequence[Ahead],
    *,
    bar: float | None,
    left: float,
    value: Value,
) -> Decision:
    """Return what to do next.

    Args:
        standing: The best rung so far; None before the first.
        ahead: Rungs not climbed, cheapest first.
        bar: The recipe's bar, or None.
        left: Seconds of the budget that the ladder may still use.
        value: What an answer is worth.
    """
    if not ahead:
        return Decision(None, "top", _say_top())
    if standing is None:
        return Decision(ahead[0].rung, "first", _say_first(ahead[0]))
    if bar is not None and standing.low >= bar:
        return Decision(None, "bar", _say_bar(standing, bar, ahead[0], left, value))
    fitting = [one for one in ahead if one.seconds(left) <= left]
    if not fitting:
        return Decision(None, "budget", _say_budget(standing, ahead, left, value))
    paying = [one for one in fitting if _pays(one, standing, left, value)]
    if not paying:
        return Decision(None, "price", _say_price(standing, fitting, left, value))
    skipped: dict[str, Said] = {}
    for i, one in enumerate(ahead):
        if one not in paying:
            skipped[one.rung] = _say_left_out(one, standing, left, value)
            continue
        later = [other for other in ahead[i + 1 :] if other in paying]
        why = _passed_over(one, later, standing, bar, left)
        if not why:
            return Decision(one.rung, "worth", _say_worth(standing, one, left, value), skipped)
        skipped[one.rung] = why
    raise AssertionError("the last rung that pays is never passed over")


def _pays(one: Ahead, standing: Standing, left: float, value: Value) -> bool:
    most = gain(standing, one.rung).most
    money = worth(most, value)
    if money is None:
        return most >= LEAST_GAIN
    return money > price(one, standing, one.seconds(left), value)


def _passed_over(
    one: Ahead, later: Sequence[Ahead], standing: Standing, bar: float | None, left: float
) -> Said | None:
    mine = gain(standing, one.rung)
    after = left - one.seconds(left) + one.spares
    # The best of those above first, for it is the reason that matters.
    for other in sorted(later, key=lambda other: -gain(standing, other.rung).expected):
        theirs = gain(standing, other.rung)
        reaches = bar is not None and standing.value + theirs.most >= bar
        # A rung that makes no passes is cheap, and others start from what it found.
        if one.wanted and bar is not None and standing.value + mine.most < bar and reaches:
            return {
                "en": f"even at its most, {points(mine.most)}, `{one.rung}` would not reach the "
                f"bar; `{other.rung}` may",
                "zh": f"`{one.rung}` 最多提高 {points(mine.most, 'zh')}，仍达不到门槛；"
                f"`{other.rung}` 有可能达到",
            }
        crowded = other.epochs(after) < CROWDED * other.epochs(left)
        crowded |= not other.wanted and other.seconds(after) > after
        expects_bar = bar is not None and standing.value + mine.expected >= bar
        if crowded and theirs.expected > mine.expected and not expects_bar:
            return {
                "en": f"its {minutes(one.seconds(left))} would leave `{other.rung}`, which gains "
                "more as a rule, too little time",
                "zh": f"它要用 {minutes(one.seconds(left), 'zh')}，"
                f"会使通常提高更多的 `{other.rung}` 时间不足",
            }
    return None


def points(share: float, language: str = "en") -> str:
    """Return a share as points: 0.012 → `1.2 points`."""
    return f"{share * 100:.1f} 个百分点" if language == "zh" else f"{share * 100:.1f} points"


def minutes(seconds: float, language: str = "en") -> str:
    """Return a time as people say it."""
    number, en, zh = (seconds / 60, "min", "分钟") if seconds >= 90 else (seconds, "s", "秒")
    shown = f"{max(number, 0):.1f}" if number < 10 and seconds >= 90 else f"{max(number, 0):.0f}"
    return f"{shown} {zh if language == 'zh' else en}"


def money(amount: float, currency: str) -> str:
    """Return an amount, small ones with enough digits to be told from nothing."""
    digits = 0 if amount >= 1000 else 2 if amount >= 0.1 else 4
    return f"{amount:,.{digits}f} {currency}"


def _say_first(one: Ahead) -> Said:
    return {
        "en": f"`{one.rung}` is the cheapest rung.",
        "zh": f"`{one.rung}` 是成本最低的一级。",
    }


def _say_top() -> Said:
    return {"en": "The ladder was climbed to its top.", "zh": "已登上阶梯的最高一级。"}


def _in_money(standing: Standing, one: Ahead, left: float, value: Value) -> Said:
    """Say what a rung would cost, the most it could gain, and what that is worth."""
    seconds = one.seconds(max(left, 0))
    most = gain(standing, one.rung).most
    cost = price(one, standing, seconds, value)
    gained = worth(most, value)
    months, requests = value.horizon_months, value.monthly_requests
    asked = f"{requests:,}"
    en = (
        f"`{one.rung}` would take about {minutes(seconds)} and cost {money(cost, value.currency)}; "
        f"at most it could gain {points(most)}"
    )
    zh = (
        f"`{one.rung}` 约需 {minutes(seconds, 'zh')}，花费 {money(cost, value.currency)}；"
        f"最多可提高 {points(most, 'zh')}"
    )
    if gained is not None:
        return {
            "en": f"{en}, worth {money(gained, value.currency)} over {months:g} months of {asked} "
            "answers",
            "zh": f"{zh}，按每月 {asked} 次回答、{months:g} 个月计，值 "
            f"{money(gained, value.currency)}",
        }
    even = cost / max(most * requests * months, 1e-12)
    return {
        "en": f"{en}, which pays where a wrong answer costs more than "
        f"{money(even, value.currency)} (set value.error_cost to have this decided)",
        "zh": f"{zh}；只要一次错误回答的损失超过 {money(even, value.currency)} 就划算"
        "（设置 value.error_cost 可让系统据此决定）",
    }


def _joined(en: str, zh: str, more: Said) -> Said:
    return {"en": f"{en} {more['en']}.", "zh": f"{zh}{more['zh']}。"}


def _say_worth(standing: Standing, one: Ahead, left: float, value: Value) -> Said:
    more = _in_money(standing, one, left, value)
    at = f"{standing.value:.3f}"
    return _joined(f"`{standing.rung}` stands at {at}.", f"`{standing.rung}` 目前为 {at}。", more)


def _say_bar(standing: Standing, bar: float, one: Ahead, left: float, value: Value) -> Said:
    more = _in_money(standing, one, left, value)
    return _joined(
        f"The bar of {bar:g} is met with 95 % confidence by `{standing.rung}` "
        f"({standing.value:.3f}, at least {standing.low:.3f}), the cheapest that does. "
        "The next rung:",
        f"`{standing.rung}` 以 95% 的置信度达到门槛 {bar:g}（{standing.value:.3f}，至少 "
        f"{standing.low:.3f}），是达标者中成本最低的。下一级 ",
        more,
    )


def _say_budget(standing: Standing, ahead: Sequence[Ahead], left: float, value: Value) -> Said:
    one = min(ahead, key=lambda ahead: ahead.seconds(left))
    more = _in_money(standing, one, left, value)
    return _joined(
        f"The budget is spent: {minutes(max(left, 0))} are left for learning beside what the gate "
        "and the judge will take. The next rung:",
        f"预算已用完：除去验收和评判所需，可用于训练的时间只剩 "
        f"{minutes(max(left, 0), 'zh')}。下一级 ",
        more,
    )


def _say_left_out(one: Ahead, standing: Standing, left: float, value: Value) -> Said:
    if (seconds := one.seconds(left)) > left:
        return {
            "en": f"its {minutes(seconds)} do not fit into the {minutes(left)} that are left",
            "zh": f"它要用 {minutes(seconds, 'zh')}，而只剩 {minutes(left, 'zh')}",
        }
    return _joined("not worth its price:", "不值其价：", _in_money(standing, one, left, value))


def _say_price(standing: Standing, fitting: Sequence[Ahead], left: float, value: Value) -> Said:
    one = max(fitting, key=lambda ahead: gain(standing, ahead.rung).most)
    more = _in_money(standing, one, left, value)
    return _joined(
        f"No rung above `{standing.rung}` is worth its price. The best of them:",
        f"`{standing.rung}` 之上没有值得其价的一级。其中最好的 ",
        more,
    )
