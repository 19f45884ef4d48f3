"""The fused layers give what transformers' own give: states, and gradients of every weight."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModel, BertConfig, DistilBertConfig, RobertaConfig

from seedbed.backbones.fused import Fused, fusable

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "vocab_size": 50,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def _encoder(config: object) -> torch.nn.Module:
    torch.manual_seed(0)
    model: torch.nn.Module = AutoModel.from_config(config, attn_implementation="eager")
    return model.train()


def _batch(*, padded: bool) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(5, 50, (3, 7), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    if padded:
        mask[1, 4:] = 0
        ids[1, 4:] = 1
    return ids, mask


@pytest.mark.parametrize("kind", [BertConfig, RobertaConfig])
@pytest.mark.parametrize("padded", [True, False])
def test_states_and_gradients_are_those_of_the_plain_layers(kind, padded) -> None:
    encoder = _encoder(kind(**SMALL, pad_token_id=1))
    assert fusable(encoder)
    ids, mask = _batch(padded=padded)
    kept = mask.bool()
    found = []
    for model in (encoder, Fused(encoder, torch.float32)):
        encoder.zero_grad()
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
        states[kept].square().sum().backward()
        grads = {n: w.grad.clone() for n, w in encoder.named_parameters() if w.grad is not None}
        found.append((states[kept].detach(), grads))
    (plain, slopes), (fused, others) = found
    torch.testing.assert_close(fused, plain, rtol=1e-4, atol=1e-5)
    assert slopes.keys() == others.keys()
    for name, slope in slopes.items():
        torch.testing.assert_close(others[name], slope, rtol=1e-3, atol=1e-4, msg=name)


def test_bfloat16_stays_near_float32() -> None:
    encoder = _encoder(BertConfig(**SMALL))
    ids, mask = _batch(padded=True)
    with torch.no_grad():
        plain = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        low = Fused(encoder, torch.bfloat16)(input_ids=ids, attention_mask=mask).last_hidden_state
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.float()[mask.bool()], plain[mask.bool()], rtol=0.05, atol=0.05)


def test_what_it_does_not_compute_it_does_not_claim() -> None:
    assert not fusable(_encoder(DistilBertConfig(dim=32, n_layers=1, n_heads=4, hidden_dim=64)))
    assert not fusable(_encoder(BertConfig(**SMALL | {"hidden_dropout_prob": 0.1})))
    assert not fusable(_encoder(BertConfig(**SMALL, is_decoder=True)))
    assert fusable(_encoder(BertConfig(**SMALL | {"hidden_act": "relu"})))
