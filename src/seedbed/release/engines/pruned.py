"""Engines whose network has lost its weakest neurons: `gate.prune`, see `backbones.pruning`.

They share one pruned ONNX file, as the others share the whole one. The head, and how inputs are
read, are the release's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from seedbed.home import write_json
from seedbed.release.engines.batched import Batched
from seedbed.release.engines.export import PRUNED, SHARE
from seedbed.release.engines.onnx_float32 import HEAD, OnnxFloat32Engine
from seedbed.release.engines.onnx_int8 import OnnxInt8Engine
from seedbed.release.engines.openvino_bf16 import OpenvinoBf16Engine


class Pruned(Batched):
    """Tried where the recipe asks for pruning; the name ends in `-pruned`."""

    source: ClassVar[str] = PRUNED

    @staticmethod
    def ask(folder: Path, share: float) -> None:
        """Say which share of the neurons the network of a release in the making is to lose."""
        write_json(folder / SHARE, {"share": share})


class OnnxFloat32Pruned(Pruned, OnnxFloat32Engine):
    """ONNX Runtime in float32, on the shared file without the weakest neurons."""

    name: ClassVar[str] = "onnx-float32-pruned"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, PRUNED, SHARE)
    file: ClassVar[str] = PRUNED


class OnnxInt8Pruned(Pruned, OnnxInt8Engine):
    """ONNX Runtime with 8-bit weights, without the weakest neurons."""

    name: ClassVar[str] = "onnx-int8-pruned"
    file: ClassVar[str] = "engines/onnx-int8-pruned/model.onnx"
    told: ClassVar[str] = "engines/onnx-int8-pruned/weights.json"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, file, told)


class OpenvinoBf16Pruned(Pruned, OpenvinoBf16Engine):
    """OpenVINO in bfloat16, on the shared file without the weakest neurons."""

    name: ClassVar[str] = "openvino-bf16-pruned"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, PRUNED, SHARE)
