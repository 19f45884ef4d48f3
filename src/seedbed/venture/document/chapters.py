"""The chapters of the plan, and where the sections of each come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from seedbed.venture.plan import Plan
from seedbed.venture.result import Said, Section

Maker = Callable[[Plan], Section]


@dataclass(frozen=True, slots=True)
class Source:
    """A section and the function that makes it: `module:function`, imported when it is wanted."""

    key: str
    title: Said
    maker: str

    def make(self, plan: Plan) -> Section:
        """Compute the section.

        Raises:
            SeedbedError: an input of it is missing or wrong.
        """
        module, _, function = self.maker.partition(":")
        maker: Maker = getattr(import_module(module), function)
        return maker(plan)


@dataclass(frozen=True, slots=True)
class Outline:
    """A chapter before it is computed."""

    key: str
    title: Said
    sources: tuple[Source, ...]


def _one(key: str, title: Said, maker: str) -> Outline:
    return Outline(key, title, (Source(key, title, maker),))


_IN = "seedbed.venture"

RUNWAY = Source("runway", Said("Runway", "现金跑道"), f"{_IN}.runway.section:section")
FUNDING = Source(
    "funding", Said("Funding and the cap table", "融资与股权表"), f"{_IN}.funding.section:section"
)

OUTLINES: tuple[Outline, ...] = (
    _one("outlook", Said("The plan in numbers", "计划概览"), f"{_IN}.document.outlook:section"),
    _one("product", Said("Product and quality", "产品与质量"), f"{_IN}.document.product:section"),
    _one("unit", Said("Unit economics", "单位经济"), f"{_IN}.unit.section:section"),
    _one("market", Said("Market", "市场"), f"{_IN}.market.section:section"),
    _one("price", Said("Price", "定价"), f"{_IN}.price.section:section"),
    _one("allocate", Said("Where the money goes", "资金分配"), f"{_IN}.allocate.section:section"),
    Outline("runway", Said("Runway and funding", "现金跑道与融资"), (RUNWAY, FUNDING)),
    _one("invest", Said("What to do next", "下一步做什么"), f"{_IN}.invest.section:section"),
    _one("risk", Said("Risks", "风险"), f"{_IN}.risk.section:section"),
    _one("score", Said("Forecasts kept", "历史预测的兑现"), f"{_IN}.score.section:section"),
)

DETAILS = "details", Said("Details, chapter by chapter", "各章细节")

SUMMARY: tuple[tuple[Said, str, tuple[str, ...]], ...] = (
    (Said("What we sell", "卖什么"), "product", ("product",)),
    (Said("What it costs", "成本多少"), "unit", ("unit",)),
    (Said("Who buys", "谁会购买"), "market", ("market",)),
    (Said("What it earns", "挣多少"), "price", ("price",)),
    (
        Said("How much money, and what for", "要多少钱，用在哪里"),
        "allocate",
        ("allocate", "funding"),
    ),
    (Said("Where it leads", "将走到哪里"), "outlook", ("outlook",)),
    (Said("How long it lasts", "能撑多久"), "runway", ("runway",)),
    (Said("What could go wrong", "可能出什么问题"), "risk", ("risk",)),
    (Said("What we find out and do first", "先弄清什么，先做什么"), "invest", ("invest",)),
)
"""The questions of the summary, the chapter of each, and the sections whose answers it takes."""

TILES: tuple[str, ...] = (
    "unit.cost_per_answer",
    "price.best",
    "unit.margin",
    "unit.worth",
    "outlook.customers",
    "outlook.income",
    "outlook.cash",
    "runway.ruin",
)
"""Keys of the figures at the top; one that no section has is left out."""
