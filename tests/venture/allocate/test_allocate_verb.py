"""`seedbed plan allocate`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seedbed.cli import main
from venture.example import EXAMPLE


@pytest.fixture
def venture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEEDBED_HOME", str(tmp_path / "home"))
    path = tmp_path / "venture.yaml"
    path.write_text(EXAMPLE.replace("draws: 10000", "draws: 200"), encoding="utf-8")
    return path


def typed(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["plan", "allocate", *words])
    return int(left.value.code or 0)


def test_it_prints_json_keeps_the_split_and_compares_the_next(
    venture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = (str(venture), "--months", "9", "--scenarios", "40", "--json")
    assert typed(*few) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["data"]["last"] is None
    assert set(first["data"]["monthly"]) == {"research", "data", "marketing"}
    assert typed(*few, "--budget", "9000") == 0
    second = json.loads(capsys.readouterr().out)
    assert second["data"]["last"]["monthly"] == first["data"]["monthly"]
    assert any(table["key"] == "allocate.changed" for table in second["tables"])


def test_what_cannot_be_kept_ends_with_the_code_of_a_clear_failure(
    venture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(str(venture), "--scenarios", "40") == 1
    assert "SB906" in capsys.readouterr().err
