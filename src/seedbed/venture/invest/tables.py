"""The tables of `plan invest`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from seedbed.venture.invest.know import how
from seedbed.venture.invest.option import Option
from seedbed.venture.invest.rank import Ranked
from seedbed.venture.invest.study import Study
from seedbed.venture.result import Figure, Said, Table, figure_of

MOST_KNOWN = 8


def all_of(study: Study) -> tuple[Table, ...]:
    """Return the tables, the list first."""
    tables = (_options(study), _doing(study), _knowing(study), _bets(study), _left(study))
    return tuple(table for table in (*tables, _assumed(study)) if table.rows)


def _options(study: Study) -> Table:
    columns = (
        Said("rank", "名次"),
        Said("what", "做什么"),
        Said("cost", "成本"),
        Said("worth (5 % to 95 %)", "价值（5% 至 95%）"),
        Said("money per money (5 % to 95 %)", "每元回报（5% 至 95%）"),
        Said("chance that it pays", "划算的概率"),
        Said("pays back in month", "回本月份"),
        Said("ruin, points", "破产概率（百分点）"),
        Said("so", "结论"),
    )
    rows = (*(_row(study, one) for one in study.ranked), _keeping(study))
    return Table("invest.options", Said("What to do next", "下一步做什么"), columns, rows)


def _row(study: Study, one: Ranked) -> tuple[Any, ...]:
    option, setting = one.option, study.setting
    currency = setting.plan.venture.currency
    ruin = float(setting.ruined(option.flows, option.cost).mean()) - study.kept.ruin_now
    back = float(np.quantile(option.payback(), 0.5, method="inverted_cdf"))
    return (
        f"{one.rank}=" if one.tied else str(one.rank),
        option.title,
        figure_of("cost", Said("cost", "成本"), option.cost, unit=currency),
        spread(np.quantile(option.worth, (0.05, 0.5, 0.95)), setting.told),
        spread(option.ratios(), _ratio),
        Figure("chance", Said("chance", "概率"), float((option.net > 0).mean()), unit="%"),
        str(int(back)) if np.isfinite(back) else Said("not within the plan", "计划期内不回本"),
        points(ruin),
        verdict(study, option),
    )


def _keeping(study: Study) -> tuple[Any, ...]:
    """Return the row of doing nothing: what the sum averts while it is there."""
    setting, kept = study.setting, study.kept
    nothing = Figure("cost", Said("cost", "成本"), 0.0, unit=setting.plan.venture.currency)
    helps = Figure("chance", Said("chance", "概率"), float((kept.worth > 0).mean()), unit="%")
    return (
        "–",
        Said("keep it as a reserve, do nothing", "留作储备，什么也不做"),
        nothing,
        spread(np.quantile(kept.worth, (0.05, 0.5, 0.95)), setting.told),
        spread(np.quantile(kept.worth / setting.money, (0.05, 0.5, 0.95)), _ratio),
        helps,
        "–",
        points(kept.ruin_now - kept.ruin_without),
        Said("what is left over", "余款") if study.filled.left > 0 else Said("no", "否"),
    )


def points(share: float) -> str:
    """Write a change of a chance in points of a hundred."""
    rounded = round(100 * share, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0"


def verdict(study: Study, option: Option) -> Said:
    """Say in a word what becomes of an option."""
    if any(one.key == option.key for one in study.filled.taken):
        return Said("do it", "去做")
    if not option.pays:
        return Said("no", "否")
    if option.key in study.crowded:
        return Said("not beside the rest", "与其余同做则不划算")
    if float(np.median(option.cost)) > study.setting.money:
        return Said("beyond the sum", "超出本次资金")
    return Said("next best", "次优")


def spread(points: np.ndarray, told: Callable[[float], str]) -> str:
    """Write a median with its 5 % and 95 % point."""
    low, middle, high = (told(float(one)) for one in points)
    return f"{middle} ({low} … {high})"


def _ratio(x: float) -> str:
    if not np.isfinite(x):
        return "∞" if x > 0 else "−∞"
    digits = 0 if abs(x) >= 100 else 1 if abs(x) >= 10 else 2
    return f"{x:,.{digits}f}".replace("-", "−")


def _doing(study: Study) -> Table:
    """List for each option the command, what it rests on and what was assumed."""
    columns = (
        Said("what", "做什么"),
        Said("type next", "下一条命令"),
        Said("rests on", "依据"),
        Said("assumed", "假设"),
    )
    rows = tuple(
        (
            one.option.title,
            one.option.command,
            ", ".join(one.option.rests),
            Said(
                " ".join(note.en[:1].upper() + note.en[1:] + "." for note in one.option.notes),
                "".join(note.zh + "。" for note in one.option.notes),
            ),
        )
        for one in study.ranked
    )
    return Table(
        "invest.doing", Said("How, and resting on what", "怎么做，依据什么"), columns, rows
    )


def _knowing(study: Study) -> Table:
    columns = (
        Said("assumption", "假设"),
        Said("worth of knowing it (5 % to 95 %)", "弄清它的价值（5% 至 95%）"),
        Said("too high by", "平均高估"),
        Said("how to find out", "如何弄清"),
        Said("type next", "下一条命令"),
    )
    rows, told = [], study.setting.told
    for one in study.knowledge.each[:MOST_KNOWN]:
        if not one.clear:
            continue
        command, way = how(one.path)
        worth = np.array([one.worth.low, one.worth.value, one.worth.high])
        rows.append((one.path, spread(worth, told), told(round(one.worth.bias)), way, command))
    return Table(
        "invest.knowing",
        Said("Find this out first (EVPI)", "先弄清这些（完全信息期望价值）"),
        columns,
        tuple(rows),
    )


def _bets(study: Study) -> Table:
    currency = study.setting.plan.venture.currency
    columns = (
        Said("bet", "下注"),
        Said("expected worth, stopping in time", "期望价值（及时止损）"),
        Said("without stopping", "不止损"),
        Said("index a month, less its cost", "每月指数（减成本）"),
        Said("what the first month teaches", "首月信息的价值"),
        Said("when to stop", "何时停止"),
    )

    def money(x: float | None) -> Figure:
        return Figure("money", Said("money", "金额"), x, unit=currency)

    rows = tuple(
        (b.bet.name, money(b.worth), money(b.blind), money(b.index), money(b.lesson), b.stop)
        for b in study.bets
    )
    return Table("invest.bets", Said("Bets in stages", "分阶段下注"), columns, rows)


def _left(study: Study) -> Table:
    columns = (Said("what", "做什么"), Said("why not", "原因"))
    rows = tuple((one.title, one.why) for one in study.left)
    return Table("invest.left", Said("What could not be weighed", "未能估算的选项"), columns, rows)


def _assumed(study: Study) -> Table:
    """List what nobody wrote down, with its source: defaults, never facts."""
    columns = (
        Said("assumption", "假设"),
        Said("value", "数值"),
        Said("from", "出处"),
        Said("source", "来源"),
    )
    rows = []
    for path, prior in sorted(study.setting.priors.used.items()):
        belief = prior.belief
        told = f"{belief.value:g} ({belief.low:g} … {belief.high:g})"
        rows.append((path, told, prior.where, belief.source))
    return Table(
        "invest.assumed",
        Said(
            "Assumed, because the file says nothing: write your own",
            "文件未写明而取的先验：请自行填写",
        ),
        columns,
        tuple(rows),
    )
