from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rows
import torch


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a base model of two real layers."""
    return rows.two_layers(tmp_path_factory.mktemp("base") / "two-layers")


@pytest.fixture(autouse=True, scope="module")
def _threads_of_fixtures() -> Iterator[None]:
    """Compute with one thread in what a module's tests share too: weights depend on it."""
    yield from _one_thread()


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Do so in every test, whatever an engine has set before."""
    yield from _one_thread()


def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
