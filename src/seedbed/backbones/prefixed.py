"""Prefixes: in every layer, learnt keys and values that stand before those of the text.

Each word piece then attends to them too (Li and Liang 2021, https://arxiv.org/abs/2101.00190; in
encoders Liu et al. 2022, P-tuning v2, https://arxiv.org/abs/2110.07602). No change of the weights
can stand for them, so they lie beside these in `model.safetensors`, as peft lays them out, and the
encoder is given them at each call. The text's own places begin behind them, as with peft.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from seedbed.backbones.tensors import save

NAME = "seedbed_prefix"
ABLE = ("bert", "camembert", "electra", "roberta", "xlm-roberta")
"""Types of models whose layers take keys and values that they did not compute."""


def attach(encoder: nn.Module, prefix: Tensor) -> None:
    """Have an encoder attend to a prefix whenever it is called with an attention mask.

    Args:
        encoder: A transformers encoder of a type in `ABLE`.
        prefix: (length, layers · 2 · width), float32: of each layer the keys, then the values.
    """
    length, width = prefix.shape
    encoder.add_module(NAME, nn.Embedding(length, width, _weight=prefix))
    encoder.register_forward_pre_hook(_before, with_kwargs=True)


@torch.no_grad()
def begin(encoder: nn.Module, pieces: Tensor) -> None:
    """Attach a prefix that learns to an encoder that does not.

    Args:
        encoder: A transformers encoder of a type in `ABLE`.
        pieces: Word pieces (length,), whose keys and values the prefix begins with: from those of
            real words it learns better than from numbers at random (Li and Liang 2021, section
            7.4).
    """
    from transformers import DynamicCache

    encoder.requires_grad_(requires_grad=False)
    cache, ids = DynamicCache(), pieces.unsqueeze(0)
    encoder(input_ids=ids, attention_mask=torch.ones_like(ids), past_key_values=cache)
    layers: list[Any] = cache.layers
    found = [one[0] for layer in layers for one in (layer.keys, layer.values)]
    attach(encoder, torch.stack(found).permute(2, 0, 1, 3).flatten(1).float())


def kept(folder: Path) -> Tensor | None:
    """Return the prefix that lies in a model's folder, if there is one."""
    from safetensors import safe_open

    path, name = folder / "model.safetensors", f"{NAME}.weight"
    if not path.is_file():
        return None
    with safe_open(path, framework="pt") as file:
        return cast(Tensor, file.get_tensor(name)) if name in file.keys() else None  # noqa: SIM118


def save_adapter(folder: Path, encoder: nn.Module, base: str) -> Tensor:
    """Write an encoder's prefix as peft does, and return it.

    Args:
        folder: Where to.
        encoder: With a prefix.
        base: Name of the base model.
    """
    from peft import PrefixTuningConfig

    config: Any = encoder.config
    prefix = cast(Tensor, getattr(encoder, NAME).weight).detach()
    PrefixTuningConfig(
        task_type="FEATURE_EXTRACTION",
        base_model_name_or_path=base,
        inference_mode=True,
        num_virtual_tokens=len(prefix),
        token_dim=config.hidden_size,
        encoder_hidden_size=config.hidden_size,
        num_transformer_submodules=1,
        num_attention_heads=config.num_attention_heads,
        num_layers=config.num_hidden_layers,
    ).save_pretrained(str(folder))
    save(folder / "adapter_model.safetensors", {"prompt_embeddings": prefix}, {"format": "pt"})
    return prefix


def _before(
    encoder: nn.Module, args: tuple[Any, ...], given: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return an encoder's arguments with the prefix's keys and values, and a mask that shows them.

    The mask (b, t) becomes (b, length + t).
    """
    from transformers import DynamicCache

    mask, config = given["attention_mask"], cast(Any, encoder).config
    prefix = cast(Tensor, getattr(encoder, NAME).weight).to(next(encoder.parameters()).dtype)
    rows, length, heads = mask.shape[0], prefix.shape[0], config.num_attention_heads
    layers = prefix.view(length, -1, 2, heads, config.hidden_size // heads)
    layers = layers.permute(1, 2, 3, 0, 4).unsqueeze(2).expand(-1, -1, rows, -1, -1, -1)
    cache = DynamicCache([(keys, values) for keys, values in layers])
    seen = torch.cat([mask.new_ones(rows, length), mask], dim=1)
    return args, given | {"attention_mask": seen, "past_key_values": cache}
