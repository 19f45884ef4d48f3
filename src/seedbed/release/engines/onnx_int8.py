"""ONNX Runtime with 8-bit weights: a quarter of the size, and fast where there is VNNI."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from seedbed.backbones.modalities.base import load
from seedbed.errors import EngineUnavailable
from seedbed.home import read_json, write_json, written_aside
from seedbed.release.engines.base import lacking
from seedbed.release.engines.export import shared_onnx
from seedbed.release.engines.onnx_float32 import HEAD, OnnxFloat32Engine
from seedbed.release.engines.processor import adds_int8_exactly

FILE = "engines/onnx-int8/model.onnx"
TOLD = "engines/onnx-int8/weights.json"


class OnnxInt8Engine(OnnxFloat32Engine):
    """Weights in 8 bits, one scale a column; activations are scaled as they come.

    The weights of matrix products and the embeddings are quantised.
    """

    name: ClassVar[str] = "onnx-int8"
    needs: ClassVar[tuple[str, ...]] = (*HEAD, FILE, TOLD)
    file: ClassVar[str] = FILE
    told: ClassVar[str] = TOLD
    """How its weights were rounded."""

    def __init__(self, folder: Path, threads: int) -> None:
        if read_json(folder / self.told)["bits"] > 7 and not adds_int8_exactly():
            raise EngineUnavailable(
                expected="a processor that adds 8-bit products exactly (VNNI, AMX or ARM)",
                got="one that would overflow",
                do="Another engine answers; or make the release again on this machine.",
                where=str(folder / self.file),
            )
        super().__init__(folder, threads)

    @classmethod
    def build(cls, folder: Path, sample: Sequence[Any]) -> None:
        """Quantise the shared float32 file."""
        if gone := lacking("onnx"):
            raise EngineUnavailable(
                expected="the package onnx",
                got=gone.en,
                do="pip install onnx",
                zh=gone.zh,
            )
        from onnxruntime.quantization import QuantType, quantize_dynamic

        if load(folder / "model").name == "image":
            raise EngineUnavailable(
                expected="a network of matrix products",
                got="one of convolutions, which are slower in 8 bits here",
                do="Another engine answers.",
                where=str(folder / "model"),
                zh="卷积网络用 8 位计算在本机反而更慢",
            )
        source = shared_onnx(folder, sample, cls.source)
        exact = adds_int8_exactly()
        with written_aside(folder / cls.file) as aside, _quiet():
            quantize_dynamic(
                source,
                aside,
                op_types_to_quantize=["MatMul", "Gather"],
                per_channel=True,
                reduce_range=not exact,
                weight_type=QuantType.QInt8,
                extra_options={"MatMulConstBOnly": True},
            )
        write_json(folder / cls.told, {"bits": 8 if exact else 7, "per_channel": True})


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep out the quantiser's advice, given on the root logger, to rewrite the graph first."""
    root = logging.getLogger()

    def other(record: logging.LogRecord) -> bool:
        return "pre-processing before quantization" not in record.getMessage()

    root.addFilter(other)
    try:
        yield
    finally:
        root.removeFilter(other)
