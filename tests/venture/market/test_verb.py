"""`seedbed plan market`: what it prints, its surveys, its charts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from example import EXAMPLE

from seedbed.cli import main
from seedbed.home import Home


@pytest.fixture
def folder(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "160")
    (tmp_path / "venture.yaml").write_text(EXAMPLE, encoding="utf-8")
    return tmp_path


def run(*typed: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "market", *typed])
    assert int(caught.value.code or 0) == code


@pytest.mark.parametrize(("language", "said"), [("en", "At most"), ("zh", "最多约")])
def test_it_answers_in_both_languages(
    folder: Path, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    run(str(folder), "--language", language)
    assert said in capsys.readouterr().out


def test_surveys_and_charts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i},{i + 2},{i + 4},{i + 6}\n" for i in range(1, 10))
    path = folder / "prices.csv"
    path.write_text("too_cheap,cheap,expensive,too_expensive\n" + rows + "9,1,1,1\n")
    run(str(folder), "--westendorp", str(path), "--charts", str(folder / "charts"), "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["data"]["westendorp"]["dropped"] == 1
    assert told["data"]["westendorp"]["points"]["opp"]["price"] == pytest.approx(8)
    drawn = {chart.name for chart in (folder / "charts").iterdir()}
    assert drawn == {"market.adoption.svg", "market.westendorp.svg"}


def test_a_survey_that_is_none_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "prices.csv"
    path.write_text("too_cheap,cheap,expensive,too_expensive\n1,2,nan,4\n2,3,4,5\n")
    run(str(folder), "--westendorp", str(path), "--json", code=1)
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == "SB907"
    assert "'nan' on line 2" in told["got"]
    assert told["where"] == str(path)
