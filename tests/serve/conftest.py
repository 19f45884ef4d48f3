"""A home with small real releases, to serve from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import release_sample as sample
from seedbed.home import Home
from seedbed.release import gate, store
from seedbed.release.store import Release


@pytest.fixture(scope="session")
def exam() -> gate.Exam:
    """Give rows of three labels."""
    return sample.exam()


@pytest.fixture(scope="session")
def releases(exam: gate.Exam, once: Callable[[str, Callable[[Path], None]], Path]) -> Home:
    """Give a home; do not change it.

    `demo/1` and `demo/2` answer the same, `demo/3` always another label; `plain/1` is linear.
    """

    def fill(folder: Path) -> None:
        home, candidate = Home(folder / "home"), folder / "candidate"
        candidate.mkdir()
        first = sample.release(
            home, sample.candidate(candidate), exam, ["onnx-float32", "onnx-int8"]
        )
        sample.sibling(home, first, turned=0)
        sample.sibling(home, first, turned=1)
        sample.linear(home, exam)

    return Home(once("serving", fill) / "home")


@pytest.fixture(scope="session")
def demo(releases: Home) -> Release:
    """Give `demo/1`."""
    return store.find(releases, "demo/1")


@pytest.fixture(scope="session")
def plain(releases: Home) -> Release:
    """Give `plain/1`."""
    return store.find(releases, "plain/1")


@pytest.fixture
def spoilt(demo: Release, tmp_path: Path) -> Path:
    """Give a copy of `demo/1` to spoil; its files are links, so replace them, never edit."""
    return sample.copied(demo, tmp_path / "spoilt")
