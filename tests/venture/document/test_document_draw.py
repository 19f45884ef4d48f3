"""Charts are drawn in a process of its own, for screens, telephones and paper."""

from __future__ import annotations

from typing import Any

import pytest

from seedbed.errors import DocumentFailed
from seedbed.venture.document import draw
from seedbed.venture.document.easel import Easel
from seedbed.venture.result import Chart, Said

TITLE = Said("Cash", "现金")


def spec(language: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"month": 1, "cash": 4}, {"month": 2, "cash": 3}]},
        "mark": "line",
        "encoding": {
            "x": {"field": "month", "type": "quantitative", "title": TITLE(language)},
            "y": {"field": "cash", "type": "quantitative"},
        },
    }


def test_a_chart_has_two_widths_and_a_picture() -> None:
    drawn = draw.draw(Chart("cash", TITLE, spec), "zh", paper=True)
    assert drawn.size[0] == draw.WIDE
    assert drawn.narrow is not None
    assert draw.size(drawn.narrow)[0] == draw.NARROW
    assert "现金" in drawn.wide
    assert drawn.png is not None
    assert drawn.png.startswith(b"\x89PNG")


def test_views_side_by_side_are_left_as_they_are() -> None:
    both = Chart("both", TITLE, lambda language: {"hconcat": [spec(language), spec(language)]})
    assert draw.draw(both, "en").narrow is None


def test_a_charts_own_configuration_wins() -> None:
    made = draw._resized(spec("en") | {"config": {"axis": {"labelFontSize": 9}}}, 300)
    assert made["config"]["axis"]["labelFontSize"] == 9
    assert made["config"]["axis"]["gridColor"] == draw.LINE


def test_what_cannot_be_drawn_is_a_clear_error_and_the_next_chart_is_drawn() -> None:
    with Easel() as easel:
        broken = Chart("broken", TITLE, lambda language: {"mark": "no such mark"})
        with pytest.raises(DocumentFailed, match="Vega-Lite"):
            draw.draw(broken, "en", easel)
        assert draw.draw(Chart("cash", TITLE, spec), "en", easel).wide.startswith("<svg")


def test_a_process_that_was_killed_is_a_clear_error() -> None:
    with Easel() as easel:
        process = easel.start()
        process.kill()
        process.wait()
        with pytest.raises(DocumentFailed, match="ended"):
            draw.draw(Chart("cash", TITLE, spec), "en", easel)


def test_a_studio_draws_each_chart_once_a_language() -> None:
    asked: list[str] = []

    def counted(language: str) -> dict[str, Any]:
        asked.append(language)
        return spec(language)

    studio = draw.Studio(("en", "zh"))
    studio.ready()
    try:
        for _ in range(3):
            studio.take([Chart("cash", TITLE, counted)])
        assert studio.drawings("zh")["cash"].title == "现金"
        assert studio.drawings("en")["cash"].title == "Cash"
    finally:
        studio.close()
    assert sorted(asked) == ["en", "zh"]


def test_a_chart_of_the_appendix_is_drawn_once() -> None:
    studio = draw.Studio(("en",))
    chart = Chart("x", Said("X", "图"), spec)
    studio.take([chart], narrow=False)
    drawn = studio.drawings("en")["x"]
    studio.close()
    assert drawn.narrow is None
    assert draw.size(drawn.wide)[0] == draw.WIDE


def test_on_a_telephone_labels_leave_room_for_what_they_name() -> None:
    rows = [{"what": "put a thousand more, over three months", "value": 1}]
    drawn = draw.draw(Chart("long", TITLE, lambda language: bars(rows)), "en")
    assert drawn.narrow is not None
    assert "put a thousand more" in drawn.narrow
    assert "three months</text>" not in drawn.narrow
    assert "three months</text>" in drawn.wide


def bars(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"values": rows},
        "mark": "bar",
        "encoding": {
            "y": {"field": "what", "type": "nominal", "title": None},
            "x": {"field": "value", "type": "quantitative"},
        },
    }
