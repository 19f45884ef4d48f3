"""Writes a release that writes as one GGUF file, which llama.cpp runs: weights in Q8_0."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import ExtraMissing, NotExportable
from seedbed.home import read_json, written_aside

SPLITS = {("Digits", "ByteLevel"): "smollm", ("ByteLevel",): "gpt-2"}
"""Steps by which text is cut before BPE, with the names that llama.cpp gives to them."""
BLOCK = 32
"""Weights that share a scale in Q8_0; rows that are no multiple of it stay as float16."""
ORDINARY, CONTROL = 1, 3


def export(folder: Path, out: Path, tell: Callable[[int, int], None] | None = None) -> None:
    """Write a release's model as GGUF.

    Args:
        folder: The release; its model is of Llama's architecture, with SmolLM's tokenizer.
        out: The file; it is there whole, or not at all.
        tell: Called with each tensor's number, and how many there are.

    Raises:
        ExtraMissing: the package gguf is not installed.
        NotExportable: it does not write, is of another architecture, or cuts text in another way.
    """
    model = folder / "model"
    head = _head(model)
    try:
        import gguf
    except ImportError:
        raise ExtraMissing(
            expected="the package gguf", got="it is not installed", do="pip install gguf"
        ) from None
    config, tokenizer = read_json(model / "config.json"), read_json(model / "tokenizer.json")
    cutting = _cutting(config, tokenizer, model)
    with written_aside(out) as aside:
        writer: Any = gguf.GGUFWriter(aside, "llama")
        _describe(writer, config, folder.parent.name)
        writer.add_tokenizer_pre(cutting)
        _add_tokens(writer, gguf, model, tokenizer, head)
        _add_tensors(writer, gguf, model, config, tell or (lambda done, total: None))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _head(model: Path) -> dict[str, Any]:
    """Return what a release tells of how its model reads, if that writes."""
    path = model / "head.json"
    told: dict[str, Any] = read_json(path) if path.is_file() else {}
    if "template" not in told:
        raise NotExportable(
            expected="a release that writes: of the task text-generation",
            got="one that does not",
            do="See the lines at the end of its card.md, by which other programs use it.",
            where=str(model.parent),
        )
    return told


def _add_tensors(
    writer: Any,
    gguf: Any,
    model: Path,
    config: dict[str, Any],
    tell: Callable[[int, int], None],
) -> None:
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    q8 = gguf.GGMLQuantizationType.Q8_0
    for number, total, name, tensor in _tensors(model, config):
        told = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if tensor.ndim == 1:
            writer.add_tensor(told, tensor)
        elif tensor.shape[-1] % BLOCK:
            writer.add_tensor(told, tensor.astype(np.float16))
        else:
            writer.add_tensor(told, gguf.quants.quantize(tensor, q8), raw_dtype=q8)
        tell(number, total)


def _cutting(config: dict[str, Any], tokenizer: dict[str, Any], model: Path) -> str:
    told = tokenizer.get("pre_tokenizer") or {}
    steps = tuple(one.get("type") for one in told.get("pretokenizers", [told]))
    if config["model_type"] == "llama" and steps in SPLITS:
        return SPLITS[steps]
    raise NotExportable(
        expected="a model of Llama's architecture that cuts text as GPT-2 or SmolLM does",
        got=f"{config['model_type']}, text cut by {', '.join(map(str, steps))}",
        do="Use llama.cpp's own convert_hf_to_gguf.py on the release's folder `model`.",
        where=str(model),
    )


def _describe(writer: Any, config: dict[str, Any], name: str) -> None:
    heads = config["num_attention_heads"]
    rope = config.get("rope_parameters") or {}
    writer.add_name(name)
    writer.add_file_type(7)  # mostly Q8_0
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config.get("head_dim") or config["hidden_size"] // heads)
    writer.add_rope_freq_base(float(rope.get("rope_theta") or config.get("rope_theta") or 1e4))
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])


def _add_tokens(
    writer: Any, gguf: Any, model: Path, tokenizer: dict[str, Any], head: dict[str, Any]
) -> None:
    tokens = [""] * (max(tokenizer["model"]["vocab"].values()) + 1)
    kinds = [ORDINARY] * len(tokens)
    for text, place in tokenizer["model"]["vocab"].items():
        tokens[place] = text
    for added in tokenizer.get("added_tokens", ()):
        kinds[added["id"]] = CONTROL if added["special"] else ORDINARY
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    special = gguf.SpecialVocab(model, load_merges=True, n_vocab=len(tokens))
    special.chat_template = None
    special.add_to_gguf(writer, quiet=True)
    writer.add_chat_template(head["template"])
    writer.add_add_bos_token(False)  # noqa: FBT003 - the library's


def _tensors(
    model: Path, config: dict[str, Any]
) -> Iterator[tuple[int, int, str, NDArray[np.float32]]]:
    """Yield each tensor's number, how many there are, its name, and what llama.cpp reads."""
    from safetensors import safe_open

    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    with safe_open(model / "model.safetensors", framework="np") as file:
        names = list(file.keys())
        for number, name in enumerate(names, start=1):
            found = file.get_tensor(name).astype(np.float32)
            many = next((n for part, n in heads.items() if part in name), None)
            yield number, len(names), name, found if many is None else _turned(found, many)


def _turned(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return a projection as llama.cpp turns pairs: neighbours, not halves of a head."""
    rows, width = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, width)
    return halves.swapaxes(1, 2).reshape(rows, width)
