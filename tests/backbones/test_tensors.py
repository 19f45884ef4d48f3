"""What is written is what the safetensors library reads."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from seedbed.backbones import tensors
from seedbed.errors import DiskFull


def test_the_library_reads_it_back(tmp_path: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    kept = {
        "odd": torch.arange(7, dtype=torch.uint8),
        "a": torch.randn(3, 5, generator=draw),
        "turned": torch.randn(4, 6, generator=draw).T,
        "low": torch.randn(5, generator=draw).bfloat16(),
        "step": torch.tensor(3.0),
        "none": torch.zeros(0, 4),
        "count": torch.tensor([1, -2]),
    }
    path = tmp_path / "some.safetensors"
    tensors.save(path, kept, {"told": "名字"})
    found = load_file(path)
    assert found.keys() == kept.keys()
    for name, tensor in kept.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == {"told": "名字"}
    before = path.read_bytes()
    tensors.save(path, dict(reversed(kept.items())), {"told": "名字"})
    assert path.read_bytes() == before  # whatever the order


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.safetensors"
    tensors.save(path, {"a": torch.ones(3)}, {})

    def full(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tensors, "struct", SimpleNamespace(pack=full))
    with pytest.raises(DiskFull):
        tensors.save(path, {"a": torch.zeros(3)}, {})
    assert torch.equal(load_file(path)["a"], torch.ones(3))
    assert [one.name for one in tmp_path.iterdir()] == ["some.safetensors"]
