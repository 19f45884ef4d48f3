"""What may be wrong with an assumption: each finding names its paths and says what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from seedbed.venture.machines import PATHS, apart
from seedbed.venture.months import gone_by
from seedbed.venture.register import Entry
from seedbed.venture.result import Said

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

Kind = Literal[
    "missing", "contradicted", "begun", "surprising", "unmeasured", "elsewhere", "stale", "nowhere",
    "undated", "degenerate", "bounded",
]  # fmt: skip

STALE_DAYS = 180
"""A belief older than this is stale."""

SOME = 0.001
"""From this share of draws on, what stands at a bound is told."""

NEEDS: dict[str, tuple[str, ...]] = {
    "unit.hour": ("unit", "price", "runway"),
    "unit.answers_per_second": ("unit", "price", "runway"),
    "unit.utilisation": ("unit", "price", "runway"),
    "market.population": ("market", "runway"),
    "market.share": ("market", "runway"),
    "market.innovation": ("market", "runway"),
    "market.imitation": ("market", "runway"),
    "customers.now": ("runway",),
    "customers.answers": ("market", "price", "runway"),
    "customers.churn": ("unit", "runway"),
    "customers.acquisition_cost": ("unit", "runway"),
    "price.now": ("unit", "price", "runway"),
    "price.elasticity": ("price",),
    "discount": ("unit", "allocate", "invest"),
}
"""What the actions cannot do without, by path."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may be wrong.

    Attributes:
        kind: What.
        said: It, in both languages, with what to do.
        paths: The assumptions, or the key of the file, that it is about.
    """

    kind: Kind
    said: Said
    paths: tuple[str, ...]


def findings(plan: Plan) -> list[Finding]:
    """Return all that may be wrong with a plan's assumptions, gravest first."""
    entries = list(plan.register.values())
    return [
        *_missing(plan),
        *_contradicted(plan),
        *_begun(plan),
        *_pinned(entries),
        *_surprising(entries),
        *_unmeasured(plan),
        *_elsewhere(plan),
        *_stale(plan, entries),
        *_bounded(entries),
        *_idle(plan),
        *_bare(entries),
    ]


def _missing(plan: Plan) -> Iterator[Finding]:
    grown = plan.has("customers.growth")
    for path, actions in NEEDS.items():
        if plan.has(path) or (grown and path.startswith("market.")):
            continue
        if path == "price.elasticity" and plan.venture.price.demand == "inverse":
            continue
        place = plan.register.open[path]
        named = ", ".join(f"plan {action}" for action in actions)
        said = Said(
            f"{path} is missing: {place.about} Needed by {named}.",
            f"缺少 {path}（{named} 需要它）：写进文件，或让 Seedbed 从版本或账本中测得。",
        )
        yield Finding("missing", said, (path,))


def _contradicted(plan: Plan) -> Iterator[Finding]:
    """Yield where the market is smaller than what is sold already."""
    paths = ("market.population", "market.share", "customers.now")
    if not all(plan.has(path) for path in paths) or plan.has("customers.growth"):
        return
    draws = plan.draws
    often = float(np.mean(draws[paths[0]] * draws[paths[1]] < draws[paths[2]]))
    if often >= SOME:
        said = Said(
            f"In {often:.1%} of the draws there are more customers today than the market has;"
            " nobody comes there. Raise market.share or market.population.",
            f"在 {often:.1%} 的抽样里，现有客户已多于整个市场，此后不会再有新客户。"
            "请调高 market.share 或 market.population。",
        )
        yield Finding("contradicted", said, paths)


def _begun(plan: Plan) -> Iterator[Finding]:
    """Yield that the plan begins in a month that has gone by."""
    if said := gone_by(plan):
        yield Finding("begun", said, ("start",))


