"""The pass of the base model over all rows, where memory is short."""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rows
import torch

from seedbed.backbones.encoder import load_encoder
from seedbed.tune.activations import Activations, Cut, keep
from seedbed.tune.features import extract, measure, pooled
from seedbed.tune.inputs import Encoded

SPARE = 40
"""MB beyond what the process has: a batch of 4,096 word pieces takes twice as much."""


def long(count: int, seed: int) -> list[tuple[str, str]]:
    """Return texts of 128 word pieces and more, 32 of which are put through at once."""
    return [(" ".join([text] * 20), label) for text, label in rows.made(count, seed)]


def passes(base: Path, run: Path, limit: int | None = None) -> dict[str, np.ndarray]:
    """Return what each pass over the rows gives, made with so many MB beyond what there is."""
    changes = {"train__precision": "float32", "train__max_tokens": 128}
    made = rows.context(base, run, rows=36, held=6, labelled=long, **changes)
    network = made.modality.network(base)
    made.modality.network = lambda folder, *, dtype=None: network  # loaded before memory is short
    lower = Cut(load_encoder(base), 1).lower()
    encoded = Encoded(made.modality, made.encoded[0])
    some = Encoded(made.modality, made.encoded[0][:4])
    extract(network, some, lambda done: None)  # so are the parts of torch that come when needed
    made.modality.sizes(made.encoded[0])
    if limit is not None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (used + limit * 2**20, hard))
    measure(made)
    features = np.array(pooled(made))
    keep(lower, encoded, run / "rows.bf16", lambda done: None)
    kept = Activations(run / "rows.bf16", encoded.lengths, 384)
    activations = kept.batch(np.arange(10))["inputs_embeds"].float().numpy()
    return {"features": features, "activations": activations}


def limited(base: Path, run: Path) -> None:
    """Make the passes in a process that may take hardly more memory, and note what is logged."""
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("seedbed.backbones.batches").addHandler(handler)
    torch.set_num_threads(1)
    found = passes(base, run, SPARE)
    np.savez(run / "found.npz", **found)
    (run / "logged.json").write_text(json.dumps(logged))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_where_memory_really_runs_out_the_passes_go_on_with_fewer_rows(
    small: Path, tmp_path: Path
) -> None:
    expected = passes(small, tmp_path / "plenty")
    run = tmp_path / "short"
    command = "import sys, test_features as t; t.limited(t.Path(sys.argv[1]), t.Path(sys.argv[2]))"
    there = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    given = [sys.executable, "-c", command, str(small), str(run)]
    subprocess.run(given, env=there, check=True, timeout=120)
    logged = json.loads((run / "logged.json").read_text())
    assert len(logged) >= 3
    found = np.load(run / "found.npz")
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0.01, atol=1e-3)  # bfloat16
