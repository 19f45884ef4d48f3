"""`seedbed plan runway`, `funding` and `score` as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example import EXAMPLE

from seedbed.cli import main
from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.plan import Plan
from seedbed.venture.runway.paths import follow
from seedbed.venture.score import freeze


@pytest.fixture
def venture(tmp_path: Path, home: Home) -> Path:
    path = tmp_path / "venture.yaml"
    path.write_text(EXAMPLE.replace("draws: 10000", "draws: 300"), encoding="utf-8")
    return path


def typed(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["plan", *map(str, words)])
    return int(ended.value.code or 0)


def test_runway_prints_and_draws(
    venture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("runway", venture, "--paths", 300, "--charts", tmp_path / "charts") == 0
    said = capsys.readouterr().out
    assert "How long the money lasts" in said
    assert "halve talent" in said
    assert (tmp_path / "charts" / "runway.cash.svg").read_text().startswith("<svg")


def test_runway_in_json_and_chinese(venture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("runway", venture, "--paths", 300, "--json", "--language", "zh") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["title"] == "钱能撑多久"
    assert len(told["data"]["ruin_by_month"]) == 24
    assert told["data"]["capital"] == "400000"


def test_ocf_asks_for_the_issuer(
    venture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "ocf"
    assert typed("runway", venture, "--paths", 300, "--ocf", into) == 1
    assert "--formed" in capsys.readouterr().err
    assert not into.exists()
    words = ("--legal-name", "Brands Ltd", "--formed", "2026-03-02", "--country", "GB")
    assert typed("runway", venture, "--paths", 300, "--ocf", into, *words) == 0
    assert json.loads((into / "Manifest.ocf.json").read_text())["ocf_version"] == "1.2.0"


def test_funding(venture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("funding", venture) == 0
    assert "Dilution by holder" in capsys.readouterr().out


def test_score(venture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("score", venture) == 1
    assert "--truth" in capsys.readouterr().err
    plan = Plan.of(file.read(venture))
    paths = follow(plan, plan.draws)
    freeze(plan, paths.outcome, cash=paths.cash)
    came = tmp_path / "came.csv"
    came.write_text("month,cash\n2026-11,400000\n2026-12,385000\n", encoding="utf-8")
    assert typed("score", venture, "--truth", came) == 0
    said = capsys.readouterr().out
    assert "too few to say" in said
    assert "same as last month" in said


def test_a_missing_file_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for action in ("runway", "funding", "score"):
        assert typed(action, tmp_path / "none.yaml") == 1
        assert "SB901" in capsys.readouterr().err
