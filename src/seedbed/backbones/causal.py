"""Causal language models: loaded by transformers; answers are scored, or written, here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.backbones.encoder import UNLOADABLE, quiet
from seedbed.backbones.network import Network
from seedbed.backbones.wish import Wish
from seedbed.errors import ArchitectureUnsupported


def load_causal(folder: Path, *, dtype: torch.dtype | None = None) -> nn.Module:
    """Load a folder's causal model, safetensors only, in evaluation mode.

    Raises:
        ArchitectureUnsupported: transformers cannot make one of the folder.
    """
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    with quiet():
        try:
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=dtype or torch.float32,
                use_safetensors=True,
                local_files_only=True,
                attn_implementation="eager",
            )
        except (*UNLOADABLE, SafetensorError, StrictDataclassError) as cause:
            raise ArchitectureUnsupported(
                expected="a causal language model that transformers loads",
                got=str(cause).splitlines()[0],
                do="Use an instruct model, such as base: smollm2.",
                where=str(folder),
            ) from None
    return cast(nn.Module, model).eval()


class Writer(Network):
    """A causal model; its features of a row are the sums by which an answer is scored.

    Args:
        encoder: A transformers model with a language head.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        config: Any = encoder.config
        self.encoder = encoder
        self.width = 3
        self.layers = int(config.num_hidden_layers)

    def forward(self, input_ids: Tensor, places: Tensor, rows: Tensor, answered: Tensor) -> Tensor:
        """Return (n, 3) of the rows: negative log likelihood, tokens, and those held likeliest.

        Args:
            input_ids: Rows packed into lines (lines, t).
            places: Of each token in its row; where they begin again another row begins.
            rows: Which row each token is of; -1 behind the last.
            answered: 1 for the tokens of answers.
        """
        model: Any = self.encoder
        hidden = model.get_decoder()(
            input_ids=input_ids, position_ids=places, use_cache=False
        ).last_hidden_state
        # The vocabulary is a fifth of the work: only what is scored goes through it.
        asked = answered[:, 1:].bool()
        logits = model.get_output_embeddings()(hidden[:, :-1][asked]).float()
        truth = input_ids[:, 1:][asked]
        lost = functional.cross_entropy(logits, truth, reduction="none")
        right = (logits.detach().argmax(-1) == truth).float()
        each = torch.stack([lost, torch.ones_like(lost), right], dim=1)
        sums = each.new_zeros(int(rows.max()) + 1, 3)
        return sums.index_add(0, rows[:, 1:][asked], each)

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights in float16, a head that is the embedding itself left out."""
        model: Any = self.encoder
        found: dict[str, Tensor] = model.state_dict()
        if model.config.tie_word_embeddings:
            found.pop("lm_head.weight", None)
        return {name: one.half() for name, one in found.items() if one.is_floating_point()}


@torch.inference_mode()
def write(model: nn.Module, wishes: Sequence[Wish], ends: frozenset[int]) -> None:
    """Write the answers to some prompts at once, token by token, keeping keys and values.

    Args:
        model: A transformers model with a language head.
        wishes: What is wished for; what is written goes there.
        ends: Tokens by which the model ends an answer.
    """
    longest = max(len(one.ids) for one in wishes)
    ids = torch.zeros(len(wishes), longest, dtype=torch.long)
    mask = torch.zeros(len(wishes), longest, dtype=torch.long)
    for i, one in enumerate(wishes):
        ids[i, longest - len(one.ids) :] = torch.as_tensor(one.ids)
        mask[i, longest - len(one.ids) :] = 1
    draws = [torch.Generator().manual_seed(one.seed) for one in wishes]
    open_ = [one.most > 0 for one in wishes]
    places, kept = (mask.cumsum(1) - 1).clamp(min=0), None
    call: Any = model
    while any(open_):
        told = call(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=kept,
            use_cache=True,
            logits_to_keep=1,
        )
        kept, logits = told.past_key_values, told.logits[:, -1].float()
        ids = torch.zeros(len(wishes), 1, dtype=torch.long)
        for i, one in enumerate(wishes):
            if not open_[i]:
                continue
            token = _drawn(logits[i], one.temperature, draws[i])
            one.stopped = token in ends
            if not one.stopped:
                ids[i, 0] = token
                one.written.append(token)
                one.stopped = one.ended(one.written)
            open_[i] = not one.stopped and len(one.written) < one.most
        mask = torch.cat([mask, mask.new_ones(len(wishes), 1)], dim=1)
        places = places[:, -1:] + 1


def _drawn(logits: Tensor, temperature: float, draw: torch.Generator) -> int:
    if temperature <= 0:
        return int(logits.argmax())
    shares = torch.softmax(logits / temperature, dim=-1)
    return int(torch.multinomial(shares, 1, generator=draw))
