"""OpenVINO in bfloat16, on the shared ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from seedbed.backbones.modalities.base import Arrays
from seedbed.release.engines.base import Reason, lacking
from seedbed.release.engines.batched import Batched
from seedbed.release.engines.export import ONNX, shared_onnx
from seedbed.release.engines.onnx_float32 import HEAD
from seedbed.release.engines.processor import NO_BFLOAT16
from seedbed.tasks.base import Floats


class OpenvinoBf16Engine(Batched):
    """OpenVINO, which rounds weights and activations to bfloat16 as it loads the float32 file."""

    name: ClassVar[str] = "openvino-bf16"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, ONNX)
    source: ClassVar[str] = ONNX
    """The shared file that it runs."""

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        import openvino

        core = openvino.Core()
        # One stream of all threads beats two of half: measured for one row and for many.
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            "INFERENCE_NUM_THREADS": str(threads),
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = core.compile_model(core.read_model(folder / self.source), "CPU", settings)
        self.request = compiled.create_infer_request()

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that OpenVINO is not installed or bfloat16 not to be had, where that is so."""
        if gone := lacking("openvino"):
            return gone
        import openvino

        able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return None if "BF16" in able else NO_BFLOAT16

    @classmethod
    def build(cls, folder: Path, sample: Sequence[Any]) -> None:
        """Export the model, unless another engine has."""
        shared_onnx(folder, sample, cls.source)

    def forward(self, batch: Arrays) -> Floats:
        """Return features of one batch."""
        found = self.request.infer(batch)
        features: Floats = found[0].copy()
        return features
