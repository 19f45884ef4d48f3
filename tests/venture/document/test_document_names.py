"""Assumptions have names in the document, in sentences, cells and charts."""

from __future__ import annotations

from seedbed.venture.document.names import Named, name
from seedbed.venture.result import Caution, Chart, Said, Section, Table

PATHS = ("customers.churn", "spending.research.gives.a", "market.share", "discount")


def test_paths_become_words_in_both_languages() -> None:
    named = Named(PATHS)
    said = named.said(Said("Look at customers.churn.", "请看 customers.churn。"))
    assert said == Said("Look at customers who leave, a month.", "请看 客户月流失率。")
    assert named.text("what market.shareholders say", "en") == "what market.shareholders say"
    assert named.text("the file's market.share.low", "en") == "the file's market.share.low"
    assert named.text("a discount of a tenth", "en") == "a discount of a tenth"


def test_what_a_venture_names_itself_keeps_its_name() -> None:
    assert name("spending.research.gives.a").en == "what research gives (a)"
    assert name("risks.a flood.chance").zh == "“a flood”的概率"
    assert name("nobody.knows") == Said("nobody.knows", "nobody.knows")


def test_cells_cautions_and_charts_are_named() -> None:
    columns = (Said("what", "什么"),)
    section = Section(
        "risk",
        Said("Risks", "风险"),
        Said("In market.share.", "在 market.share。"),
        tables=(Table("t", Said("T", "表"), columns, (("market.share",), (3,))),),
        cautions=(Caution("c", Said("market.share is bare", "market.share 没有区间")),),
        charts=(Chart("x", Said("X", "图"), lambda language: {"data": ["market.share", 1]}),),
    )
    made = Named(PATHS).section(section)
    assert made.answer.en == "In share of companies that will buy."
    assert made.tables[0].rows[0][0].zh == "最终购买的公司占比"
    assert made.tables[0].rows[1][0] == 3
    assert made.cautions[0].said.en == "share of companies that will buy is bare"
    assert made.charts[0].spec("zh") == {"data": ["最终购买的公司占比", 1]}
