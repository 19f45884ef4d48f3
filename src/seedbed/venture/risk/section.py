"""`plan risk` as a section: what may go wrong, what the plan hangs on, and what flips it."""

from __future__ import annotations

from typing import Any

from seedbed.venture.document.numbers import money
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Figure, Said, Section
from seedbed.venture.risk import charts, tables
from seedbed.venture.risk.decisions import GO, NEXT, PRICE
from seedbed.venture.risk.register import KINDS, missing_kinds
from seedbed.venture.risk.study import Study, study
from seedbed.venture.risk.tables import plain

ROUGH = 0.1
"""Half-width of an ST interval from which the indices are called rough."""
NAMES = {
    GO: Said("go or stop", "做或停"),
    PRICE: Said("the price", "价格"),
    NEXT: Said("what to do next", "下一步"),
}


def section(plan: Plan) -> Section:
    """Return the risks of a plan, its sensitivity, and the smallest changes that flip decisions.

    Raises:
        MeasurementMissing: the model lacks a value.
    """
    return told(study(plan))


def told(found: Study) -> Section:
    """Return what was found as a section."""
    currency = found.plan.venture.currency
    drawn = [charts.risk_map(found.risks, currency)] if found.risks else []
    if any(bar.length > 0 for bar in found.tornado.bars):
        drawn.append(charts.tornado(found.tornado, currency))
        drawn.append(charts.sobol(found.sobol))
    return Section(
        key="risk",
        title=Said("What may go wrong", "可能出什么错"),
        answer=_answer(found),
        figures=_figures(found),
        tables=tables.all_of(found),
        charts=tuple(drawn),
        cautions=tuple(_cautions(found)),
        notes=_notes(found),
        data=_data(found),
    )


def _answer(found: Study) -> Said:
    currency, joint = found.plan.venture.currency, found.joint
    if joint is None:
        en, zh = "The file names no risks.", "文件没有列出风险。"
    else:
        en = (
            f"The risks named cost {money(joint.expected, currency)} on average, and "
            f"{money(joint.tail, currency)} or more one time in twenty."
        )
        zh = (
            f"所列风险平均造成 {money(joint.expected, currency)} 损失，二十次中有一次达到 "
            f"{money(joint.tail, currency)} 或更多。"
        )
    if found.sobol.variance > 0:
        most = found.sobol.each[0]
        en += f" Most of the doubt about the plan's worth is in {most.name} (ST {most.whole:.0%})."
        zh += f"计划价值的不确定性主要来自 {most.name}（ST {most.whole:.0%}）。"
    return Said(f"{en} {_flip(found).en}", f"{zh}{_flip(found).zh}")


def _flip(found: Study) -> Said:
    flipping = [one for one in found.turns if one.value is not None]
    if not flipping:
        return Said(
            "No value in the range of any single assumption flips a decision.",
            "任何单个假设在其区间内取值都不会使决策翻转。",
        )
    one = min(flipping, key=lambda each: each.flip.distance)
    return Said(
        f"The nearest flip: {NAMES[one.decision].en} changes when {one.flip.name} goes from "
        f"{plain(one.middle)} to {plain(one.value or 0.0)}.",
        f"最近的翻转：{one.flip.name} 由 {plain(one.middle)} 变为 {plain(one.value or 0.0)} 时，"
        f"“{NAMES[one.decision].zh}”改变。",
    )


def _figures(found: Study) -> tuple[Figure, ...]:
    currency, joint = found.plan.venture.currency, found.joint
    figures = [
        Figure("risk.s1", Said("ΣS1, what assumptions explain alone", "ΣS1，各假设单独解释的部分"),
               found.first, formula="Σ V(E[worth | x]) / V(worth)"),
        Figure("risk.st", Said("ΣST, with what they do together", "ΣST，含交互作用"),
               found.whole, formula="Σ E[V(worth | all but x)] / V(worth)"),
    ]  # fmt: skip
    if joint is not None:
        figures = [
            Figure("risk.expected", Said("expected cost of the risks named", "所列风险的期望成本"),
                   joint.expected, unit=currency, formula="mean of Σ happens · cost"),
            Figure("risk.tail", Said("one time in twenty it is at least", "二十次中有一次至少为"),
                   joint.tail, unit=currency, formula="95 % point of Σ happens · cost"),
            Figure("risk.beyond", Said("mean beyond that", "超过该点时的平均"),
                   joint.beyond, unit=currency),
            Figure("risk.none", Said("chance that none of them happens", "一项都不发生的概率"),
                   joint.none, unit="%"),
            *figures,
        ]  # fmt: skip
    return tuple(figures)


