"""The network as one ONNX file, float32, whole or pruned, that several engines share."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.backbones.modalities.base import Arrays, Modality, load
from seedbed.errors import ArchitectureUnsupported
from seedbed.home import read_json, written_aside
from seedbed.release.engines.base import said

if TYPE_CHECKING:
    from seedbed.backbones.network import Network

ONNX = "engines/onnx/model.onnx"
PRUNED = "engines/onnx-pruned/model.onnx"
SHARE = "engines/onnx-pruned/share.json"
CLOSE = 1e-3
"""Largest difference of a feature, over the largest, that leaves the exported file the same."""


def shared_onnx(folder: Path, sample: Sequence[Any], file: str = ONNX) -> Path:
    """Return an ONNX file of the release; it is made, and checked, where there is none yet.

    The tracing exporter is tried first: it is four times as quick. Where what it wrote answers
    otherwise than the model does (it freezes what depends on the data), the other one is used.

    Args:
        folder: The release in the making, with `model/`.
        sample: A few inputs.
        file: `ONNX`, or `PRUNED` for the network without the share of neurons that `SHARE` says.

    Raises:
        ArchitectureUnsupported: neither exporter gives a file that answers as the model does.
        Unprunable: neurons cannot be cut out of this network.
    """
    path = folder / file
    if path.exists():
        return path
    modality = load(folder / "model")
    model = modality.network(folder / "model")
    if file == PRUNED:
        from seedbed.backbones.pruning import prune

        prune(model, read_json(folder / SHARE)["share"])
    rows = modality.encode([*sample[:8], *modality.odd])
    reasons = []
    for dynamo in (False, True):
        try:
            with written_aside(path) as aside:
                _export(model, modality, rows[:2], aside, dynamo=dynamo)
                off = _distance(model, aside, [modality.batch(rows), modality.batch(rows[-1:])])
                if off > CLOSE:
                    raise ValueError(f"its features are off by {off:.2g} of the largest")
            return path
        except (RuntimeError, ValueError, TypeError, NotImplementedError, ImportError) as cause:
            reasons.append(said(cause))
    raise ArchitectureUnsupported(
        expected="a model that can be exported to ONNX",
        got="; ".join(reasons),
        do="The release is served by torch instead.",
        where=str(folder / "model"),
    )


def _export(
    model: Network, modality: Modality, rows: Sequence[Any], path: Path, *, dynamo: bool
) -> None:
    import torch

    inputs = tuple(torch.from_numpy(array) for array in modality.batch(rows).values())
    axes = {name: dict(each) for name, each in modality.axes.items()}
    varying: dict[str, Any] = {"dynamic_shapes" if dynamo else "dynamic_axes": axes}
    with _quiet():
        torch.onnx.export(
            model,
            inputs,
            str(path),
            input_names=list(axes),
            output_names=["features"],
            opset_version=18,
            dynamo=dynamo,
            external_data=False,
            verbose=False,
            **varying,
        )


def _distance(model: Network, path: Path, batches: Sequence[Arrays]) -> float:
    """Return the largest difference of a feature, over the largest feature."""
    import torch

    from seedbed.release.engines.onnx_float32 import session

    ready = session(path, torch.get_num_threads())
    worst = 0.0
    for batch in batches:
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(array) for name, array in batch.items()}
            ours = model(**tensors).numpy()
        theirs = ready.run(None, batch)[0]
        worst = max(worst, float(np.abs(ours - theirs).max() / max(np.abs(ours).max(), 1e-6)))
    return worst


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporters say of themselves: that one is old, and what tracing freezes."""
    from torch.jit._trace import TracerWarning

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=TracerWarning)
        for told in ("You are using the legacy TorchScript", "Exporting aten::index operator"):
            warnings.filterwarnings("ignore", message=told)
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="torch.*")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="transformers.*")
        yield
