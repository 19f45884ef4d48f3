"""The document of a whole plan: every chapter, and no number that the model does not hold."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from seedbed.errors import MeasurementMissing
from seedbed.venture.document import claims, compose, html
from seedbed.venture.document.chapters import OUTLINES, SUMMARY, Source
from seedbed.venture.document.content import Document, Missing
from seedbed.venture.document.draw import Studio
from seedbed.venture.document.names import Named
from seedbed.venture.plan import Plan
from seedbed.venture.result import Section
from seedbed.venture.runway.study import usual

CONSTANTS = (0.05, 0.95, 0.9, 0.1, 1000, 1, 2, 0, 0.5, 100, 12)
"""Numbers of the method itself: the points of intervals, a thousand, one, months of a year."""


PUBLISHED = (4_032_000, 4_320_000, 10_000_000)
"""Of the worked example of R = C·η·α·β·γ, and the slip in its text."""

YEAR = re.compile(r"\b(19|20)\d\d\b")


def spoken(section: Section, language: str) -> list[str]:
    """Return the sentences of a section; the years of publications that notes name are left out."""
    told = [section.answer(language), *(one.said(language) for one in section.cautions)]
    return [*told, *(YEAR.sub("", note(language)) for note in section.notes)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Document]:
    from datetime import date

    from example import EXAMPLE

    from seedbed.home import Home
    from seedbed.venture import file

    home = Home(tmp_path_factory.mktemp("home"))
    text = EXAMPLE.replace("draws: 10000", "draws: 1000")
    plan = Plan.of(file.parse(text), home=home, today=date(2026, 12, 1))
    return plan, compose.compose(plan)


def test_the_main_part_comes_first_and_then_the_appendix(whole: tuple[Plan, Document]) -> None:
    main = [chapter.key for chapter in whole[1].chapters if not chapter.appendix]
    assert main == [outline.key for outline in OUTLINES if outline.key != "score"]
    assert [chapter.key for chapter in whole[1].chapters[len(main) :]] == [
        *("details", "method", "register")
    ]
    assert [label for label, _ in whole[1].labelled][-4:] == [str(len(main)), "A", "B", "C"]


def test_nothing_of_a_section_is_left_out(whole: tuple[Plan, Document]) -> None:
    plan, document = whole
    (made,) = [one for one in OUTLINES if one.key == "risk"]
    said = made.sources[0].make(plan)
    parts = [each for chapter in document.chapters for each in chapter.sections]
    halves = [each for each in parts if each.key in ("risk", "risk-details")]
    assert len(halves) == 2
    assert {one.key for one in said.figures} == {one.key for each in halves for one in each.figures}
    assert {one.key for one in said.charts} == {one.key for each in halves for one in each.charts}
    tables = {one.key for each in halves for one in each.tables}
    assert {one.key for one in said.tables if one.rows} <= tables


def test_the_ids_of_the_parts_are_of_one_part_each(whole: tuple[Plan, Document]) -> None:
    keys = [part.key for chapter in whole[1].chapters for part in chapter.parts]
    assert len(keys) == len(set(keys))


def test_no_english_word_is_left_in_a_chinese_formula(whole: tuple[Plan, Document]) -> None:
    (method,) = next(one for one in whole[1].chapters if one.key == "method").sections
    rows = method.tables[0].rows
    assert len(rows) > 60
    left = {word for row in rows for word in re.findall(r"[A-Za-z]{3,}", row[1].zh)}
    assert left <= SYMBOLS


SYMBOLS = {"exp", "LTV", "SAFE", "token", "NBD"}
"""Words that formulas hold in every language."""


def test_the_main_part_names_no_path(whole: tuple[Plan, Document]) -> None:
    plan, document = whole
    paths = [path for path in plan.register if "." in path]
    for chapter in document.chapters:
        for section in () if chapter.appendix else chapter.sections:
            for language in ("en", "zh"):
                told = " ".join(spoken(section, language))
                assert [path for path in paths if re.search(rf"{re.escape(path)}\b", told)] == []


def test_the_plan_in_numbers_ends_where_the_model_does(whole: tuple[Plan, Document]) -> None:
    plan, document = whole
    (outlook,) = document.chapters[0].sections
    told = {one.key: one for one in outlook.figures}
    customers = usual(plan).paths.outcome.customers[:, -1]
    customers = np.rint(customers)
    assert told["outlook.customers"].value == pytest.approx(float(np.median(customers)))
    (years,) = outlook.tables
    assert len(years.columns) == 1 + -(-plan.venture.months // 12)
    assert years.rows[0][-1].value == round(float(np.median(customers)))


def test_what_has_no_inputs_says_what_it_lacks(whole: tuple[Plan, Document]) -> None:
    lacking = {one.key: one for one in whole[1].missing}
    assert set(lacking) == {"product", "score"}
    assert lacking["product"].path == "about.releases"
    assert "seedbed tune" in lacking["product"].do


def test_the_keys_of_charts_are_of_one_chart_each(whole: tuple[Plan, Document]) -> None:
    keys = [chart.key for chart in whole[1].charts()]
    assert len(keys) == len(set(keys)) > 8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_claims_what_the_model_does_not_hold(
    whole: tuple[Plan, Document], language: str
) -> None:
    plan, document = whole
    parts = [section for chapter in document.chapters for section in chapter.sections]
    numbers: dict[str, list[float]] = defaultdict(list)
    for section in parts:  # what a section says may stand in the appendix
        numbers[section.key.removesuffix("-details")] += claims.of_section(section)
    for chapter in document.chapters:
        for section in chapter.sections:
            own = numbers[section.key.removesuffix("-details")]
            known = claims.Known([*own, *claims.of_plan(plan), *CONSTANTS, *PUBLISHED])
            for text in spoken(section, language):
                assert claims.unsupported(text, known) == [], text


def test_the_register_names_every_assumption(whole: tuple[Plan, Document]) -> None:
    plan, document = whole
    (section,) = document.chapters[-1].sections
    named = {row[1] for row in section.tables[0].rows}
    assert set(plan.register) <= named
    assert "capital" in named


def test_the_summary_answers_what_a_reader_asks_first(whole: tuple[Plan, Document]) -> None:
    document = whole[1]
    assert [line.question for line in document.summary] == [question for question, _, _ in SUMMARY]
    assert [line.chapter for line in document.summary if not line.answers] == ["product"]


def test_there_are_figures_at_the_top(whole: tuple[Plan, Document]) -> None:
    assert len(whole[1].tiles) >= 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_a_whole_plan(whole: tuple[Plan, Document], language: str) -> None:
    document = whole[1]
    studio = Studio((language,))
    studio.take(document.charts())
    page = html.render(document, language, studio.drawings(language))
    studio.close()
    assert page.count("<img") == len(list(document.charts()))
    assert "nan" not in page.partition("<body>")[2].lower().split()


def test_an_error_becomes_a_part_that_says_so(plan: Plan) -> None:
    outline = OUTLINES[2]
    broken = replace(outline, sources=(Source("unit", outline.title, f"{__name__}:refuse"),))
    (part,) = compose.chapter(plan, broken, Named(plan.register)).parts
    assert isinstance(part, Missing)
    assert (part.path, part.expected) == ("unit.hour", "an hour's price")


def refuse(plan: Plan) -> Section:
    raise MeasurementMissing(
        expected="an hour's price", got="none", do="Give it.", where="unit.hour"
    )
