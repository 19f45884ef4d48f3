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


@pytest.mark.parametrize("readme", READMES)
def test_the_blocks_run_as_written(readme: str, tmp_path: Path) -> None:
    bin_folder = str(Path(sys.executable).parent)
    env = os.environ | {"PATH": bin_folder + os.pathsep + os.environ["PATH"]}
    run = [(language, text) for marker, language, text in blocks(readme) if marker == "runs"]
    assert run
    for language, text in run:
        if language == "python":
            commands = [[sys.executable, "-c", text]]
        else:
            typed = re.findall(r"^\$ (.+)$", text, re.MULTILINE) or text.splitlines()
            commands = [["bash", "-euc", line] for line in typed]
        for command in commands:
            done = subprocess.run(
                command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
