"""The page: complete, safe, well-formed, the same twice, and every figure in it measured."""

from __future__ import annotations

import copy
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import report_sample

from seedbed.judge.report import render, write
from seedbed.judge.report.charts import draw, forest
from seedbed.judge.report.charts import values as numbers
from seedbed.judge.report.charts.theme import around
from seedbed.judge.report.page import fill
from seedbed.tune.forecast import more_rows

SECTIONS = (
    *("verdict", "ladder", "figures", "confusion", "labels", "trust", "calibration", "coverage"),
    *("robustness", "groups", "learning", "engines", "rows", "worst", "explained", "made"),
)
CHARTS = (
    *("ladder_wide", "ladder_narrow", "confusion_wide", "confusion_narrow", "reliability"),
    *("coverage", "groups", "learning", "engines", "robustness_en", "robustness_zh"),
    *("numbers", "rank"),
)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onload='x' {{ 7 * 7 }}"


class Page(HTMLParser):
    """Reads a page strictly: every tag closed in order; keeps ids, references and words."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.references: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: dict[str, list[str]] = {"en": [], "zh-Hans": [], "": []}
        self.headings: list[dict[str, str]] = []
        self.feed(page)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute twice in <{tag}>"
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if "id" in given:
            self.ids[given["id"] or ""] += 1
        for name in ("for", "aria-labelledby"):
            self.references.update((given.get(name) or "").split())
        if (href := given.get("href") or "").startswith("#"):
            self.references.add(href[1:])
        if tag in ("h1", "h2", "h3"):
            self.headings.append({})
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if {"style", "script", "title"} & {tag for tag, _ in self.open}:
            return
        tongue = next((a["lang"] for _, a in reversed(self.open[1:]) if a.get("lang")), "") or ""
        self.words[tongue].append(data)
        if tongue and any(tag in ("h1", "h2", "h3") for tag, _ in self.open):
            self.headings[-1][tongue] = data.strip()

    @property
    def text(self) -> str:
        return " ".join(part for parts in self.words.values() for part in parts)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return report_sample.report()


@pytest.fixture(scope="module")
def page(report: dict[str, Any]) -> str:
    return render(report)


def test_every_section_is_there_in_both_languages(page: str) -> None:
    read = Page(page)
    assert [name for name in SECTIONS if name not in read.ids] == []
    assert len(read.headings) > 15
    for heading in read.headings:
        if heading:
            assert heading["en"]
            assert re.search("[一-鿿]", heading["zh-Hans"]), heading


def test_the_page_is_well_formed(page: str) -> None:
    read = Page(page)
    assert page.startswith("<!DOCTYPE html>")
    assert [name for name, times in read.ids.items() if times > 1] == []
    assert read.references <= set(read.ids), read.references - set(read.ids)
    assert read.tags["table"] == read.tags["caption"]


def test_the_page_asks_nothing_of_the_network(page: str) -> None:
    read = Page(page)
    for _, name, value in read.attributes:
        if name in ("src", "href", "action", "poster"):
            assert (value or "").startswith(("#", "data:")), value
    assert "@import" not in page
    assert "url(" not in page
    assert read.tags["iframe"] == read.tags["object"] == 0
    assert "default-src 'none'" in page


def test_77_labels_stay_small(page: str) -> None:
    assert len(page.encode()) < 500_000


def test_the_same_report_gives_the_same_page(report: dict[str, Any], page: str) -> None:
    assert render(copy.deepcopy(report)) == page


def test_a_report_without_its_optional_parts(tmp_path: Path) -> None:
    minimal = report_sample.minimal()
    write(minimal, tmp_path / "report.html")
    read = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    for gone in ("ladder", "confusion", "labels", "trust", "robustness", "groups", "engines"):
        assert gone not in read.ids
    assert {"verdict", "figures", "rows", "made"} <= set(read.ids)
    assert read.references <= set(read.ids)
    assert "None" not in read.text
    assert "nan" not in read.text


def test_where_no_curve_was_measured_the_page_says_why() -> None:
    none = {"more_rows": more_rows([], "entity_f1", rung=None)}
    read = Page(render(report_sample.minimal() | none))
    assert read.ids["learning"] == 1
    assert "no learning curve was measured" in " ".join(read.words["en"])
    assert "没有测得学习曲线" in " ".join(read.words["zh-Hans"])


def test_absent_parts_are_as_good_as_null() -> None:
    minimal = report_sample.minimal()
    kept = ("format", "name", "number", "task", "made", "metric", "metrics", "verdict")
    read = Page(render({key: minimal[key] for key in kept}))
    sparse = report_sample.report(k=3, rows=300)
    for rung in sparse["ladder"]:
        rung.pop("epochs")
        rung.pop("money")
    sparse["reject"].pop("said")
    sparse["confusion"].pop("pairs")
    Page(render(sparse))
    assert {"verdict", "figures", "made"} <= set(read.ids)


def test_there_is_nothing_to_draw_without_figures(report: dict[str, Any]) -> None:
    assert set(draw(report)) == set(CHARTS)
    other = {"numbers", "rank"}  # of answers that are no labels
    assert all(svg for name, svg in draw(report).items() if name not in other)
    assert draw(dict.fromkeys(report)) == dict.fromkeys(CHARTS)


@pytest.mark.parametrize("part", sorted(report_sample.report(k=3, rows=300)))
def test_any_part_may_be_null(part: str) -> None:
    if part in ("name", "number", "task", "metric"):
        pytest.skip("a report has these")
    Page(fill(report_sample.report(k=3, rows=300) | {part: None}, dict.fromkeys(CHARTS)))


def test_a_hostile_row_stays_text(report: dict[str, Any]) -> None:
    bad = copy.deepcopy(report)
    bad["worst"][0] |= {"text": HOSTILE, "truth": HOSTILE, "answer": HOSTILE}
    bad["explained"][0] |= {"text": HOSTILE, "parts": [{"text": HOSTILE[:30], "weight": 0.3}]}
    bad["confusion"]["labels"][0] = HOSTILE
    bad["confusion"]["pairs"][0]["truth"] = HOSTILE
    bad["labels"][0]["label"] = HOSTILE
    bad["ladder"][0]["rung"] = HOSTILE
    bad["ladder"][0]["why"] = bad["stop"] = {"en": HOSTILE, "zh": HOSTILE}
    bad["groups"][0]["group"] = bad["engines"][0]["engine"] = bad["name"] = HOSTILE
    bad["robustness"][0]["said"] = {"en": HOSTILE, "zh": HOSTILE}
    bad["check"]["findings"][0]["rows"][0] |= {"text": HOSTILE, HOSTILE: HOSTILE}
    read = Page(render(bad))
    assert read.tags["script"] == 1
    assert read.tags["img"] == 0
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert HOSTILE in read.text
    assert "49" not in " ".join(part for part in read.words["en"] if "alert" in part)


def test_characters_that_no_page_may_hold(report: dict[str, Any]) -> None:
    bad = copy.deepcopy(report)
    bad["worst"][0]["text"] = bad["confusion"]["labels"][1] = "a\x00b\x1b[31m\ud800\ufffe\x0bc"
    page = render(bad)
    assert not re.search("[\x00\x0b\x1b\ud800\ufffe]", page)
    assert "a\ufffdb\ufffd[31m" in page


def test_megabytes_in_a_cell_do_not_come_along(report: dict[str, Any]) -> None:
    bad = copy.deepcopy(report)
    bad["worst"][0]["text"] = bad["labels"][0]["label"] = "word " * 1_000_000
    bad["explained"][0] |= {"text": "字" * 1_000_000, "parts": []}
    assert len(render(bad)) < 500_000


def test_figures_come_from_the_report(report: dict[str, Any], page: str) -> None:
    """Change one figure: the old one is gone from its place and the new one stands there."""
    changed = copy.deepcopy(report)
    changed["metrics"]["accuracy"] |= {"value": 0.4321, "low": 0.4111, "high": 0.4567}
    changed["cost"]["per_1000"] = 0.0987
    changed["compared"][0]["difference"] = -0.0777
    changed["verdict"]["say"] = "hold"
    text, before = Page(render(changed)).text, Page(page).text
    for shown in ("43.2%", "41.1–45.7%", "$0.099", "−7.8"):
        assert shown in text
        assert shown not in before
    assert "Hold" in text


def test_every_percentage_in_a_table_is_a_figure_of_the_report(
    report: dict[str, Any], page: str
) -> None:
    known: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, float):
            known.add(f"{100 * value:.1f}%")
        elif isinstance(value, str):
            known.update(re.findall(r"\d+(?:\.\d+)?%", value))

    walk(report)
    cells = [part.strip() for part in Page(page).words[""]]
    shown = {cell for cell in cells if re.fullmatch(r"\d+\.\d%", cell)}
    assert len(shown) > 30
    assert shown <= known


@pytest.mark.parametrize(
    ("say", "word", "zh"), [("ship", "Ship", "上线"), ("hold", "Hold", "暂缓")]
)
def test_the_verdict_is_the_first_heading(say: str, word: str, zh: str) -> None:
    read = Page(render(report_sample.report(k=3, rows=300, ship=say == "ship")))
    assert read.headings[0] == {"en": word, "zh-Hans": zh}


def test_a_failed_check_comes_first_and_a_warning_is_marked(report: dict[str, Any]) -> None:
    mixed = copy.deepcopy(report)
    mixed["verdict"]["say"] = "hold"
    mixed["verdict"]["reasons"][-1]["passed"] = False
    mixed["verdict"]["reasons"][0]["warning"] = True
    marks = re.findall(r'<li class="(yes|no|but)"', render(mixed))
    assert marks[0] == "no"
    assert marks.count("but") == 1


def test_what_an_engine_answers_otherwise_is_a_number_of_rows() -> None:
    report = copy.deepcopy(report_sample.report())
    report["engines"][1]["disagree"] = 1_234
    page = render(report)
    assert '<td class="n">1,234</td>' in page


def test_a_rung_says_of_how_many_trials_it_is_the_best() -> None:
    report = copy.deepcopy(report_sample.report())
    report["ladder"][2]["search"] = {"trials": 12, "optimism": 0.0081}
    page = render(report)
    assert "best of 12 trials, less 0.8 points for that" in page
    assert "12 次试验中最好，为此已扣 0.8 个百分点" in page


def test_of_a_metric_below_zero_nothing_is_drawn_outside() -> None:
    assert around([-0.3, 0.1], 0.1) == pytest.approx((-0.34, 0.14))
    assert around([0.01, 0.1], 0.5)[0] == 0
    drawn = forest.chart([forest.Line("typos", -0.07, -0.2, 0.07)], -0.06)
    assert drawn is not None
    places = [float(x) for x in re.findall(r"translate\((-?[\d.]+),", drawn)]
    assert min(places) >= 0


def test_the_band_about_answers_ends_at_the_charts_edges() -> None:
    band = numbers._within((-2.0, 3.0), 1.0)
    assert [one["answer"] for one in band] == [-2, -1, 2, 3]
    assert min(one["low"] for one in band) == -2
    assert max(one["high"] for one in band) == 3
    wide = numbers._within((0.0, 1.0), 9.0)
    assert {(one["low"], one["high"]) for one in wide} == {(0, 1)}


def test_spans_with_other_ends_are_told_in_both_languages() -> None:
    pairs = [{"truth": "person", "answer": "person (other ends)", "rows": 2}]
    told = {"name": "n", "number": 1, "task": "token-classification", "metric": "entity_f1"}
    told |= {"confusion": {"labels": [], "matrix": [], "shown_of": 1, "pairs": pairs}}
    shown = fill(told, dict.fromkeys(draw({})))
    assert "（边界不同）" in shown
