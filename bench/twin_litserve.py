"""LitServe on a release's own engine, with LitServe's batching.

    python -m bench.twin_litserve FOLDER ENGINE PORT

It runs in an environment that has LitServe and Seedbed without what it needs; of Seedbed it imports
the engine alone. That engine sorts a batch by length and cuts it, which LitServe is given for free.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import litserve  # type: ignore[import-not-found]
import numpy as np

from seedbed.release.engines.base import Engine

ROWS = 64
"""As many as there are callers: the largest batch that can come together."""
SECONDS = 0.005


def engine(folder: str, name: str) -> Engine:
    module = importlib.import_module(f"seedbed.release.engines.{name.replace('-', '_')}")
    kinds = (value for value in vars(module).values() if isinstance(value, type))
    kind = next(one for one in kinds if issubclass(one, Engine) and vars(one).get("name") == name)
    return kind(Path(folder), len(os.sched_getaffinity(0)))


class Api(litserve.LitAPI):  # type: ignore[misc]
    """Texts to labels."""

    def __init__(self, folder: str, name: str) -> None:
        super().__init__(max_batch_size=ROWS, batch_timeout=SECONDS)
        self.folder, self.engine_name = folder, name

    def setup(self, device: str) -> None:
        self.engine = engine(self.folder, self.engine_name)
        told = json.loads((Path(self.folder) / "answer.json").read_text(encoding="utf-8"))
        self.labels = told["schema"]["labels"]
        self.engine.logits(["warm"])

    def decode_request(self, request):  # type: ignore[no-untyped-def]
        # LitServe reads a type here as FastAPI does, and takes one that is text for a query's.
        return str(request["text"])

    def batch(self, inputs: list[str]) -> list[str]:
        return inputs

    def predict(self, x: list[str]) -> list[dict[str, Any]]:
        logits = self.engine.logits(x)
        scores = np.exp(logits - logits.max(1, keepdims=True))
        scores /= scores.sum(1, keepdims=True)
        best = scores.argmax(1)
        return [
            {"label": self.labels[i], "confidence": float(row[i])}
            for i, row in zip(best, scores, strict=True)
        ]

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return output

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return output


if __name__ == "__main__":
    server = litserve.LitServer(Api(*sys.argv[1:3]), accelerator="cpu")
    server.run(
        host="127.0.0.1", port=int(sys.argv[3]), log_level="warning", generate_client_file=False
    )
