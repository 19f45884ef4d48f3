"""After `kill -9` at any moment a training ends with the weights of an undisturbed one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import processes
import pytest
import rows

from seedbed import registry
from seedbed.home import sha256
from seedbed.tune import loop
from seedbed.tune.rungs.base import Candidate

MORE = [text for text, _ in rows.made(60, 7)]
"""Rows without labels."""
SURE = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]


def climb(small: Path, run: Path, rung: str) -> None:
    """Climb one rung, saving its state at nearly every step."""
    loop.SAVE_SECONDS = 0.05
    made(small, run, rung).climb().save()


def made(small: Path, run: Path, rung: str) -> Any:
    """Return a rung that can be climbed: with what it learns from beside it."""
    changes = {"ladder__epochs": {rung: 2}, "train__batch_rows": 12, "train__dropout": 0.1}
    if rung == "larger":  # of two layers too; with no rung below it, it is `full`
        changes |= {"larger": str(small)}
    context = rows.context(small, run, rows=96, held=30, **changes)
    context.unlabeled = MORE
    context.teachers = [lambda texts: np.float32([SURE[len(text) % 3] for text in texts])]
    if rung == "pseudo":  # one below it that labels the rows
        below = registry.kind("rungs", "probe")(context)
        if Candidate.load(below.folder) is None:
            below.climb().save()
    return registry.kind("rungs", rung)(context)


def killed(small: Path, run: Path, rung: str, times: int, draw: np.random.Generator) -> list[str]:
    """Climb, killed so many times at random moments; return what lay there at each."""
    folder = run / "rungs" / rung
    state = folder / "state.safetensors"
    found = []
    log = run.parent / "log"
    for _ in range(times):
        before = state.stat().st_mtime_ns if state.exists() else 0
        process = processes.begin(climb, small, run, rung, log=log)

        def moved(before: int = before) -> bool:
            return state.exists() and state.stat().st_mtime_ns != before

        seen: list[Callable[[], bool]] = [moved, folder.exists]
        alive = processes.until(seen[int(draw.random() < 0.3)], process)
        if alive:
            process.join(float(draw.uniform(0, 0.2)))
        if process.exitcode is None:
            process.kill()
            process.join()
            found.append("state" if state.exists() else "nothing")
    process = processes.begin(climb, small, run, rung, log=log)
    process.join()
    assert process.exitcode == 0, log.read_text()
    return found


@pytest.mark.parametrize(
    ("rung", "times"),
    [("full", 2), ("top", 2), ("adapter", 2), ("pseudo", 1), ("larger", 1)],
)
def test_kill_9(small: Path, tmp_path: Path, rung: str, times: int) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    killed(small, whole, rung, 0, np.random.default_rng(0))
    found = killed(small, cut, rung, times, np.random.default_rng(times))
    assert "state" in found, "no kill fell into the training"
    hashes = [
        {path.name: sha256(path) for path in (run / "rungs" / rung / "model").rglob("*.*")}
        for run in (whole, cut)
    ]
    assert hashes[0] == hashes[1]
    assert {"model.safetensors", "head.safetensors", "head.json"} <= set(hashes[0])
    one, other = (Candidate.load(run / "rungs" / rung) for run in (whole, cut))
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.validation, other.validation)
    left = {path.name for path in (cut / "rungs" / rung).iterdir()}
    assert "state.safetensors" not in left
    assert not any(name.endswith(".bf16") for name in left)


@pytest.mark.parametrize("rung", ["pseudo", "distill"])
def test_killed_while_the_teacher_answers(
    rung: str, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half of what it said is learnt, and what it had said it is not asked again."""
    one = made(small, tmp_path, rung)
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", torn)
        with pytest.raises(KeyboardInterrupt):
            one.lesson()
    assert not one.told.exists()
    _, others = made(small, tmp_path, rung).lesson()
    before = one.told.stat().st_mtime_ns
    _, again = made(small, tmp_path, rung).lesson()
    assert (others == again).all()
    assert one.told.stat().st_mtime_ns == before


def torn(file: Any, **_: Any) -> None:
    """Write some bytes, as a process does that is killed."""
    file.write(b"PK")
    raise KeyboardInterrupt


def test_killed_between_the_head_and_the_first_step(small: Path, tmp_path: Path) -> None:
    """Where the probe is there already, the adapter's first matrices are drawn the same."""
    found = []
    for name in ("killed", "whole"):
        context = rows.context(small, tmp_path / name, ladder__epochs={"adapter": 1})
        if name == "killed":
            registry.kind("rungs", "probe")(context).start()
        folder = registry.kind("rungs", "adapter")(context).climb().folder
        found.append(sha256(folder / "model.safetensors"))
    assert found[0] == found[1]
