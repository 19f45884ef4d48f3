"""Product and quality, as the release's own report has them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seedbed.errors import MeasurementMissing, ReleaseMissing
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.document import claims, product
from seedbed.venture.plan import Plan

SAMPLE = Path(__file__).parents[2] / "judge" / "report_sample.py"


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report_sample", SAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def report(sample: ModuleType) -> dict[str, Any]:
    made: dict[str, Any] = sample.report()
    return made


def test_every_number_of_the_answer_is_in_the_report(report: dict[str, Any]) -> None:
    section = product.of_report(report)
    known = claims.Known(claims.of_section(section))
    for language in ("en", "zh"):
        assert claims.unsupported(section.answer(language), known) == []


def test_the_verdict_is_the_judges(report: dict[str, Any]) -> None:
    held = report | {"verdict": report["verdict"] | {"say": "hold"}}
    assert "hold" in product.of_report(held).answer.en
    assert product.of_report(held).cautions[0].key == "product.hold"
    shipped = report | {"verdict": {"say": "ship", "reasons": []}}
    assert product.of_report(shipped).cautions == ()


def test_the_baseline_stands_beside_it(report: dict[str, Any]) -> None:
    (quality, *_) = product.of_report(report).tables
    rivals = [one["value"] for one in report["compared"]]
    shown = {cell.value for row in quality.rows for cell in row[1:2]}
    assert set(rivals) <= shown


def test_a_venture_that_names_no_release_says_so(plan: Plan) -> None:
    with pytest.raises(MeasurementMissing, match=r"about\.releases"):
        product.section(plan)


def test_a_release_that_is_not_there_is_named(tmp_path: Path) -> None:
    text = "name: a\ncurrency: USD\ncapital: 1\nabout: {releases: [nothing-here]}\n"
    with pytest.raises(ReleaseMissing, match="nothing-here"):
        Plan.of(file.parse(text), home=Home(tmp_path / "home"))


def test_a_report_with_little_in_it_has_a_section_too(sample: ModuleType) -> None:
    section = product.of_report(sample.minimal())
    assert section.charts == ()
    assert section.tables[0].key == "product.quality"
