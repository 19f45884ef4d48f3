"""The worked venture runs as written: its blocks marked `runs`, in order, on a real release."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import release_sample as sample
from seedbed.backbones.tfidf import Tfidf
from seedbed.home import Home, read_json
from seedbed.release import gate, store
from seedbed.venture.allocate import section
from seedbed.venture.document import seal

PAGE = Path(__file__).parents[3] / "docs" / "tutorial-venture.md"
BLOCK = re.compile(r"^(?:<!-- ([^\n]*?) -->\n)?```console\n(.*?)^```$", re.M | re.S)


def blocks() -> list[tuple[str, list[str]]]:
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [(marker, re.findall(r"^\$ (.+)$", text, re.MULTILINE)) for marker, text in found]


def first_light(home: Home) -> None:
    """Make a release of the quick start's name: word counts and a linear model."""
    from sklearn.linear_model import LogisticRegression

    exam = sample.exam()
    terms = Tfidf.fit(exam.texts)
    fitted = LogisticRegression().fit(terms.transform(exam.texts), np.asarray(exam.truth))
    with store.writing(home, "first-light") as draft:
        terms.save(draft.folder / "model", fitted.coef_, fitted.intercept_)
        found = gate.run(draft.folder, exam, kind="linear", threads=1)
        facts = sample.dress(draft.folder, found, exam, "baseline")
        draft.commit(facts | {"kind": "linear"})


def test_every_block_says_whether_it_is_run() -> None:
    assert len(blocks()) > 5
    for marker, typed in blocks():
        assert marker == "runs" or marker.startswith("not run: "), typed


@pytest.mark.slow
def test_the_blocks_run_as_written(home: Home, tmp_path: Path) -> None:
    first_light(home)
    folder = str(Path(sys.executable).parent)
    env = os.environ | {"PATH": folder + os.pathsep + os.environ["PATH"]}
    for marker, typed in blocks():
        for line in typed if marker == "runs" else ():
            done = subprocess.run(
                ["bash", "-euc", line],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    plan = tmp_path / "brands" / "plan"
    names = {path.name for path in plan.iterdir() if path.is_file()}
    assert names == {f"brands.{tongue}.{kind}" for tongue in ("en", "zh") for kind in KINDS}
    assert all(seal.whole(plan / name) for name in names)
    (frozen,) = (home.root / "plans" / "brands" / "forecasts").glob("*.json")
    assert read_json(frozen)["number"] == 1
    (split,) = (home.root / "plans" / "brands" / "splits").glob("*.json")  # the day's last one
    assert read_json(split)["draws"] == section.SCENARIOS


KINDS = ("html", "docx", "md")
