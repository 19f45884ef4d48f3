"""What is sold, and how good it is: the release's own report, as a section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seedbed.errors import MeasurementMissing
from seedbed.release.store import Release
from seedbed.venture import planned
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table

KEY, TITLE = "product", Said("Product and quality", "产品与质量")

METRICS = {
    "accuracy": Said("Accuracy", "准确率"),
    "macro_f1": Said("Macro-F1", "宏平均 F1"),
    "micro_f1": Said("Micro-F1", "微平均 F1"),
}
_LIMITS = Said("95% interval, from", "95% 区间下限"), Said("to", "上限")


def section(plan: Plan) -> Section:
    """Return what the report of the release that is sold says, and what is planned besides.

    Raises:
        MeasurementMissing: the venture names neither a release nor a blueprint.
        ReleaseDamaged: its report is missing.
    """
    told = planned.said(plan.venture)
    if plan.measured.sold is None and told is not None:
        return _to_come(plan, told)
    section = of_report(sold(plan).read("report.json"))
    if told is None:
        return section
    answer = Said(f"{section.answer.en} {told.en}", f"{section.answer.zh}{told.zh}")
    return replace(section, answer=answer, tables=(*section.tables, planned.table(plan.venture)))


def _to_come(plan: Plan, told: Said) -> Section:
    """Return what is planned where nothing is made yet."""
    return Section(
        key=KEY,
        title=TITLE,
        answer=Said(f"Nothing is sold yet. {told.en}", f"目前还没有在售的产品。{told.zh}"),
        tables=(planned.table(plan.venture),),
        cautions=(
            Caution(
                "product.none",
                Said(
                    "No release is named: how good the product is was never measured. Make one with"
                    " `seedbed tune`, and write its name under about.releases.",
                    "没有写明模型版本，产品质量从未测量。请用 `seedbed tune` 制作一个版本，"
                    "并把名称写进 about.releases。",
                ),
                "about.releases",
            ),
        ),
    )


def of_report(report: Mapping[str, Any]) -> Section:
    """Return what a release's `report.json` says."""
    metric = METRICS.get(report["metric"], Said(report["metric"], report["metric"]))
    return Section(
        key=KEY,
        title=TITLE,
        answer=_answer(report, metric),
        tables=tuple(each for each in _tables(report) if each.rows),
        charts=tuple(_charts(report, metric)),
        cautions=tuple(_cautions(report)),
        notes=(
            Said(
                "Quality was measured once, on rows that were kept away from training.",
                "质量只在训练中从未用到的数据上测量过一次。",
            ),
        ),
        data={"release": f"{report['name']}/{report['number']}", "metrics": report["metrics"]},
    )


def sold(plan: Plan) -> Release:
    """Return the release that is sold: the first that the venture names.

    Raises:
        MeasurementMissing: it names none.
    """
    found = plan.measured.sold
    if found is None:
        raise MeasurementMissing(
            expected="the release that is sold",
            got="none in about.releases",
            do="Make one with `seedbed tune`, and write its name under about.releases.",
            where="about.releases",
        )
    return found


def _tables(report: Mapping[str, Any]) -> tuple[Table, ...]:
    return _quality(report), _reasons(report), _labels(report)


def _answer(report: Mapping[str, Any], metric: Said) -> Said:
    value = report["metrics"][report["metric"]]
    told = {"value": _share(value["value"]), "low": _share(value["low"])}
    told["high"] = _share(value["high"])
    ship = report["verdict"]["say"] == "ship"
    name = f"{report['name']} {report['number']}"
    en = (
        f"{name}: {metric.en} {{value}} ({{low}} to {{high}}) on rows it had never seen; the judge"
        f" says {'ship' if ship else 'hold: not good enough to sell yet'}."
    )
    zh = (
        f"{name}：在从未见过的数据上，{metric.zh}为 {{value}}（{{low}} 至 {{high}}）；评审结论："
        f"{'可以发布' if ship else '暂缓，尚不足以出售'}。"
    )
    return Said(en.format(**told), zh.format(**told))


def _share(value: float) -> str:
    return f"{100 * value:.1f}%"


def _figure(key: str, title: Said, value: float | None) -> Figure:
    return Figure(f"product.{key}", title, value, "%")


