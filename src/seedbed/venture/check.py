"""The section `check`: the register of assumptions, and what may be wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from seedbed.venture import planned
from seedbed.venture.assumption import Assumption
from seedbed.venture.belief import written
from seedbed.venture.findings import Finding, findings
from seedbed.venture.plan import Plan
from seedbed.venture.register import Entry, Register
from seedbed.venture.result import Caution, Figure, Said, Section, Table

ORIGINS = {
    "measured": Said("measured", "测得"),
    "file": Said("file", "文件"),
    "survey": Said("survey", "问卷"),
    "recipe": Said("recipe", "配方"),
    "table": Said("table", "参考表"),
    "default": Said("default", "默认"),
}
"""Where a value is from, in words."""

KINDS = {
    "lognormal": Said("lognormal", "对数正态"),
    "normal": Said("normal", "正态"),
    "logit": Said("logit", "逻辑正态"),
    "uniform": Said("uniform", "均匀"),
    "triangular": Said("triangular", "三角"),
    "fixed": Said("one value", "定值"),
}

_PER = {"h": "hour"}


def section(plan: Plan) -> Section:
    """Return the register of a plan, and what is missing, stale, bare or contradicted in it.

    Raises:
        CorrelationsWrong: the correlations contradict each other.
    """
    _ = plan.draws  # an impossible plan is an error, not a finding
    found, to_come = findings(plan), planned.said(plan.venture)
    tables = [register_table(plan), *_months_table(plan)]
    return Section(
        key="check",
        title=Said("Assumption register", "假设登记表"),
        answer=_answer(plan.register, found),
        tables=tuple(tables),
        cautions=(
            *(Caution(one.kind, one.said, _one(one.paths)) for one in found),
            *plan.measured.elasticity.cautions,
        ),
        notes=() if to_come is None else (to_come,),
        data={
            "assumptions": {path: told(entry) for path, entry in plan.register.items()},
            "findings": [{"kind": one.kind, "paths": one.paths, "said": one.said} for one in found],
            "months": plan.measured.months,
            "planned": plan.venture.about.blueprints,
        },
    )


def register_table(plan: Plan) -> Table:
    """Return every assumption: what it is now, its range and kind, its source, and where from."""
    columns = (
        Said("assumption", "假设"),
        Said("value", "取值"),
        Said("90 % between", "90% 区间"),
        Said("kind", "分布"),
        Said("from", "来自"),
        Said("source", "来源"),
        Said("date", "日期"),
        Said("where", "位置"),
    )
    ordered = [place.path for place in plan.venture.places() if plan.has(place.path)]
    rows = tuple(_row(plan.register[path], plan.venture.currency) for path in ordered)
    return Table("register", Said("Assumptions", "假设"), columns, rows)


def value_of(entry: Entry, currency: str) -> Figure:
    """Return an assumption as a figure, its range as the interval."""
    now = entry.now
    return Figure(
        entry.path,
        Said(entry.about, entry.about),
        now.value,
        unit_of(entry, currency),
        low=None if now.certain else now.low,
        high=None if now.certain else now.high,
        inputs=(entry.path,),
    )


def unit_of(entry: Entry, currency: str) -> str:
    """Return what an assumption counts, as figures name it: `USD/hour`, `%`, `customers`."""
    if entry.now.ceiling == 1.0 or entry.now.floor == -1.0:
        return "%"
    first, stroke, per = entry.unit.partition("/")
    if first == "money":
        return currency + stroke + _PER.get(per, per)
    return entry.unit.replace("money", currency)


def told(entry: Entry) -> dict[str, Any]:
    """Return an entry for programs: the values as the file could hold them."""

    def plain(belief: Assumption | None) -> Any:
        return None if belief is None else written(belief)

    now = entry.now
    return {
        "value": now.value,
        "median": now.median,
        "low": now.low,
        "high": now.high,
        "kind": now.kind,
        "unit": entry.unit,
        "origin": entry.origin,
        "where": entry.where,
        "source": now.source,
        "date": now.date,
        "pinned": entry.pinned,
        "written": plain(entry.written),
        "measured": plain(entry.measured),
    }


def _row(entry: Entry, currency: str) -> tuple[Any, ...]:
    figure = value_of(entry, currency)
    origin = ORIGINS[entry.origin]
    if entry.origin == "file":
        line = entry.where.rpartition(" ")[2]
        origin = Said(f"line {line}", f"第 {line} 行") if line.isdecimal() else origin
    if entry.pinned:
        origin = Said(f"{origin.en}, pinned", f"{origin.zh}（固定）")
    return (
        entry.path,
        figure,
        _between(figure),
        KINDS[entry.now.kind],
        origin,
        entry.now.source or None,
        str(entry.now.date) if entry.now.date else None,
        None if entry.origin == "file" else entry.where,
    )


def _between(figure: Figure) -> Said | None:
    """Return what a figure lies between, its unit left to the value beside it."""
    from seedbed.venture.document.numbers import CODES, interval

    if figure.low is None:
        return None
    plain = figure.unit if figure.unit == "%" else figure.unit.partition("/")[0]
    bare = replace(figure, unit=plain if plain in CODES or plain == "%" else "")
    return Said(interval(bare, "en"), interval(bare, "zh"))


def _months_table(plan: Plan) -> list[Table]:
    """Return what the ledger's whole months were, where there are any."""
    if not plan.measured.months:
        return []
    columns = (
        Said("month", "月份"),
        Said("customers who called", "有调用的客户"),
        Said("had a plan", "期初客户"),
        Said("left", "流失"),
        Said("answers", "回答数"),
        Said("compute hours", "计算小时"),
        Said("income, net of tax", "收入（不含税）"),
    )
    rows = tuple(
        (
            one.month,
            one.customers,
            one.begun,
            one.left,
            one.answers,
            Figure("compute", columns[5], one.compute_us / 3.6e9),
            Figure("income", columns[6], one.income, plan.venture.currency),
        )
        for one in plan.measured.months
    )
    return [Table("months", Said("What the ledger saw", "账本所见"), columns, rows)]


def _answer(register: Register, found: list[Finding]) -> Said:
    many = Counter[str](entry.origin for entry in register.values())
    parts = [(ORIGINS[name], many[name]) for name in ORIGINS if many[name]]
    en = ", ".join(f"{count} {said.en}" for said, count in parts)
    zh = "，".join(f"{said.zh} {count} 项" for said, count in parts)
    missing = sum(one.kind == "missing" for one in found)
    against = sum(one.kind in ("contradicted", "surprising") for one in found)
    stale = sum(len(one.paths) for one in found if one.kind == "stale")
    nowhere = sum(len(one.paths) for one in found if one.kind == "nowhere")
    whole = len(register)
    lack = "1 needed value is" if missing == 1 else f"{missing} needed values are"
    first = (
        Said(f"{lack} missing", f"缺少 {missing} 项必需值")
        if missing
        else Said("Nothing that is needed is missing", "必需值齐全")
    )
    return Said(
        f"{first.en}; {nowhere} of {whole} assumptions name no source, {stale} are stale,"
        f" {against} are contradicted. They are: {en}.",
        f"{first.zh}；{whole} 项假设中 {nowhere} 项没有来源，{stale} 项过期，{against} 项互相矛盾。"
        f"来自：{zh}。",
    )


def _one(paths: tuple[str, ...]) -> str:
    return paths[0] if len(paths) == 1 else ""
