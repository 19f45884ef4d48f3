"""What is planned: blueprints under `about.blueprints`, in `plan check` and in the document."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from invest_sample import release

from seedbed.errors import VentureWrong
from seedbed.home import Home
from seedbed.recipe.blueprints import known
from seedbed.venture import check, planned
from seedbed.venture.document import excerpt, product
from seedbed.venture.file import parse
from seedbed.venture.plan import Plan

FILE = "name: shop\ncurrency: USD\ncapital: 1000\nabout:\n  "


def plan(home: Path, about: str) -> Plan:
    return Plan.of(parse(FILE + about), home=Home(home), today=date(2026, 4, 10))


@pytest.mark.parametrize(
    ("name", "do"), [("fraude", "'fraud'"), ("venture", "products"), ("qqq", "spelling")]
)
def test_only_a_blueprint_of_a_product_can_be_planned(name: str, do: str) -> None:
    with pytest.raises(VentureWrong) as error:
        parse(f"{FILE}blueprints:\n    - fraud\n    - {name}\n")
    assert "line 7" in str(error.value)
    assert do in str(error.value)


def test_the_check_says_what_is_planned(tmp_path: Path) -> None:
    section = check.section(plan(tmp_path, "blueprints: [fraud, medical-qa-zh]"))
    (note,) = section.notes
    assert "spam and fraud (fraud), medical questions (medical-qa-zh)" in note.en
    assert "垃圾信息与欺诈（fraud）、医疗问答（medical-qa-zh）" in note.zh
    assert section.data["planned"] == ("fraud", "medical-qa-zh")
    assert check.section(plan(tmp_path, "blueprints: []")).notes == ()


def test_the_document_names_what_is_planned_where_nothing_is_sold(tmp_path: Path) -> None:
    section = product.section(plan(tmp_path, "blueprints: [fraud, intents]"))
    assert "Nothing is sold yet" in section.answer.en
    assert "垃圾信息与欺诈" in section.answer.zh
    (caution,) = section.cautions
    assert caution.path == "about.releases"
    (main, _) = excerpt.split(section)
    ((ours, coming),) = [table.rows for table in main.tables]
    published = known()["fraud"].set
    assert published is not None
    assert ours[1:] == ("fraud", published.name, published.license)
    assert coming[2:] == (planned.WITH_IT, None)


def test_the_document_names_what_is_planned_beside_what_is_sold(tmp_path: Path) -> None:
    report: dict[str, Any] = {"name": "first-light", "number": 1, "bar": None}
    release(Home(tmp_path), **report)
    about = "releases: [first-light]\n  blueprints: [fraud]"
    alone, both = (product.section(plan(tmp_path, one)) for one in (about.split("\n")[0], about))
    assert both.answer.en.startswith(alone.answer.en)
    assert both.answer.en.endswith("Planned, and in no figure yet: spam and fraud (fraud).")
    assert [one.key for one in both.tables[len(alone.tables) :]] == ["product.planned"]


def test_every_blueprint_names_its_vertical_in_chinese() -> None:
    verticals = {one.vertical: one.vertical_zh for one in known().values()}
    assert {(one.vertical, one.vertical_zh) for one in known().values()} == set(verticals.items())
    assert all(any("一" <= letter <= "鿿" for letter in one) for one in verticals.values())
