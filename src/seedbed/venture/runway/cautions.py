"""What to beware of in a runway, and what was not modelled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.months import of_start
from seedbed.venture.result import Caution, Said
from seedbed.venture.runway.figures import FEW
from seedbed.venture.runway.study import Study


def cautions(study: Study) -> Iterator[Caution]:
    """Yield what to beware of."""
    yield from of_start(study.plan, "runway")
    if not study.luck:
        yield Caution(
            "runway.no_luck",
            Said(
                "Once the assumptions are known, nothing here is left to chance: income comes every"
                " month, as assumed. Give lumpy income a chance under income, or the spread is too"
                " narrow.",
                "一旦假设确定，这里就没有随机性：收入每月如期到账。请在 income 中为不稳定的收入设置"
                " chance，否则区间过窄。",
            ),
            "income",
        )
    sold = study.paths.outcome.answers[:, 0]
    if not np.any(sold > 0) and not study.plan.has("customers.growth"):
        yield Caution(
            "runway.no_growth",
            Said(
                "Nothing is sold today, so that there is no growth to go on: default alive says"
                " only that expenses are not covered yet.",
                "目前没有销售，谈不上增速：“默认存活”只说明支出尚未被覆盖。",
            ),
            "customers.now",
        )
    yield from _of_horizon(study)


def falling(study: Study) -> float:
    """Return the share of paths that last the horizon and still lose cash at its end."""
    return float(np.mean((study.ruin.first == 0) & (study.paths.outcome.net[:, -1] < 0)))


def saved(study: Study) -> float:
    """Return the share of paths that last the horizon by the money of rounds alone."""
    return float(np.mean((study.without_rounds.first > 0) & (study.ruin.first == 0)))


def _of_horizon(study: Study) -> Iterator[Caution]:
    share = falling(study)
    if share > FEW:
        yield Caution(
            "runway.horizon",
            Said(
                f"In {share:.0%} of the paths the money lasts until month {study.months} but cash"
                " still falls then: a longer horizon (months) would show when it ends.",
                f"{share:.0%} 的路径撑到第 {study.months} 个月，但现金仍在下降："
                "请加大 months 以看到终点。",
            ),
            "months",
        )
    by_rounds = saved(study)
    if by_rounds > FEW:
        yield Caution(
            "runway.rounds",
            Said(
                f"In {by_rounds:.0%} of the paths only a round keeps the company alive: its"
                " chance is the founders' own guess.",
                f"{by_rounds:.0%} 的路径全靠融资续命，而融资成功率只是创始人自己的估计。",
            ),
            "rounds",
        )


def notes(study: Study) -> Iterator[Said]:
    """Yield what was not modelled, and how figures are meant."""
    yield Said(
        "Cash is looked at where a month ends; what dips below zero in between is not seen. For"
        " evenly spread results that is as if the floor lay 0.58 of a month's standard deviation"
        " lower (Broadie, Glasserman and Kou 1997).",
        "只看每月月末的现金，月中短暂跌破零不计。若收支均匀，相当于门槛降低月标准差的 0.58 倍"
        "（Broadie、Glasserman 与 Kou，1997）。",
    )
    yield Said(
        "The range of the chance of ruin holds each of 200 assumptions for certain in turn: it is"
        " what finding out could still change. The error of counting falls with more paths; that"
        " range does not. Assumptions are drawn quasi-randomly, so that Wilson's interval is rather"
        " too wide.",
        "破产概率的区间来自逐一固定 200 组假设：这是进一步查证所能改变的部分。"
        "路径越多，计数误差越小，但该区间不会缩小。假设采用准随机抽样，因此威尔逊区间偏宽。",
    )
    yield Said(
        "Default alive counts as income what answers bring beyond the cost of serving them, growing"
        " as today; as expenses spending, fixed costs and winning customers as in the first month,"
        " less what spending gives and what comes besides on average.",
        "“默认存活”中：收入为回答收入减去服务成本，按目前增速增长；支出为首月的投入、固定成本与获客，"
        "减去投入带来的收益与平均的其他收入。",
    )
    if study.plan.venture.rounds:
        yield Said(
            "A round closes only where those before it closed and the company still has money; its"
            " fees, and terms such as preferences, are not modelled.",
            "一轮融资只有在前几轮完成且公司仍有现金时才会完成；费用与优先清算等条款未纳入模型。",
        )
    yield Said(
        "Taxes, interest and foreign exchange are not in the model unless they are under costs.",
        "税费、利息与汇率未纳入模型，除非写在 costs 中。",
    )
