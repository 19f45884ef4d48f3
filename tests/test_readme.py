"""The README runs: its blocks marked `<!-- runs -->` are executed, the others say why not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"^(?:<!-- ([^\n]*?) -->\n)?```(console|python|bash)\n(.*?)^```$", re.M | re.S)


def blocks(readme: str) -> list[tuple[str, str, str]]:
    """Return (marker, language, text) of the blocks that a reader could run."""
    return BLOCK.findall((ROOT / readme).read_text(encoding="utf-8"))


@pytest.mark.parametrize("readme", READMES)
def test_every_block_says_whether_it_is_run(readme: str) -> None:
    found = blocks(readme)
    assert found
    for marker, _, text in found:
        assert marker == "runs" or marker.startswith("not run: "), text


def commands(readme: str) -> list[list[str]]:
    """Return what a reader of the blocks marked `runs` would start, in their order."""
    found: list[list[str]] = []
    for marker, language, text in blocks(readme):
        if marker != "runs":
            continue
        if language == "python":
            found.append([sys.executable, "-c", text])
        else:
            typed = re.findall(r"^\$ (.+)$", text, re.MULTILINE) or text.splitlines()
            found += [["bash", "-euc", line] for line in typed]
    return found


def test_both_readmes_run_the_same_but_for_the_language() -> None:
    english, chinese = ([one[-1] for one in commands(readme)] for readme in READMES)
    assert english
    assert [one.replace(" --language zh", "") for one in chinese] == english


def test_the_blocks_run_as_written(tmp_path: Path) -> None:
    bin_folder = str(Path(sys.executable).parent)
    env = os.environ | {"PATH": bin_folder + os.pathsep + os.environ["PATH"]}
    # What both type is run once: the test above holds that it stands in the same order in both.
    distinct = {one[-1]: one for readme in READMES for one in commands(readme)}
    for typed, command in distinct.items():
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{typed}\n{done.stdout}\n{done.stderr}"
