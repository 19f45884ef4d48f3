"""Feed-forward neurons cut out of an encoder by magnitude: smaller matrices, faster answers.

A layer of BERT's kind sends each vector through W2 · gelu(W1 · x + b1) + b2. A neuron is a row of
W1, its bias, and a column of W2. The weakest go, by ‖row‖₂ · ‖column‖₂: the norm that Li et al.
2017 ("Pruning filters for efficient convnets") cut filters by, of both sides. What is left is a
narrower layer of the same kind, faster on any processor and in any library; zeros scattered over a
matrix of the old size (Han et al. 2015) would save no time.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from seedbed.backbones.network import Network
from seedbed.errors import ArchitectureUnsupported


class Unprunable(ArchitectureUnsupported):
    """Its layers are not of the shape that can be pruned."""


def prune(network: Network, share: float) -> None:
    """Cut the weakest neurons out of each layer of an encoder, in place.

    Args:
        network: Its layers hold `intermediate.dense` and `output.dense`, as those of BERT, RoBERTa,
            XLM-R, ELECTRA and MPNet do.
        share: Of each layer's neurons that are cut, rounded down to whole ones; below 1.

    Raises:
        Unprunable: not every layer is so.
    """
    layers = [pair for pair in map(_dense, network.encoder.modules()) if pair is not None]
    if not layers or len(layers) != network.layers:
        raise Unprunable(
            expected="an encoder whose layers have one feed-forward part each, as BERT's have",
            got=f"no feed-forward layers like BERT's in a {type(network.encoder).__name__}",
            do="The release is served by the engines that are not pruned.",
            zh=f"{type(network.encoder).__name__} 中没有 BERT 那样的前馈层",
        )
    for wide, narrow in layers:
        kept = strongest(wide.weight.detach(), narrow.weight.detach(), share)
        _keep(wide, narrow, kept)


def strongest(wide: Tensor, narrow: Tensor, share: float) -> Tensor:
    """Return the neurons that stay, in their order.

    Args:
        wide: Weights into the neurons (neurons, width).
        narrow: Weights out of them (width, neurons).
        share: Of the neurons that go.
    """
    norms = wide.norm(dim=1) * narrow.norm(dim=0)
    gone = int(share * len(norms))
    kept: Tensor = norms.argsort(stable=True)[gone:].sort().values
    return kept


def _dense(layer: nn.Module) -> tuple[nn.Linear, nn.Linear] | None:
    """Return a layer's products into and out of its neurons, if it has such."""
    parts: list[Any] = [getattr(layer, name, None) for name in ("intermediate", "output")]
    wide, narrow = (getattr(part, "dense", None) for part in parts)
    if not isinstance(wide, nn.Linear) or not isinstance(narrow, nn.Linear):
        return None
    return (wide, narrow) if wide.out_features == narrow.in_features else None


def _keep(wide: nn.Linear, narrow: nn.Linear, kept: Tensor) -> None:
    wide.weight = nn.Parameter(wide.weight.detach()[kept])
    if wide.bias is not None:
        wide.bias = nn.Parameter(wide.bias.detach()[kept])
    narrow.weight = nn.Parameter(narrow.weight.detach()[:, kept])
    wide.out_features = narrow.in_features = len(kept)
