"""`seedbed plan allocate`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedbed.cli import main
from venture.example import EXAMPLE

FEW = EXAMPLE.replace("draws: 10000", "draws: 200").replace("months: 24", "months: 6")


@pytest.fixture
def venture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    path = tmp_path / "venture.yaml"
    path.write_text(FEW, encoding="utf-8")
    return path


def typed(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["plan", "allocate", *words])
    return int(left.value.code or 0)


def test_a_plain_split_is_kept_and_a_trial_is_compared_with_it(
    venture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = (str(venture), "--scenarios", "20", "--json")

    def told(*words: str) -> dict[str, Any]:
        assert typed(*few, *words) == 0
        return dict(json.loads(capsys.readouterr().out))

    first = told()
    assert first["data"]["last"] is None
    assert set(first["data"]["monthly"]) == {"research", "data", "marketing"}
    (kept,) = (venture.parent / "home").glob("plans/brand-sentiment/splits/*.json")
    before = kept.read_bytes()
    trial = told("--budget", "9000")
    assert trial["data"]["last"]["monthly"] == first["data"]["monthly"]
    assert any(table["key"] == "allocate.changed" for table in trial["tables"])
    assert kept.read_bytes() == before
    told("--no-keep")
    assert kept.read_bytes() == before
    told("--risk", "0.5", "--keep")
    assert json.loads(kept.read_text())["asked"]["risk"] == {"weight": 0.5, "worst": 0.1}


def test_what_cannot_be_kept_ends_with_the_code_of_a_clear_failure(
    venture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    venture.write_text(FEW.replace("months: 6", "months: 24"), encoding="utf-8")
    assert typed(str(venture), "--scenarios", "40") == 1
    assert "SB906" in capsys.readouterr().err
