"""`ship` or `hold`, and every reason that spoke for or against.

Each reason passed or not; one that did not holds the release back. A warning is said aloud and
holds nothing back by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.judge.say import (
    Said,
    about,
    count,
    metric_name,
    number,
    p_value,
    percent,
    plural,
    sentence,
)

WIDEST = 0.05
"""Largest half-width of the metric's interval with which a release may ship."""

FEW = 10
"""Test rows below which a label is too small to be judged alone."""

BASELINE = "baseline"
RIVALS: Mapping[str, Said] = {
    BASELINE: {"en": "the baseline", "zh": "基线"},
    "untuned": {"en": "the untuned encoder", "zh": "未调的编码器"},
    "commonest label": {"en": "always giving the commonest answer", "zh": "永远回答最常见的标签"},
    "nothing": {"en": "finding nothing", "zh": "什么都不找"},
    "untuned model": {"en": "the untuned model", "zh": "未调的模型"},
    "silence": {"en": "saying nothing", "zh": "什么都不说"},
    "mean": {"en": "always giving the mean", "zh": "永远回答平均值"},
}
"""What any release must beat: the baseline (or where it is the baseline what looks at no row), and
what retrieves without having learnt."""

_NAMED_LABELS = 5


@dataclass(frozen=True)
class Reason:
    """One ground of the verdict."""

    kind: str
    said: Said
    passed: bool
    warning: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the reason as the report lists it."""
        return {
            "kind": self.kind,
            "passed": self.passed,
            "warning": self.warning,
            "said": self.said,
        }


@dataclass(frozen=True)
class Grounds:
    """What the verdict rests on.

    Attributes:
        alone: Whether it was compared with no other model, only with what looks at no row.
        found: The metric on all test rows: value, low, high.
        clean: The same without leaked rows, or None where there is no other row.
        compared: The report's comparisons, on all test rows.
        compared_clean: The same without leaked rows.
        leaked: Test rows that also stand in the training rows.
        near: Whether those that nearly do were looked for.
        before: Whether other releases learnt too, of whose rows only the same were looked for.
        label_rows: Test rows of each label.
        promise: The report's part on rejecting, or on the interval of a value; None where an answer
            promises nothing.
        check: The check's findings.
    """

    metric: str
    bar: float | None
    confidence: float
    rows: int
    leaked: int
    near: bool
    before: bool
    alone: bool
    found: Mapping[str, float]
    clean: Mapping[str, float] | None
    compared: Sequence[Mapping[str, Any]]
    compared_clean: Sequence[Mapping[str, Any]]
    label_rows: Mapping[str, int]
    promise: Mapping[str, Any] | None
    check: Sequence[Mapping[str, Any]]
    engines_kept: int

    def figure(self, found: Mapping[str, float]) -> Said:
        """Return a value with its interval: 0.942 (95% interval 0.933 to 0.950)."""
        value, low, high = (number(found[key]) for key in ("value", "low", "high"))
        sure = percent(self.confidence, 0)
        return {
            "en": f"{value} ({sure} interval {low} to {high})",
            "zh": f"{value}（{sure} 区间 {low} 至 {high}）",
        }


def verdict(grounds: Grounds) -> dict[str, Any]:
    """Return `say` and `reasons`: `ship` only if every reason passed."""
    reasons = [
        *([_bar(grounds, grounds.bar)] if grounds.bar is not None else _no_bar(grounds)),
        *(_rival(grounds, one) for one in grounds.compared),
        _rows(grounds),
        *([_labels(grounds)] if grounds.label_rows else []),
        _leaks(grounds),
        *_check(grounds),
        *([_promise(grounds.promise)] if grounds.promise is not None else []),
        _engines(grounds),
    ]
    passed = all(reason.passed for reason in reasons)
    return {
        "say": "ship" if passed else "hold",
        "reasons": [reason.as_dict() for reason in reasons],
    }


def _bar(grounds: Grounds, bar: float) -> Reason:
    found, name, figure = grounds.found, metric_name(grounds.metric), grounds.figure(grounds.found)
    en = sentence(f"{name['en']} is {figure['en']} on {count(grounds.rows)} test rows; ")
    zh = f"{count(grounds.rows)} 条测试行上的{name['zh']}为 {figure['zh']}；"
    if found["low"] >= bar:
        said = {
            "en": f"{en}the bar of {number(bar)} is met.",
            "zh": f"{zh}达到了 {number(bar)} 的要求。",
        }
        return Reason("bar", passed=True, said=said)
    if found["high"] < bar:
        said = {
            "en": f"{en}the bar of {number(bar)} is missed.",
            "zh": f"{zh}未达到 {number(bar)} 的要求。",
        }
        return Reason("bar", passed=False, said=said)
    enough = _enough_for_bar(grounds, bar)
    said = {
        "en": f"{en}the bar of {number(bar)} lies inside: too few rows to know. {enough['en']}",
        "zh": f"{zh}{number(bar)} 的要求落在区间之内：测试行太少，无法断定。{enough['zh']}",
    }
    return Reason("bar", passed=False, said=said)


def _no_bar(grounds: Grounds) -> list[Reason]:
    """Say that only the user can tell what is good enough, where nothing else does."""
    if not grounds.alone:
        return []
    figure, name = grounds.figure(grounds.found), metric_name(grounds.metric)
    said = {
        "en": "No bar was set, and nothing that reads the rows was there to compare with: whether "
        f"{name['en']} of {figure['en']} is enough is yours to say. Set quality.bar.",
        "zh": "没有设定要求，也没有会看数据行的对手可比："
        f"{name['zh']} {figure['zh']} 是否足够，由您判断。请设定 quality.bar。",
    }
    return [Reason("bar", passed=True, said=said, warning=True)]


def _enough_for_bar(grounds: Grounds, bar: float) -> Said:
    """How many rows shrink the interval, as 1/√n, until the bar lies outside."""
    value = grounds.found["value"]
    near = grounds.found["low"] if value >= bar else grounds.found["high"]
    gap = abs(value - bar)
    need = grounds.rows * (abs(value - near) / gap) ** 2 if gap else float("inf")
    if need > 1_000_000:
        return {
            "en": "The two are so close that a million test rows would not tell them apart.",
            "zh": "两者过于接近，一百万条测试行也分辨不出。",
        }
    rows = about(max(need, grounds.rows + 1))
    return {
        "en": f"If the value stays, about {rows} test rows would be enough.",
        "zh": f"若数值不变，大约 {rows} 条测试行就够了。",
    }


def _rival(grounds: Grounds, one: Mapping[str, Any]) -> Reason:
    if one["with"] in RIVALS:
        return _baseline(grounds, one)
    return _previous(grounds, one)


def _evidence(one: Mapping[str, Any]) -> Said:
    gap, low, high = (number(one[key]) for key in ("difference", "low", "high"))
    p = p_value(one["p"])
    test = {"McNemar": "McNemar 检验", "paired bootstrap": "配对自助法"}[one["test"]]
    return {
        "en": f"difference {gap} ({low} to {high}; {one['test']}, {p})",
        "zh": f"差值 {gap}（{low} 至 {high}；{test}，{p}）",
    }


def better(one: Mapping[str, Any], confidence: float) -> bool:
    """Return whether ours is significantly better than the rival."""
    return bool(one["difference"] > 0 and one["p"] < 1 - confidence)


def _baseline(grounds: Grounds, one: Mapping[str, Any]) -> Reason:
    told, rival = _evidence(one), RIVALS[one["with"]]
    if better(one, grounds.confidence):
        said = {
            "en": f"Better than {rival['en']}: {told['en']}.",
            "zh": f"优于{rival['zh']}：{told['zh']}。",
        }
        return Reason("baseline", passed=True, said=said)
    said = {
        "en": f"Not shown to be better than {rival['en']}: {told['en']}.",
        "zh": f"没有证据表明优于{rival['zh']}：{told['zh']}。",
    }
    return Reason("baseline", passed=False, said=said)


def _previous(grounds: Grounds, one: Mapping[str, Any]) -> Reason:
    told, name = _evidence(one), one["with"]
    shown = name.replace("release ", "版本 ")
    worse = one["difference"] < 0 and one["p"] < 1 - grounds.confidence
    if worse:
        said = {
            "en": f"Worse than {name}: {told['en']}.",
            "zh": f"不如{shown}：{told['zh']}。",
        }
    elif better(one, grounds.confidence):
        said = {
            "en": f"Better than {name}: {told['en']}.",
            "zh": f"优于{shown}：{told['zh']}。",
        }
    else:
        said = {
            "en": f"Not shown to be worse than {name}: {told['en']}.",
            "zh": f"没有证据表明不如{shown}：{told['zh']}。",
        }
    return Reason("previous", passed=not worse, said=said)


def _rows(grounds: Grounds) -> Reason:
    half = (grounds.found["high"] - grounds.found["low"]) / 2
    name, rows = metric_name(grounds.metric), count(grounds.rows)
    said = {
        "en": f"{rows} test rows place {name['en']} within ±{number(half)}",
        "zh": f"{rows} 条测试行把{name['zh']}确定到 ±{number(half)}",
    }
    if half <= WIDEST:
        tail = {"en": f"; ±{number(WIDEST)} is asked for.", "zh": f"（要求 ±{number(WIDEST)}）。"}
    else:
        need = about(grounds.rows * (half / WIDEST) ** 2)
        tail = {
            "en": f": too few. ±{number(WIDEST)} is asked for and takes about {need} rows.",
            "zh": f"：太少。要求 ±{number(WIDEST)}，大约需要 {need} 条。",
        }
    return Reason("rows", passed=half <= WIDEST, said={key: said[key] + tail[key] for key in said})


def _labels(grounds: Grounds) -> Reason:
    every = len(grounds.label_rows)
    small = sorted((rows, label) for label, rows in grounds.label_rows.items() if rows < FEW)
    if not small:
        said = {
            "en": f"Each of the {every} labels has at least {FEW} test rows.",
            "zh": f"{every} 个标签都有至少 {FEW} 条测试行。",
        }
        return Reason("labels", passed=True, said=said)
    listed = [f"{label} ({rows})" for rows, label in small[:_NAMED_LABELS]]
    more = len(small) > _NAMED_LABELS
    said = {
        "en": f"{len(small)} of {every} labels have fewer than {FEW} test rows, too few to judge"
        f" them alone: {', '.join(listed)}{' and others' if more else ''}.",
        "zh": f"{every} 个标签中有 {len(small)} 个的测试行少于 {FEW} 条，不足以单独评判："
        f"{'、'.join(listed)}{'等' if more else ''}。",
    }
    return Reason("labels", passed=2 * len(small) <= every, said=said, warning=True)


def _leaks(grounds: Grounds) -> Reason:
    if not grounds.leaked:
        said = {
            "en": "No test row stands in the training rows.",
            "zh": "没有测试行出现在训练行中。",
        }
        if grounds.before and grounds.near:
            said = {
                "en": "No test row stands in the training rows, and none word for word in those of "
                "the releases that it builds on; near ones were not looked for there.",
                "zh": "没有测试行出现在训练行中，也没有逐字出现在它所依据的版本学过的行中；"
                "后者中近似的行未检查。",
            }
        if not grounds.near:
            said = {
                "en": "No test row stands word for word in the rows that the release learnt from; "
                "near ones were not looked for.",
                "zh": "没有测试行逐字出现在该版本学过的行中；近似的行未检查。",
            }
        return Reason("leaks", passed=True, said=said)
    also = plural(grounds.leaked, "test row also stands", "test rows also stand")
    nearly = {"en": " or nearly", "zh": "或几乎逐字"} if grounds.near else {"en": "", "zh": ""}
    there = {"en": "", "zh": ""}
    if grounds.before:
        there = {
            "en": ", or word for word in those of the releases that it builds on",
            "zh": "，或逐字出现在它所依据的版本学过的行中",
        }
    en = f"{also}, word for word{nearly['en']}, in the training rows{there['en']}; "
    zh = f"{count(grounds.leaked)} 条测试行（逐字{nearly['zh']}）也出现在训练行中{there['zh']}；"
    if grounds.clean is None:
        said = {"en": f"{en}no other row is left to judge by.", "zh": f"{zh}没有其他行可供评判。"}
        return Reason("leaks", passed=False, said=said)
    figure, name = grounds.figure(grounds.clean), metric_name(grounds.metric)
    en += f"without them {name['en']} is {figure['en']}"
    zh += f"去掉它们后{name['zh']}为 {figure['zh']}"
    owed = _owed_to_leaks(grounds)
    if owed is None:
        return Reason("leaks", passed=True, said={"en": f"{en}.", "zh": f"{zh}。"}, warning=True)
    said = {"en": f"{en}: only with them {owed['en']}.", "zh": f"{zh}：只有算上它们{owed['zh']}。"}
    return Reason("leaks", passed=False, said=said)


def _owed_to_leaks(grounds: Grounds) -> Said | None:
    """What all rows show and the rows without leaks do not."""
    bar, clean = grounds.bar, grounds.clean
    if bar is not None and clean is not None:
        if grounds.found["low"] >= bar > clean["low"]:
            return {"en": "is the bar met", "zh": "才达到要求"}
        return None
    kept = {one["with"]: better(one, grounds.confidence) for one in grounds.compared_clean}
    for one in grounds.compared:
        rival = one["with"] in RIVALS
        if rival and better(one, grounds.confidence) and not kept[one["with"]]:
            return {"en": "is it better than the baseline", "zh": "才优于基线"}
    return None


def _check(grounds: Grounds) -> list[Reason]:
    """What the check calls an error; leaks are judged apart, by what they change."""
    serious = [
        one
        for one in grounds.check
        if one["severity"] == "error" and not str(one["kind"]).startswith("leak")
    ]
    return [Reason("check", passed=True, said=dict(one["said"]), warning=True) for one in serious]


def _promise(promise: Mapping[str, Any]) -> Reason:
    held = promise["held"]
    return Reason(
        "promise", passed=held is not False, said=dict(promise["said"]), warning=held is None
    )


def _engines(grounds: Grounds) -> Reason:
    kept = grounds.engines_kept
    if kept:
        said = {
            "en": f"{plural(kept, 'engine', 'engines')} passed the gate.",
            "zh": f"{kept} 个引擎通过了验收。",
        }
    else:
        said = {
            "en": "No engine answers as well as the tuned model, so nothing can serve it.",
            "zh": "没有引擎的答案与调好的模型一样好，因此无法提供服务。",
        }
    return Reason("engines", passed=kept > 0, said=said)
