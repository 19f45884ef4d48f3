"""Embeddings a second over HTTP against Infinity, on the same 8-bit MiniLM.

What differs: Infinity reads the file through Optimum and pools in numpy, ours pools in the file;
ours is metered and answers with a call id. Texts are cut beforehand to what both read in full. It
lies in an environment of its own, which `SEEDBED_RIVALS` names; without it the line says so.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from bench import load
from bench.base import Figure
from bench.serving import (
    CALLERS,
    NAME,
    free_port,
    home,
    process,
    rate,
    release,
    served,
    texts,
)
from bench.serving_rivals import rival
from seedbed.serve.replica import Replica

ROUNDS = 3
SECONDS = 4.0
REACH = 1.3
COMMAND = "infinity_emb"
NOT_HERE = (
    "not here: SEEDBED_RIVALS names no environment with infinity_emb (without a model hub it "
    "starts with infinity-emb 0.0.78, optimum-onnx 0.1.0 and transformers 4.57.6)"
)
WHAT = f"embeddings/s over HTTP with {CALLERS} callers, against Infinity"


def run() -> list[Figure]:
    python, made = rival(), release()
    if python is None or not python.with_name(COMMAND).exists():
        return [Figure(WHAT, f"≥ {REACH} times", NOT_HERE, None)]
    replica = Replica(made)
    asked = [cut(replica, text) for text in texts()]
    sizes = [row.size for row in replica.encode(asked)]
    ours: list[float] = []
    theirs: list[float] = []
    with (
        home() as own,
        served(own) as server,
        weights(made.folder) as folder,
        infinity(python, folder) as port,
    ):
        sides = (
            (server.port, embeds(asked, "/v1/embeddings", server.keys[0]), ours),
            (port, embeds(asked, "/embeddings"), theirs),
        )
        alike = alikeness(*(load.run(load.ask(one[0], one[1][0])) for one in sides))
        failed = 0
        for _ in range(ROUNDS):
            for where, requests, rates in sides:
                calls = load.run(
                    load.closed(where, requests, callers=CALLERS, seconds=SECONDS, settle=1.0)
                )
                failed += len(load.failed(calls))
                rates.append(rate(calls, sizes, SECONDS) or math.nan)
    per_row = sum(sizes) / len(sizes)
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    return [
        Figure(
            WHAT,
            f"≥ {REACH} times",
            f"{ratio:.2f} times ({median(ours) / per_row:.0f} against "
            f"{median(theirs) / per_row:.0f} rows/s; ours metered, {failed} failed)",
            ratio >= REACH and not failed,
            {"tokens_per_second": {"ours": ours, "theirs": theirs}, "cosine": alike},
        )
    ]


def cut(replica: Replica, text: str) -> str:
    """Return the beginning of a text that is read whole."""
    while replica.encode([text])[0].size >= replica.max_tokens:
        text = text[: int(0.9 * min(len(text), 8 * replica.max_tokens))]
    return text


def embeds(asked: Sequence[str], path: str, key: str = "") -> list[bytes]:
    bodies = (json.dumps({"model": NAME, "input": text}).encode() for text in asked)
    return [load.request(path, body, key=key) for body in bodies]


def alikeness(*answers: bytes) -> float:
    """Return the cosine of two embeddings of one text, so that both are known to do the same."""
    bodies = (json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers)
    one, other = (np.array(body["data"][0]["embedding"]) for body in bodies)
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@contextmanager
def weights(folder: Path) -> Iterator[Path]:
    """Give a folder such as Infinity reads: the release's 8-bit file, up to the last layer."""
    import onnx

    model = onnx.load(folder / "engines" / "onnx-int8" / "model.onnx")
    last = [node for node in model.graph.node if node.op_type == "LayerNormalization"][-1]
    last.output[0], before = "last_hidden_state", last.output[0]
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            if name == before:
                node.input[i] = "last_hidden_state"
    shape: list[str | int] = ["rows", "pieces", 384]
    told = onnx.helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, shape)
    del model.graph.output[:]
    model.graph.output.append(told)
    where = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    try:
        onnx.save(model, where / "model_quantized.onnx")
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copy(folder / "model" / name, where / name)
        yield where
    finally:
        shutil.rmtree(where, ignore_errors=True)


@contextmanager
def infinity(python: Path, folder: Path) -> Iterator[int]:
    port = free_port()
    # Optimum takes the file's name as it stands beside the model, so that is where this begins.
    command = [str(python.with_name(COMMAND)), "v2", "--model-id", "."]
    command += ["--served-model-name", NAME, "--engine", "optimum", "--device", "cpu"]
    command += ["--pooling-method", "mean", "--batch-size", "64", "--onnx-disable-optimize"]
    command += ["--no-bettertransformer", "--no-model-warmup", "--log-level", "warning"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    env = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    with process(command, port, "/health", env=env, cwd=folder):
        yield port
