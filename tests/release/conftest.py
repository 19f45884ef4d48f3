"""A small real candidate, and a release made of it with every engine that runs here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import release_sample as sample
from seedbed.home import Home
from seedbed.release import gate
from seedbed.release.store import Release


@pytest.fixture(scope="session")
def exam() -> gate.Exam:
    """Give rows of three labels, on which the model is right nearly always."""
    return sample.exam()


@pytest.fixture(scope="session")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give two of MiniLM's six layers, with a ridge head on the rows."""
    return sample.candidate(tmp_path_factory.mktemp("candidate"))


@pytest.fixture(scope="session")
def made(candidate: Path, exam: gate.Exam, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Give a whole release, with all engines that run on this machine. Do not change it."""
    return sample.release(Home(tmp_path_factory.mktemp("home")), candidate, exam)


@pytest.fixture
def copied(made: Release, tmp_path: Path) -> Path:
    """Give a copy of the release to spoil; its files are links, so replace them, never edit."""
    return sample.copied(made, tmp_path / "elsewhere")


@pytest.fixture
def stage(candidate: Path, tmp_path: Path) -> Path:
    """Give a release in the making that has nothing but its model."""
    shutil.copytree(candidate, tmp_path / "stage" / "model", copy_function=os.link)
    return tmp_path / "stage"