def _quality(report: Mapping[str, Any]) -> Table:
    """Return each measure, and the baseline beside it, with their 95 % intervals."""
    rows: list[tuple[Any, ...]] = []
    for key, told in report["metrics"].items():
        title = METRICS.get(key, Said(key, key))
        ends = (_figure(f"{key}.{end}", title, told[end]) for end in ("value", "low", "high"))
        rows.append((title, *ends))
    for rival in report.get("compared") or ():
        rows += _against({"metric": report["metric"]} | dict(rival))
    columns = (Said("Measure", "指标"), Said("Value", "数值"), *_LIMITS)
    return Table("product.quality", Said("Quality as measured", "实测质量"), columns, tuple(rows))


def _against(rival: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    metric = METRICS.get(rival["metric"], Said(rival["metric"], rival["metric"]))
    named = {"baseline": Said("the baseline (word counts)", "基线（词频模型）")}
    named["commonest label"] = Said("always the commonest label", "永远回答最常见的标签")
    other = named.get(rival["with"], Said(str(rival["with"]), str(rival["with"])))
    theirs = Said(f"{metric.en} of {other.en}", f"{other.zh}的{metric.zh}")
    gain = Said(f"Ours less that of {other.en}", f"我们比{other.zh}高")
    key = f"against.{rival['with']}"
    ends = (_figure(f"{key}.{end}", gain, rival[end]) for end in ("difference", "low", "high"))
    return [(theirs, _figure(key, theirs, rival["value"]), None, None), (gain, *ends)]


def _reasons(report: Mapping[str, Any]) -> Table:
    passed = {True: Said("passed", "通过"), False: Said("not passed", "未通过")}
    rows = tuple(
        (passed[bool(reason["passed"])], Said(reason["said"]["en"], reason["said"]["zh"]))
        for reason in report["verdict"]["reasons"]
    )
    columns = (Said("Test", "检验"), Said("What was found", "结果"))
    return Table("product.reasons", Said("Why the judge says so", "评审依据"), columns, rows)


def _labels(report: Mapping[str, Any]) -> Table:
    columns = (Said("Label", "标签"), Said("Test rows", "测试行数"), Said("F1", "F1"), *_LIMITS)
    rows = tuple(
        (
            label["label"],
            label["rows"],
            *(_figure(f"label.{label['label']}.{end}", columns[2], label[end]) for end in _ENDS),
        )
        for label in report.get("labels") or ()
    )
    return Table("product.labels", Said("Quality by label", "各标签的质量"), columns, rows)


_ENDS = ("f1", "low", "high")


def _cautions(report: Mapping[str, Any]) -> list[Caution]:
    found = [
        Caution(f"product.{one['kind']}", Said(one["said"]["en"], one["said"]["zh"]))
        for one in report["verdict"]["reasons"]
        if one.get("warning") or not one["passed"]
    ]
    if report["verdict"]["say"] != "ship":
        held = Said(
            "The judge holds this release back: it is not good enough to sell yet.",
            "评审暂缓了该版本：它尚不足以出售。",
        )
        found.insert(0, Caution("product.hold", held))
    return found


def _charts(report: Mapping[str, Any], metric: Said) -> list[Chart]:
    climbed = [
        {key: rung[key] for key in ("rung", "seconds", "value", "low", "high", "chosen")}
        for rung in report.get("ladder") or ()
        if rung.get("value") is not None and rung.get("seconds") and rung.get("low") is not None
    ]
    if len(climbed) < 2:
        return []
    title = Said(
        f"{metric.en} on the rows that methods were chosen by, against training time",
        f"各训练方法的{metric.zh}（选择用数据）与训练时间",
    )
    return [Chart("product.ladder", title, lambda language: _ladder(climbed, metric, language))]


def _ladder(rungs: list[dict[str, Any]], metric: Said, language: str) -> dict[str, Any]:
    time = {"en": "Training time, seconds", "zh": "训练时间（秒）"}[language]
    x = {
        "field": "seconds",
        "type": "quantitative",
        "title": time,
        "scale": {"type": "log", "nice": False, "padding": 40},
        "axis": {"grid": False, "tickCount": 5},
    }
    y = {"type": "quantitative", "scale": {"zero": False}, "axis": {"format": ".0%"}}
    y["title"] = metric(language)
    chosen = {"condition": {"test": "datum.chosen", "value": "#00755a"}, "value": "#0b62a8"}
    return {
        "data": {"values": rungs},
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}, "color": chosen},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"y": {"field": "value", **y}, "color": chosen},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8},
                "encoding": {"y": {"field": "value", **y}, "text": {"field": "rung"}},
            },
        ],
    }