def _pinned(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Yield pinned values that the measurement speaks against."""
    for one in entries:
        if one.pinned and one.measured and _apart(one.now, one.measured):
            told = _number(one.measured.value)
            said = Said(
                f"{one.path} is pinned at {_number(one.now.value)}, but {told} was measured"
                f" ({one.measured.source}). Take `pin` out, or say why it stays.",
                f"{one.path} 被固定为 {_number(one.now.value)}，但测得 {told}。"
                "请去掉 pin，或写明保留的理由。",
            )
            yield Finding("contradicted", said, (one.path,))


def _surprising(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Yield measurements that replaced a belief whose range they are not in."""
    for one in entries:
        if one.origin in ("measured", "survey") and one.written and _apart(one.written, one.now):
            written, told = _range(one), _number(one.now.value)
            said = Said(
                f"{one.path} was measured at {told}; the file's {written} was off.",
                f"{one.path} 测得 {told}，不在文件所写的 {written} 之内。",
            )
            yield Finding("surprising", said, (one.path,))


def _unmeasured(plan: Plan) -> Iterator[Finding]:
    """Yield what the release, the ledger or a plan could tell, and does not."""
    for path, said in plan.measured.unmeasured.items():
        yield Finding("unmeasured", said, (path,))


def _elsewhere(plan: Plan) -> Iterator[Finding]:
    """Yield where the speed is of one machine and the price of another."""
    if said := apart(plan):
        yield Finding("elsewhere", said, PATHS)


def _range(one: Entry) -> str:
    assert one.written is not None
    if one.written.low is None or one.written.high is None:
        return _number(one.written.value)
    return f"{_number(one.written.low)}..{_number(one.written.high)}"


def _number(value: float) -> str:
    """Return a number to three digits that count, and never as a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _apart(one: object, other: object) -> bool:
    """Tell whether two ranges have nothing in common."""
    low, high = _ends(one)
    other_low, other_high = _ends(other)
    return low > other_high or other_low > high


def _ends(belief: object) -> tuple[float, float]:
    low, high = getattr(belief, "low", None), getattr(belief, "high", None)
    value = float(getattr(belief, "value", 0.0))
    return (value if low is None else low, value if high is None else high)


def stale_price(plan: Plan, path: str) -> Said | None:
    """Say that a value is from a row of the price table that is out of date; None where it is not.

    What rests on it says so too, so that the warning stays in every document.
    """
    one = plan.register.get(path)
    if one is None or one.origin != "table" or _age(plan, one) <= STALE_DAYS:
        return None
    part, _, leaf = path.rpartition(".")
    line = f"{leaf}: {{low: LOW, high: HIGH, source: WHERE, date: {plan.today}}}"
    return Said(
        f"{path} is from the price table ({one.where}), of {one.now.date}: out of date, older than"
        f" {STALE_DAYS} days, and it counts until you write today's. Look the price up and write it"
        f" under {part} in the venture file: `{line}`; or put a prices.csv with the row beside it.",
        f"{path} 取自价格表（{one.where}），日期为 {one.now.date}，超过 {STALE_DAYS} 天，已过期；"
        f"在写入现价之前仍按旧价计算。请查到现价后写进创业文件的 {part} 之下：`{line}`；"
        "或在旁边放一个含该行的 prices.csv。",
    )


def _stale(plan: Plan, entries: Iterable[Entry]) -> Iterator[Finding]:
    old = [one for one in entries if _age(plan, one) > STALE_DAYS]
    for one in old:
        if said := stale_price(plan, one.path):
            yield Finding("stale", said, (one.path,))
    paths = tuple(one.path for one in old if one.origin != "table")
    if paths:
        told = _listed(paths)
        said = Said(
            f"Older than {STALE_DAYS} days: {told}. Look again, and change the date.",
            f"来源已超过 {STALE_DAYS} 天：{told}。请重新核实并更新日期。",
        )
        yield Finding("stale", said, paths)


def _age(plan: Plan, one: Entry) -> int:
    """Return a value's age in days; studies of analogies and `plan invest`'s own do not age."""
    studied = one.origin == "table" and one.path.startswith("market.")
    if one.now.date is None or studied or one.apart:
        return 0
    return (plan.today - one.now.date).days


def _bounded(entries: Iterable[Entry]) -> Iterator[Finding]:
    for one in entries:
        often = one.now.outside()
        if often >= SOME:
            bound = one.now.floor if one.now.floor is not None else one.now.ceiling
            said = Said(
                f"{one.path} stands at its bound {bound:g} in {often:.1%} of the draws:"
                " its range reaches it.",
                f"{one.path} 的区间触及边界 {bound:g}：有 {often:.1%} 的抽样正好取该值。",
            )
            yield Finding("bounded", said, (one.path,))


def _idle(plan: Plan) -> Iterator[Finding]:
    """Yield correlations that do nothing, for one of the two has no range."""
    register = plan.register
    for one in plan.venture.correlations:
        fixed = [path for path in one.between if path not in register or register[path].now.certain]
        if fixed:
            said = Said(
                f"The correlation of {one.between[0]} and {one.between[1]} has no effect:"
                f" {', '.join(fixed)} has no range.",
                f"{one.between[0]} 与 {one.between[1]} 的相关不起作用："
                f"{'、'.join(fixed)} 没有区间。",
            )
            yield Finding("degenerate", said, one.between)


def _bare(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Yield what has no range, no source or no date; each kind once, with all its paths."""
    entries = list(entries)
    ours = [one for one in entries if one.origin == "file" and one.now.median != 0]
    bare = tuple(one.path for one in ours if one.now.certain)
    if bare:
        told = _listed(bare)
        said = Said(
            f"Without a range, as if they were known exactly: {told}.",
            f"没有区间、像是完全确定的：{told}。",
        )
        yield Finding("degenerate", said, bare)
    nowhere = tuple(one.path for one in ours if not one.now.source)
    if nowhere:
        told = _listed(nowhere)
        said = Said(
            f'From nowhere (write a source, if only "our guess"): {told}.',
            f"没有来源（哪怕写“我们的估计”）：{told}。",
        )
        yield Finding("nowhere", said, nowhere)
    guessed = tuple(one.path for one in entries if one.origin == "default")
    if guessed:
        told = _listed(guessed)
        said = Said(
            f"Defaults taken from nowhere, for the file says nothing: {told}. Write your own.",
            f"文件未写明、没有任何依据的默认值：{told}。请自行填写。",
        )
        yield Finding("nowhere", said, guessed)
    undated = tuple(one.path for one in ours if one.now.source and one.now.date is None)
    if undated:
        told = _listed(undated)
        said = Said(f"With a source but no date: {told}.", f"有来源但没有日期：{told}。")
        yield Finding("undated", said, undated)


def _listed(paths: tuple[str, ...], most: int = 6) -> str:
    rest = len(paths) - most
    return ", ".join(paths[:most]) + (f", +{rest}" if rest > 0 else "")
