"""What the market's section says in words: what to beware of, and what was not modelled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.market.diffusion import Adoption
from seedbed.venture.market.size import Comparison
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Said

SPEED = ("market.innovation", "market.imitation")


def cautions(plan: Plan, found: Adoption, compared: Comparison | None) -> Iterator[Caution]:
    """Yield what to beware of in the size and the speed."""
    months = int(found.months[-1])
    if found.beyond:
        yield Caution(
            "market.horizon",
            Said(
                f"In {found.beyond:.0%} of the draws the plan's {months} months end before the"
                " peak: what is seen of the curve until then tells little of how high it goes,"
                " and p, q and the cap cannot be told apart by it.",
                f"{found.beyond:.0%} 的抽样中，{months} 个月的计划期在高峰之前就结束：此前的走势"
                "几乎无法说明最终高度，也无法区分 p、q 与上限。",
            ),
            "months",
        )
    if found.full:
        yield Caution(
            "market.full",
            Said(
                f"In {found.full:.0%} of the draws today's customers are more than the whole market"
                " that share and population make; nobody comes there.",
                f"{found.full:.0%} 的抽样中，现有客户已超过 share 与 population 推出的整个市场，"
                "不再有新增。",
            ),
            "market.share",
        )
    if found.never:
        yield Caution(
            "market.never",
            Said(
                f"In {found.never:.0%} of the draws nobody ever buys: p is 0 and nobody has"
                " bought.",
                f"{found.never:.0%} 的抽样中永远无人购买：p 为 0 且尚无客户。",
            ),
            "market.innovation",
        )
    for path in SPEED:
        entry = plan.register[path]
        if entry.origin == "table":
            yield Caution(
                "market.analogy",
                Said(
                    f"A prior by analogy and no measurement ({entry.where}): {entry.now.source}.",
                    f"按类比取得的先验，并非测量（{entry.where}）：{entry.now.source}。",
                ),
                path,
            )
    yield from _apart(compared)


def _apart(compared: Comparison | None) -> Iterator[Caution]:
    if compared is None or not compared.apart:
        return
    middle = float(np.median(compared.factor))
    yield Caution(
        "market.apart",
        Said(
            f"Counted from below the market is {middle:.2g} times what it is from above: one of the"
            " two is wrong. Find out which before planning on either.",
            f"自下而上的结果是自上而下的 {middle:.2g} 倍：两者必有一误，请先查明再据以计划。",
        ),
        "market.segments",
    )


NOTES = (
    Said(
        "D = k·S is a static cap: it says neither when it is reached nor that it can be. The"
        " diffusion says when, if p and q are right.",
        "D = k·S 只是静态上限：既不说明何时达到，也不保证能达到。"
        "扩散模型给出时间，前提是 p、q 正确。",
    ),
    Said(
        "Who has bought is not who stays: churn is taken off in the model of runway and worth. A"
        " rival's arrival, and a price that changes, are not in the diffusion.",
        "累计购买不等于留存：流失在现金与价值模型中扣除；竞争者进入与调价不在扩散模型之内。",
    ),
)
