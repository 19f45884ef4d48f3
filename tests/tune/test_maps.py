"""Files written through a map: where the disk is full they end in an error, not in a signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows

from seedbed.backbones.encoder import load_encoder
from seedbed.errors import DiskFull
from seedbed.tune.activations import Cut, keep
from seedbed.tune.dual import _opened
from seedbed.tune.features import pooled
from seedbed.tune.inputs import Encoded
from seedbed.tune.maps import claim, floats

ROOM = 1 << 16
"""Enough for a file's head and its last page, and not for what lies between."""


@pytest.fixture
def full(small_disk: Path) -> Path:
    """Give a folder on a disk that is all but full."""
    space = (small_disk / "filler").open("wb")
    with space:
        space.write(bytes(2 * 2**20 - ROOM))
    return small_disk


def left(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_features_on_a_full_disk(small: Path, tmp_path: Path, full: Path) -> None:
    context = rows.context(small, tmp_path / "run")
    context.cache = full / "cache"
    with pytest.raises(DiskFull, match="room to write"):
        pooled(context)
    assert left(full) == ["filler"]
    (full / "filler").unlink()
    found = pooled(context)
    assert found.shape == (180, 384)
    assert np.isfinite(found).all()


def test_activations_on_a_full_disk(small: Path, tmp_path: Path, full: Path) -> None:
    context = rows.context(small, tmp_path / "run")
    inputs = Encoded(context.modality, context.encoded[0])
    with pytest.raises(DiskFull, match=r"room to write rows\.bf16"):
        keep(Cut(load_encoder(small), 1).lower(), inputs, full / "rows.bf16", lambda done: None)
    assert not (full / "rows.whole").exists()


def test_vectors_on_a_full_disk(full: Path) -> None:
    path = full / "vectors.npy"
    start = (np.ones((100, 384), np.float32), np.zeros((100, 384), np.float32))
    with pytest.raises(DiskFull, match="room to write"):
        _opened(path, start)
    assert left(full) == ["filler"]
    (full / "filler").unlink()
    np.testing.assert_array_equal(_opened(path, start), np.stack(start))
    _opened(path, start)[0] = 2
    assert _opened(path, start)[0].min() == 2


def test_what_is_claimed_takes_its_room(tmp_path: Path) -> None:
    plain, array = tmp_path / "plain", tmp_path / "array.npy"
    claim(plain, 100_000)
    floats(array, (250, 100))[:] = 1
    claim(tmp_path / "empty", 0)
    assert plain.stat().st_size == 100_000
    assert plain.stat().st_blocks * 512 >= 100_000
    np.testing.assert_array_equal(np.load(array), np.ones((250, 100), np.float32))
    assert (tmp_path / "empty").stat().st_size == 1
