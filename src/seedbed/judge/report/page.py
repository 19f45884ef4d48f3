"""The page: templates filled with the report, in both languages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from seedbed.judge import pictures
from seedbed.judge.report import figures, text, words
from seedbed.judge.report.charts import confusion

_FILTERS = {
    "percent": figures.percent,
    "between": figures.between,
    "points": figures.points,
    "between_points": figures.between_points,
    "count": figures.count,
    "plain": figures.plain,
    "ends": figures.ends,
    "rate": figures.rate,
    "duration": figures.duration,
    "size": figures.size,
    "chance": figures.chance,
    "moment": figures.moment,
    "shortened": text.shortened,
}
_PARTS: tuple[str, ...] = (
    *("name", "number", "task", "made", "seedbed", "base", "rung", "seconds", "budget_minutes"),
    *("machine", "data", "metric", "bar", "ladder", "stop", "metrics", "metrics_without_leaks"),
    *("compared", "seeds", "calibration", "reject", "confusion", "labels", "worst", "robustness"),
    *(
        "pretrain",
        "values",
        "rank",
        "written",
        "interval",
        "groups",
        "explained",
        "importance",
        "scorecard",
        "fairness",
        "learning_curve",
        "more_rows",
        "check",
        "engines",
        "cost",
        "verdict",
    ),
)
_CONTENTS = (
    ("verdict", "Verdict", "结论"),
    ("ladder", "Quality against cost", "质量与成本"),
    ("figures", "Key figures", "关键数字"),
    ("confusion", "Confusion", "混淆"),
    ("labels", "Labels", "逐个标签"),
    ("values", "Errors", "误差"),
    ("rank", "Found", "检索结果"),
    ("written", "Answers", "生成的回答"),
    ("columns", "Columns", "各列"),
    ("scorecard", "Scorecard", "评分卡"),
    ("trust", "Confidence", "置信度"),
    ("fairness", "Fairness", "公平性"),
    ("robustness", "Robustness", "抗噪声"),
    ("groups", "Groups", "分组表现"),
    ("learning", "More rows", "更多数据"),
    ("engines", "Engines", "推理引擎"),
    ("rows", "Rows", "数据问题"),
    ("worst", "Wrong answers", "错误回答"),
    ("explained", "Explained", "回答依据"),
    ("made", "How it was made", "制作过程"),
)


def fill(report: Mapping[str, Any], charts: Mapping[str, str | None]) -> str:
    """Return the page of a report.

    Args:
        report: The report, already cleaned; missing parts are null.
        charts: SVG by name, or None, from `charts.draw`.
    """
    currency = report.get("currency") or (report.get("cost") or {}).get("currency") or ""
    whole = dict.fromkeys(_PARTS) | dict(report)
    script = _asset("report.js")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            r=whole,
            charts={name: Markup(svg) if svg else None for name, svg in charts.items()},
            style=Markup(_asset("report.css")),
            script=Markup(script),
            script_hash=_digest(script),
            money=lambda value: figures.money(value, currency),
        )
    )


class _Lenient(Environment):
    """An absent key of the report is null; a variable that no template has is still an error."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        found = super().getattr(obj, attribute)
        return None if isinstance(found, Undefined) and isinstance(obj, Mapping) else found

    def getitem(self, obj: Any, argument: Any) -> Any:
        found = super().getitem(obj, argument)
        return None if isinstance(found, Undefined) and isinstance(obj, Mapping) else found


@cache
def _environment() -> Environment:
    environment = _Lenient(
        loader=PackageLoader("seedbed.judge.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(
        t=words.both,
        said=words.said,
        term=words.term,
        rungs=words.TERMS["rung"],
        heat=pictures.heat,
        rivals=words.TERMS["rival"],
        tinted=text.tinted,
        contents=_CONTENTS,
        confusion_few=confusion.FEW,
    )
    return environment


@cache
def _asset(name: str) -> str:
    return (files("seedbed.judge.report") / "templates" / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    # The page's security policy lets this one script run, and no other.
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