def _cautions(found: Study) -> list[Caution]:
    told = []
    if kinds := missing_kinds(found.risks):
        en = ", ".join(KINDS[kind].en for kind in kinds)
        zh = "、".join(KINDS[kind].zh for kind in kinds)
        told.append(
            Caution(
                "risk.kinds",
                Said(f"no risk is named of these kinds: {en}", f"以下类别没有列出风险：{zh}"),
                "risks",
            )
        )
    unwatched = [one.name for one in found.risks if one.own and not one.watches]
    if unwatched:
        told.append(
            Caution(
                "risk.watch",
                Said(
                    f"nobody watches: {', '.join(name.en for name in unwatched)}",
                    f"无人负责：{'、'.join(name.zh for name in unwatched)}",
                ),
                "risks",
            )
        )
    if found.sobol.error > ROUGH:
        told.append(
            Caution(
                "risk.rough",
                Said(
                    f"the Sobol indices are rough (ST within {found.sobol.error:.2f}): a few draws "
                    "of great worth make most of the variance",
                    f"Sobol 指数较粗（ST 误差 {found.sobol.error:.2f}）："
                    "少数价值极大的抽样占了大部分方差",
                ),
            )
        )
    return told


def _notes(found: Study) -> tuple[Said, ...]:
    still = {
        key: sum(1 for one in found.turns if one.decision == key and one.value is None)
        for key in (GO, PRICE, NEXT)
    }
    en = "; ".join(f"{NAMES[key].en}: {n}" for key, n in still.items() if n)
    zh = "；".join(f"{NAMES[key].zh}：{n} 个" for key, n in still.items() if n)
    notes = [
        Said(
            "The file's risks happen independently of each other in this sum. Those that the model "
            "sees are in its cash already, and are not added.",
            "求和时假定文件所列风险互相独立；模型所见的风险已含在现金流中，不再相加。",
        ),
        Said(
            "Tornado and Sobol indices take each assumption from its own range, without "
            "correlations (Saltelli et al. 2010); the worth is that of going on as today.",
            "龙卷风图与 Sobol 指数按各假设自身区间取值，不含相关性（Saltelli 等 2010）；"
            "价值按维持现状计算。",
        ),
    ]
    if en:
        notes.append(
            Said(
                f"No value in its range flips the decision, for so many assumptions: {en}.",
                f"在其区间内任何取值都不翻转决策的假设数：{zh}。",
            )
        )
    return tuple(notes)


def _data(found: Study) -> dict[str, Any]:
    joint = found.joint
    return {
        "risks": [
            {"key": one.key, "name": one.name, "kind": one.kind, "own": one.own,
             "chance": float(one.chance.mean()), "expected": one.expected,
             "cost": None if one.cost is None else float(one.cost.mean()),
             "watches": one.watches, "sign": one.sign}
            for one in found.risks
        ],
        "joint": None if joint is None else {
            "expected": joint.expected, "tail": joint.tail, "beyond": joint.beyond,
            "none": joint.none, "each": joint.each, "shares": joint.shares,
        },
        "tornado": {"middle": found.tornado.middle, "bars": found.tornado.bars},
        "sobol": {"each": found.sobol.each, "runs": found.sobol.runs,
                  "error": found.sobol.error, "first": found.first, "whole": found.whole},
        "flips": [
            {"decision": one.decision, "path": one.flip.name, "now": one.flip.now,
             "middle": one.middle, "at": one.value, "then": one.flip.then}
            for one in found.turns
        ],
    }  # fmt: skip
