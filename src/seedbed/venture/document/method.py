"""How the figures came about, what no formula models, and the assumptions behind all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from seedbed.venture.check import unit_of
from seedbed.venture.document import numbers
from seedbed.venture.document.names import Named, formula, name
from seedbed.venture.findings import findings
from seedbed.venture.plan import Plan
from seedbed.venture.register import Entry
from seedbed.venture.result import Caution, Figure, Said, Section, Table

METHOD = "method", Said("Method and limits", "方法与局限")
REGISTER = "register", Said("Assumption register", "假设登记表")

ORIGINS = {
    "file": Said("belief", "主观判断"),
    "measured": Said("measured", "实测"),
    "survey": Said("survey", "问卷"),
    "recipe": Said("recipe", "配方"),
    "table": Said("table", "参考表"),
    "default": Said("default", "默认值"),
}
KINDS = {
    "lognormal": Said("lognormal", "对数正态"),
    "normal": Said("normal", "正态"),
    "logit": Said("logit", "logit 正态"),
    "uniform": Said("uniform", "均匀"),
    "triangular": Said("triangular", "三角"),
    "fixed": Said("fixed", "固定值"),
}
_BARE = Said("no range", "无范围")


def chapters(plan: Plan, sections: Sequence[Section]) -> tuple[Section, Section]:
    """Return the two sections that close the document: how it was computed, and on what."""
    return method(plan, sections), register(plan)


def method(plan: Plan, sections: Sequence[Section]) -> Section:
    """Return how the plan was computed: draws, horizon, and what each figure rests on."""
    venture = plan.venture
    told = f"{venture.draws:,}", venture.months, venture.seed
    answer = Said(
        "Every figure is the median over {} joint draws of the assumptions in the appendix, run"
        " through one monthly model of {} months (seed {}); its interval holds nine draws"
        " in ten.".format(*told),
        "所有数字都是对附录中各项假设做 {} 次联合抽样、代入同一个 {} 个月的月度模型（随机种子 {}）"
        "后的中位数；区间包含九成抽样结果。".format(*told),
    )
    return Section(
        key=METHOD[0],
        title=METHOD[1],
        answer=answer,
        data={"draws": venture.draws, "months": venture.months, "seed": venture.seed},
        tables=tuple(_computed(sections, Named(plan.register))),
        notes=_LIMITS,
    )


_LIMITS = (
    Said(
        "The interval of a figure holds what the assumptions leave open. It does not hold what the"
        " model leaves out: an event that no assumption names has no share in it.",
        "区间反映的是各项假设本身的不确定性，不包括模型没有考虑的因素：任何假设都未提及的事件不在其中。",
    ),
    Said(
        "A range that is too narrow makes every figure look surer than it is. Ranges marked as"
        " belief are the founders' own.",
        "范围写得过窄，会让所有数字显得过于确定。标为“主观判断”的范围由创始人自行给出。",
    ),
    Said(
        "Money is in the currency named on the first page, before tax and without inflation unless"
        " an assumption says otherwise.",
        "金额均以首页所示货币计，除假设另有说明外，不含税、不计通货膨胀。",
    ),
)


def _computed(sections: Sequence[Section], named: Named) -> Iterator[Table]:
    """Yield how each figure is computed, and what it rests on: here, and nowhere else."""
    rows = tuple(
        (one.title, formula(one), _inputs(one, named))
        for section in sections
        for one in section.figures
        if one.inputs or one.formula
    )
    heads = ("Figure", "指标"), ("How it is computed", "计算方式"), ("Rests on", "依据的假设")
    columns = tuple(Said(*head) for head in heads)
    if rows:
        title = Said("How each figure is computed", "各指标的计算方式与依据")
        yield Table("method.computed", title, columns, rows)


def _inputs(one: Figure, named: Named) -> Said:
    said = [named.said(Said(path, path)) for path in one.inputs]
    return Said("; ".join(each.en for each in said), "；".join(each.zh for each in said))


def register(plan: Plan) -> Section:
    """Return the assumption register: value, range, kind, source, date, and where each is from."""
    entries = list(plan.register.values())
    counted = {origin: sum(one.origin == origin for one in entries) for origin in ORIGINS}
    bare = [one for one in entries if not one.now.source and one.origin == "file"]
    return Section(
        key=REGISTER[0],
        title=REGISTER[1],
        answer=_counted(counted, len(entries)),
        tables=(_table(plan),),
        cautions=(*_unsourced(bare, len(entries)), *_weak(plan)),
        data=counted | {"all": len(entries), "open": sorted(plan.register.open)},
    )


def _counted(counted: dict[str, int], whole: int) -> Said:
    words = {
        "measured": Said("measured by Seedbed", "由苗床实测"),
        "survey": Said("from a survey", "取自问卷"),
        "recipe": Said("from the release's recipe", "取自发布的配方"),
        "table": Said("from tables that ship with it", "取自随附的参考表"),
        "file": Said("believed by the founders", "为创始人的判断"),
        "default": Said("taken from nowhere", "没有任何依据"),
    }
    told = [(counted[origin], said) for origin, said in words.items() if counted[origin]]
    en = ", ".join(f"{many} {said.en}" for many, said in told)
    zh = "，".join(f"{many} 项{said.zh}" for many, said in told)
    return Said(f"{whole} assumptions: {en}.", f"共 {whole} 项假设：{zh}。")


def _unsourced(bare: Sequence[Entry], whole: int) -> tuple[Caution, ...]:
    if not bare:
        return ()
    said = Said(
        f"{len(bare)} of {whole} assumptions name no source; they stand in the appendix.",
        f"{whole} 项假设中有 {len(bare)} 项没有注明来源，详见附录。",
    )
    return (Caution("register.unsourced", said),)


def _weak(plan: Plan) -> Iterator[Caution]:
    """Yield what `plan check` finds: what is stale, contradicted, without a range or at a bound."""
    for one in findings(plan):
        if one.kind not in ("missing", "nowhere"):  # said where it is missing, and just above
            yield Caution(f"register.{one.kind}", one.said)


def _table(plan: Plan) -> Table:
    columns = (
        Said("Assumption", "假设"),
        Said("In the file", "文件中的名称"),
        Said("Value", "取值"),
        Said("Nine times in ten between", "九成可能落在"),
        Said("Kind", "分布"),
        Said("It is", "性质"),
        Said("Source", "来源"),
        Said("Date", "日期"),
    )
    rows = tuple(_row(plan, entry) for entry in plan.register.values())
    title = Said("Every assumption, by name", "全部假设（按名称）")
    return Table("register.assumptions", title, columns, rows + tuple(_plain(plan)))


def _row(plan: Plan, entry: Entry) -> tuple[Any, ...]:
    now, unit = entry.now, unit_of(entry, plan.venture.currency)
    one = Figure(entry.path, name(entry.path), now.median, unit, low=now.low, high=now.high)
    between = Said(numbers.interval(one, "en"), numbers.interval(one, "zh"))
    kind = _BARE if now.low is None and now.kind == "fixed" else KINDS[now.kind]
    day = now.date.isoformat() if now.date else None
    told = (kind, ORIGINS[entry.origin], now.source or None, day)
    return (name(entry.path), entry.path, one, between, *told)


def _plain(plan: Plan) -> Iterator[tuple[Any, ...]]:
    """Yield the amounts that are plain numbers of the file, not beliefs."""
    venture = plan.venture
    money: dict[str, Decimal | None] = {"capital": venture.capital}
    money["limits.least_cash"] = venture.limits.least_cash
    for title, use in venture.spending.items():
        money |= {f"spending.{title}.monthly": use.monthly, f"spending.{title}.hire": use.hire}
    for path, amount in money.items():
        if amount is not None:
            one = Figure(path, name(path), amount, venture.currency)
            yield (one.title, path, one, None, KINDS["fixed"], ORIGINS["file"], None, None)
