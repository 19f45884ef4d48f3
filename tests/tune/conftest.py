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


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
