"""What is planned besides what is sold: the blueprints that the venture names."""

from __future__ import annotations

from seedbed.recipe.blueprints import Blueprint, find
from seedbed.venture.file import Venture
from seedbed.venture.result import Said, Table

YOURS = Said("your own", "自备")
WITH_IT = Said("come with it", "自带")


def blueprints(venture: Venture) -> list[Blueprint]:
    """Return what `about.blueprints` names, in its order."""
    return [find(name) for name in venture.about.blueprints]


def said(venture: Venture) -> Said | None:
    """Return what is planned in one sentence; None where nothing is."""
    found = blueprints(venture)
    if not found:
        return None
    en = ", ".join(f"{one.vertical} ({one.name})" for one in found)
    zh = "、".join(f"{one.vertical_zh}（{one.name}）" for one in found)
    return Said(
        f"Planned, and in no figure yet: {en}.",
        f"计划中的产品，尚未计入任何数字：{zh}。",
    )


def table(venture: Venture) -> Table:
    """Return what is planned: what it is for, its blueprint, and the rows that it is made for."""
    columns = (
        Said("For", "用途"),
        Said("Blueprint", "蓝图"),
        Said("Rows", "数据"),
        Said("Their licence", "数据许可"),
    )
    rows = tuple(
        (Said(one.vertical, one.vertical_zh), one.name, *_rows(one)) for one in blueprints(venture)
    )
    return Table(
        "product.planned", Said("Planned, not made yet", "计划中，尚未制作"), columns, rows
    )


def _rows(one: Blueprint) -> tuple[Said | str, str | None]:
    if one.set:
        return one.set.name, one.set.license
    return (WITH_IT if one.sample or one.rows else YOURS), None
