"""The page: self-contained, one language, every number a figure's, nothing a reader could miss."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seedbed.venture.document import claims, html, seal
from seedbed.venture.document.content import Document
from seedbed.venture.document.draw import Studio


class Reader(HTMLParser):
    """Reads a page as people do: text without style, numbers in `data` with their exact value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "title", "code", "time", "footer"} & set(self._inside):
            self.text.append(data)


def render(document: Document, language: str = "en") -> str:
    studio = Studio((language,))
    studio.take(document.charts())
    try:
        return html.render(document, language, studio.drawings(language))
    finally:
        studio.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_number_in_the_text_is_a_figure(document: Document, language: str) -> None:
    page = Reader(render(document, language))
    sections = [section for chapter in document.chapters for section in chapter.sections]
    known = claims.Known(value for one in sections for value in claims.of_section(one))
    text = "\n".join(page.text).replace("A rather long heading", "").replace("\n", " ")
    assert claims.unsupported(text, known) == []


def test_a_number_from_nowhere_is_found(document: Document) -> None:
    line = document.summary[0]
    planted = replace(line, answers=(replace(line.answers[0], en="It costs $0.00047."),))
    page = Reader(render(replace(document, summary=(planted,))))
    sections = [section for chapter in document.chapters for section in chapter.sections]
    known = claims.Known(value for one in sections for value in claims.of_section(one))
    assert claims.unsupported(" ".join(page.text), known) == ["0.00047"]


def test_numbers_carry_their_exact_value(document: Document) -> None:
    page = Reader(render(document))
    data = [told for tag, told in page.attributes if tag == "data"]
    assert {"value": "0.7325", "data-figure": "unit.margin"} in data
    assert {"value": "1200"} in data


def test_the_page_needs_nothing_else(document: Document) -> None:
    page = render(document)
    assert "script" not in Reader(page).tags
    addresses = re.findall(r'(?:src|href|srcset)="([^"#][^"]*)"', page)
    assert addresses
    assert all(each.startswith("data:") for each in addresses)
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_charts_have_a_text_and_a_drawing_for_telephones(document: Document) -> None:
    page = Reader(render(document))
    images = [told for tag, told in page.attributes if tag == "img"]
    assert [image["alt"] for image in images] == ["Cash by month"]
    assert sum(tag == "source" for tag in page.tags) == 1


def test_a_caution_stands_once_in_its_chapter_and_is_counted_on_the_first_page(
    document: Document,
) -> None:
    page = render(document)
    assert page.count("No source is named.") == 1
    assert page.index("No source is named.") > page.index('id="chapter-unit"')
    first = page[: page.index('id="chapter-unit"')]
    assert '<a href="#chapter-unit">Unit economics</a> (1)' in first


def test_appendices_are_counted_in_letters(document: Document) -> None:
    unit, funding = document.chapters
    moved = replace(document, chapters=(unit, replace(funding, appendix=True)))
    page = render(moved)
    assert '<span class="label">1</span>Unit economics</h2>' in page
    assert '<span class="label">Appendix A</span>Funding</h2>' in page
    assert '<span class="label">附录 A</span>融资</h2>' in render(moved, "zh")


def test_what_is_missing_is_named_with_what_to_do(document: Document) -> None:
    page = render(document, "zh")
    assert page.count("cap_table.holders") >= 3
    assert "未能计算" in page
    assert page.index("未能计算") < page.index('id="chapter-unit"')


def test_words_of_users_are_text_and_never_markup(document: Document) -> None:
    page = render(document)
    assert "a|b &lt;i&gt;" in page
    assert "c &amp; d" in page


def test_all_links_lead_to_a_place_on_the_page(document: Document) -> None:
    page = Reader(render(document))
    ids = {told["id"] for _, told in page.attributes if "id" in told}
    links = {told["href"] for tag, told in page.attributes if tag == "a"}
    assert {f"#{each}" for each in ids} >= links


def test_the_footer_names_inputs_and_the_seal_of_the_content(document: Document) -> None:
    page = render(document)
    content = seal.between(page)
    assert content is not None
    footer = page[page.index("<footer>") :]
    assert "ab" * 32 in footer
    assert seal.digest(content) in footer
    assert "2026-12-01" in footer


def test_the_same_document_gives_the_same_page(document: Document) -> None:
    assert render(document) == render(document)


def test_the_language_is_said_and_kept(document: Document) -> None:
    page = render(document, "zh")
    assert '<html lang="zh-Hans">' in page
    assert "An answer costs" not in page


def test_paths_break_and_numbers_do_not(document: Document) -> None:
    view = html._View("en")
    assert view.number("spending.research.gives") == "spending.<wbr>research.<wbr>gives"
    assert view.number("0.01561 + 95%") == "0.01561 + 95%"
    assert view.number("2026-11-22") == "<time>2026-11-22</time>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("months it lasts", "Months it lasts"),
        ("p a month", "p a month"),
        ("现金", "现金"),
        ("", ""),
    ],
)
def test_titles_begin_with_a_capital(text: str, shown: str) -> None:
    assert html.capital(text) == shown
