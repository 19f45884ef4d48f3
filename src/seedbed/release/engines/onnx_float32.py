"""ONNX Runtime in float32: the model's own answers, on any processor, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from seedbed.backbones.modalities.base import Arrays
from seedbed.release.engines.base import Reason, lacking
from seedbed.release.engines.batched import Batched
from seedbed.release.engines.export import ONNX, shared_onnx
from seedbed.tasks.base import Floats

HEAD = ("model/head.json", "model/head.safetensors")


class OnnxFloat32Engine(Batched):
    """ONNX Runtime on the shared float32 file."""

    name: ClassVar[str] = "onnx-float32"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, ONNX)
    source: ClassVar[str] = ONNX
    """The shared file that what it runs is made of."""
    file: ClassVar[str] = ONNX
    """What it runs."""

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        self.session = session(folder / self.file, threads)

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that ONNX Runtime is not installed, where that is so."""
        return lacking("onnxruntime")

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what ONNX Runtime raises."""
        return (*super().failures(), *onnx_errors())

    @classmethod
    def build(cls, folder: Path, sample: Sequence[Any]) -> None:
        """Export the model, unless another engine has."""
        shared_onnx(folder, sample, cls.source)

    def forward(self, batch: Arrays) -> Floats:
        """Return features of one batch."""
        found: Floats = self.session.run(None, batch)[0]
        return found


def session(path: Path, threads: int) -> Any:
    """Load an ONNX file; ONNX Runtime fuses its operators while it loads.

    Its separate optimiser for transformers takes three seconds more and was measured to add
    nothing to that on a processor (`docs/explanation/the-gate.md`).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Threads that wait for the next operator by spinning take the cores from whoever feeds them: at
    # three times the load that a server can answer, that is half of its answers.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def onnx_errors() -> tuple[type[Exception], ...]:
    """Return ONNX Runtime's exceptions, which share no base but `Exception`."""
    if lacking("onnxruntime"):
        return ()
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kinds = (value for value in vars(state).values() if isinstance(value, type))
    return tuple(kind for kind in kinds if issubclass(kind, Exception))
