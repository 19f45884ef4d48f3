"""The layers of a BERT-like encoder as training runs them: fewer and larger products, fewer copies.

The same weights and the same arithmetic as transformers' own layers, in one dtype throughout: the
three projections of attention are one product, its heads are laid out once, and a batch without
padding has no mask.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

KINDS = ("BertModel", "RobertaModel", "XLMRobertaModel", "CamembertModel")
MASKED = -1e4
"""Added to the score of a word piece that is padding: small enough for bfloat16, e^-1e4 is zero."""


class Fused(nn.Module):
    """An encoder, called as transformers' own and answering with `last_hidden_state`.

    Dropout is the one thing it leaves out.

    Args:
        encoder: Its weights are used as they are, not copied; `fusable` tells whether it may be.
        dtype: What to compute in; weights are cast as they are used.
    """

    def __init__(self, encoder: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.whole = encoder
        self.dtype = dtype

    def forward(self, attention_mask: Tensor, **inputs: Tensor) -> SimpleNamespace:
        """Return states (b, t, d) of `input_ids` or `inputs_embeds`, and the mask (b, t)."""
        encoder = cast(Any, self.whole)
        with torch.autocast("cpu", enabled=False):
            states = encoder.embeddings(**inputs).to(self.dtype)
            bias = _bias(attention_mask, encoder.config.num_attention_heads, self.dtype)
            for layer in encoder.encoder.layer:
                states = self._layer(layer, states, bias)
        return SimpleNamespace(last_hidden_state=states)

    def _layer(self, layer: Any, states: Tensor, bias: Tensor | None) -> Tensor:
        out = layer.attention.output
        found = self._linear(out.dense, self._attention(layer.attention.self, states, bias))
        states = _normed(out.LayerNorm, found.add_(states))
        inner = layer.intermediate.intermediate_act_fn(
            self._linear(layer.intermediate.dense, states)
        )
        found = self._linear(layer.output.dense, inner)
        return _normed(layer.output.LayerNorm, found.add_(states))

    def _attention(self, part: Any, states: Tensor, bias: Tensor | None) -> Tensor:
        rows, pieces, width = states.shape
        heads = part.num_attention_heads
        three = (part.query, part.key, part.value)
        weight = torch.cat([one.weight for one in three]).to(self.dtype)
        shift = torch.cat([one.bias for one in three]).to(self.dtype)
        mixed = functional.linear(states, weight, shift)
        mixed = mixed.view(rows, pieces, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        flat = mixed.contiguous().view(3, rows * heads, pieces, width // heads)
        query, key, value = flat.unbind(0)
        scale = 1 / math.sqrt(width // heads)
        if bias is None:
            scores = torch.bmm(query, key.transpose(1, 2)).mul_(scale)
        else:
            scores = torch.baddbmm(bias, query, key.transpose(1, 2), alpha=scale)
        mean = torch.bmm(scores.softmax(-1), value).view(rows, heads, pieces, width // heads)
        return mean.transpose(1, 2).reshape(rows, pieces, width)

    def _linear(self, layer: nn.Linear, states: Tensor) -> Tensor:
        return functional.linear(states, layer.weight.to(self.dtype), layer.bias.to(self.dtype))


def fusable(encoder: nn.Module) -> bool:
    """Tell whether an encoder has exactly the layers that `Fused` computes."""
    if type(encoder).__name__ not in KINDS:
        return False
    config = cast(Any, encoder).config
    drops = any(isinstance(m, nn.Dropout) and m.p > 0 for m in encoder.modules())
    turned = getattr(config, "position_embedding_type", "absolute") not in (None, "absolute")
    return not (drops or turned or config.is_decoder)


def _bias(mask: Tensor, heads: int, dtype: torch.dtype) -> Tensor | None:
    """Return what to add to the scores (b · heads, t, t), or None where there is no padding."""
    if bool(mask.all()):
        return None
    rows, pieces = mask.shape
    bias = ((1 - mask) * MASKED).to(dtype)
    return bias[:, None, None].expand(rows, heads, pieces, pieces).flatten(0, 1)


def _normed(norm: nn.LayerNorm, states: Tensor) -> Tensor:
    return functional.layer_norm(states, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
