"""How often test rows were looked at, by whichever runs of a home."""

from __future__ import annotations

from pathlib import Path

import pytest
from rows_sample import make, sentence

from seedbed.data.load import load
from seedbed.data.looks import FILE, MANY, looked
from seedbed.data.seal import SealedTest
from seedbed.home import Home

ROWS = [(sentence(i), "yes" if i % 4 else "no") for i in range(60)]


def sealed(folder: Path, rows: list[tuple[str, str]]) -> SealedTest:
    folder.mkdir(exist_ok=True)
    return load(*make(folder, ROWS, test=rows)).test


def test_each_other_model_counts_once(tmp_path: Path, home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    test = sealed(tmp_path / "one", ROWS[:9])
    assert looked(home, test, "a").count == 0
    assert looked(home, test, "a").count == 0, "a run that is gone on with looks again for itself"
    found = looked(home, test, "b")
    assert (found.count, found.severity) == (1, "note")
    assert found.said["en"].startswith("1 other model was judged on these test rows before")
    assert looked(home, test, "a").count == 1


def test_rows_are_known_by_their_texts(tmp_path: Path, home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    looked(home, sealed(tmp_path / "one", ROWS[:9]), "a")
    assert looked(home, sealed(tmp_path / "two", ROWS[8::-1]), "b").count == 1
    assert looked(home, sealed(tmp_path / "three", ROWS[:10]), "c").count == 0


def test_many_are_a_warning(tmp_path: Path, home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    test = sealed(tmp_path / "one", ROWS[:9])
    found = [looked(home, test, str(model)) for model in range(MANY + 1)]
    assert [one.severity for one in found] == ["note"] * MANY + ["warning"]


@pytest.mark.parametrize("left", ['{"at": "2026-01-01T0', '{"rows": {"a"}', ""])
def test_a_line_cut_short_is_passed_over(tmp_path: Path, home: Home, left: str) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    test = sealed(tmp_path / "one", ROWS[:9])
    looked(home, test, "a")
    with (home.root / FILE).open("a", encoding="utf-8") as out:
        out.write(left)
    looked(home, test, "b")
    assert looked(home, test, "c").count == 2
