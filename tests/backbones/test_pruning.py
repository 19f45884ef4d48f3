"""Pruning by magnitude: which neurons go, and what is left."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    RobertaConfig,
    RobertaModel,
)

from seedbed.backbones.encoder import Pooled
from seedbed.backbones.network import Network
from seedbed.backbones.pruning import Unprunable, prune, strongest
from seedbed.backbones.vision import EfficientNetLite0

SIZES: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
}


def bert(seed: int = 0) -> Pooled:
    torch.manual_seed(seed)
    encoder = BertModel(BertConfig(**SIZES), add_pooling_layer=False)
    for name, weight in encoder.named_parameters():
        if "dense" in name:
            nn.init.normal_(weight)  # biases too, which are 0 at the start
    return Pooled(encoder, "mean").eval()


def features(network: Network) -> torch.Tensor:
    ids = torch.tensor([[1, 5, 9, 2], [1, 7, 2, 0]])
    with torch.inference_mode():
        found: torch.Tensor = network(input_ids=ids, attention_mask=(ids > 0).long())
    return found


@pytest.mark.parametrize(
    ("share", "kept"),
    [(0.0, [0, 1, 2, 3]), (0.2, [0, 1, 2, 3]), (0.25, [0, 1, 3]), (0.5, [0, 3]), (0.89, [3])],
)
def test_the_neurons_with_the_smallest_norms_go(share: float, kept: list[int]) -> None:
    wide = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, -2.0], [0.6, 0.8]])  # norms 5, 1, 2, 1
    narrow = torch.tensor([[1.0, 4.0, 0.0, 3.6], [0.0, 0.0, 1.0, 4.8]])  # norms 1, 4, 1, 6
    # Their products are 5, 4, 2, 6: by either side alone another would have gone first.
    assert strongest(wide, narrow, share).tolist() == kept


def test_what_is_left_answers_as_if_the_weakest_were_silent() -> None:
    whole, pruned, silenced = bert(), bert(), bert()
    prune(pruned, 0.25)
    for layer in silenced.encoder.encoder.layer:
        wide, narrow = layer.intermediate.dense, layer.output.dense
        norms = wide.weight.norm(dim=1) * narrow.weight.norm(dim=0)
        with torch.no_grad():
            narrow.weight[:, norms.argsort()[:3]] = 0
    for layer in pruned.encoder.encoder.layer:
        assert layer.intermediate.dense.weight.shape == (9, 8)
        assert layer.intermediate.dense.bias.shape == (9,)
        assert layer.output.dense.weight.shape == (8, 9)
    torch.testing.assert_close(features(pruned), features(silenced))
    assert (features(pruned) - features(whole)).abs().max() > 1e-3


def test_nothing_else_changes() -> None:
    whole, pruned = bert(), bert()
    prune(pruned, 0.5)
    theirs = dict(whole.named_parameters())
    for name, weight in pruned.named_parameters():
        if "intermediate" not in name and "output.dense.weight" not in name:
            assert torch.equal(weight, theirs[name]), name
    prune(whole, 0.0)
    assert torch.equal(features(whole), features(bert()))


def test_a_relative_of_bert_is_pruned_too() -> None:
    config = RobertaConfig(**SIZES, pad_token_id=0)
    network = Pooled(RobertaModel(config, add_pooling_layer=False), "mean").eval()
    prune(network, 0.5)
    assert features(network).shape == (2, 8)
    assert network.encoder.encoder.layer[1].intermediate.dense.out_features == 6


def distilled() -> Network:
    config = DistilBertConfig(vocab_size=40, dim=8, hidden_dim=12, n_layers=2, n_heads=2)
    return Pooled(DistilBertModel(config), "mean")


def pictured() -> Network:
    network = Network()
    network.encoder = EfficientNetLite0(1)
    return network


def uneven() -> Network:
    network = bert()
    layer = deepcopy(network.encoder.encoder.layer[1])
    layer.intermediate.dense = nn.Linear(8, 24)  # as of a gate, half of which is multiplied
    network.encoder.encoder.layer[1] = layer
    return network


@pytest.mark.parametrize("make", [distilled, pictured, uneven])
def test_layers_of_another_shape_are_refused_and_left_alone(make: Any) -> None:
    network = make()
    before = {name: weight.shape for name, weight in network.named_parameters()}
    with pytest.raises(Unprunable, match="no feed-forward layers like BERT's") as caught:
        prune(network, 0.25)
    assert type(network.encoder).__name__ in caught.value.got
    assert {name: weight.shape for name, weight in network.named_parameters()} == before
