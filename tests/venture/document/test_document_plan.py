"""The document of a whole plan: every chapter, and no number that the model does not hold."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from seedbed.errors import MeasurementMissing
from seedbed.venture.document import claims, compose, html
from seedbed.venture.document.chapters import OUTLINES, SUMMARY, Source
from seedbed.venture.document.content import Document, Missing
from seedbed.venture.document.draw import Studio
from seedbed.venture.plan import Plan
from seedbed.venture.result import Section

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


def test_every_chapter_is_there_in_order(whole: tuple[Plan, Document]) -> None:
    keys = [chapter.key for chapter in whole[1].chapters]
    assert keys == [*(outline.key for outline in OUTLINES), "method", "register"]


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
    for chapter in document.chapters:
        for section in chapter.sections:
            held = [*claims.of_section(section), *claims.of_plan(plan), *CONSTANTS, *PUBLISHED]
            known = claims.Known(held)
            for text in spoken(section, language):
                assert claims.unsupported(text, known) == [], text


def test_the_register_names_every_assumption(whole: tuple[Plan, Document]) -> None:
    plan, document = whole
    (section,) = document.chapters[-1].sections
    named = {row[0] for row in section.tables[0].rows}
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
    outline = OUTLINES[1]
    broken = replace(outline, sources=(Source("unit", outline.title, f"{__name__}:refuse"),))
    (part,) = compose.chapter(plan, broken).parts
    assert isinstance(part, Missing)
    assert (part.path, part.expected) == ("unit.hour", "an hour's price")


def refuse(plan: Plan) -> Section:
    raise MeasurementMissing(
        expected="an hour's price", got="none", do="Give it.", where="unit.hour"
    )
