"""torch in bfloat16, where the processor multiplies it in hardware."""

from __future__ import annotations

from typing import ClassVar

from seedbed.release.engines.base import Reason
from seedbed.release.engines.processor import without_bfloat16
from seedbed.release.engines.torch_float32 import TorchFloat32Engine


class TorchBf16Engine(TorchFloat32Engine):
    """The encoder in bfloat16, its head in float32."""

    name: ClassVar[str] = "torch-bf16"
    reference: ClassVar[bool] = False
    dtype: ClassVar[str] = "bfloat16"

    @classmethod
    def missing(cls) -> Reason | None:
        """Return that bfloat16 would be emulated here, where that is so."""
        return super().missing() or without_bfloat16()
