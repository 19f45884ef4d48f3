"""`seedbed verify`: the table, the exit code, JSON, one row."""

from __future__ import annotations

import json

import pytest

from seedbed.cli import main
from seedbed.venture import verify
from seedbed.venture.verify.base import Problem


def run(*typed: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", *typed])
    return int(ended.value.code or 0)


def test_one_row_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "T21") == 0
    said = capsys.readouterr().out
    assert "11,250" in said
    assert "none is off by more than its tolerance" in said


def test_sources_stand_under_the_table_once_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "T1") == 0
    lines = capsys.readouterr().out.splitlines()
    (source,) = [line for line in lines if "Birge" in line]
    assert source.startswith("T1: ")


def test_one_row_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "T21", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert all(one["holds"] for one in told)
    assert {"published", "ours", "difference", "tolerance", "kind", "source"} <= set(told[0])


@pytest.mark.parametrize("machine", [[], ["--json"]])
def test_the_exit_code_is_1_where_an_answer_is_off(
    machine: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Problem("X1", "two and two", "by hand", "A", 4, 0.5, lambda: 5.0)
    monkeypatch.setattr(verify, "problems", lambda: (wrong,))
    assert run(*machine) == 1
    assert "X1" in capsys.readouterr().out


def test_an_unknown_row_is_a_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--only", "T0") == 1
    assert "T21" in capsys.readouterr().err
