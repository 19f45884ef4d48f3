"""A causal model: packed rows do not see each other, only answers count, caches change nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from seedbed.backbones.base import Backbone, checked
from seedbed.backbones.causal import Writer, write
from seedbed.backbones.modalities.causal import Causal, packed
from seedbed.backbones.wish import Wish
from seedbed.errors import (
    ArchitectureUnsupported,
    ChatTemplateMissing,
    NotExportable,
    PromptTooLong,
)
from seedbed.home import read_json, write_json
from seedbed.recipe import Train
from seedbed.release.gguf import export
from seedbed.tasks.chat import Chat


def chat(prompt: str, answer: str | None = None) -> Chat:
    return Chat(({"role": "user", "content": prompt},), answer)


ROWS = [
    chat("What is the capital of France?", "Paris."),
    chat("Say why the sky is blue. " * 9, "Because air scatters blue light more than red."),
    chat("1 + 1?", "2"),
    chat("2 + 2?", "4"),
]


@pytest.fixture(scope="module")
def base(writer: Path) -> Path:
    return writer


@pytest.fixture(scope="module")
def modality(base: Path) -> Causal:
    return Causal.choose(Backbone("cut", base, modality="causal"), Train(), ROWS)


@pytest.fixture(scope="module")
def network(base: Path, modality: Causal) -> Writer:
    return modality.network(base)


def scored(
    network: Writer, modality: Causal, rows: list[Chat]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    arrays = modality.batch(modality.encode(rows))
    with torch.inference_mode():
        found = network(**{name: torch.from_numpy(array) for name, array in arrays.items()})
    return found.numpy()


def test_lines_are_no_longer_than_the_longest_row() -> None:
    assert packed([5, 9, 4, 3, 2]) == [[1], [0, 2], [3, 4]]


def test_packed_rows_score_as_alone(network: Writer, modality: Causal) -> None:
    together = scored(network, modality, ROWS)
    assert len(modality.batch(modality.encode(ROWS))["input_ids"]) < len(ROWS)
    alone = np.concatenate([scored(network, modality, [row]) for row in ROWS])
    assert together == pytest.approx(alone, rel=2e-3, abs=2e-3)


def test_the_score_is_that_of_transformers_own_loss(
    base: Path, network: Writer, modality: Causal
) -> None:
    (row,) = modality.encode(ROWS[1:2])
    ids = torch.from_numpy(row.ids.astype(np.int64))[None]
    labels = ids.clone()
    labels[:, : row.prompt] = -100
    with torch.inference_mode():
        loss = network.encoder(input_ids=ids, labels=labels).loss.item()
    lost, tokens, _ = scored(network, modality, ROWS[1:2])[0]
    assert tokens == len(row.ids) - row.prompt
    assert lost / tokens == pytest.approx(loss, rel=1e-4)


def test_an_answer_ends_as_the_template_ends_it(base: Path, modality: Causal) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    asked = [*ROWS[0].messages, {"role": "assistant", "content": "Paris."}]
    whole = tokenizer.apply_chat_template(asked, tokenize=False)
    (row,) = modality.encode(ROWS[:1])
    assert modality.template.end == "<|im_end|>"
    assert tokenizer.decode(row.ids) == whole.rstrip()
    assert int(row.ids[-1]) in modality.ends


def test_writing_side_by_side_with_a_cache_is_writing_alone(
    network: Writer, modality: Causal
) -> None:
    rows = modality.encode([one.asked() for one in ROWS[:2]])
    wishes = [Wish(row.ids.tolist(), 6, 0.0, 0, lambda _: False) for row in rows]
    write(network.encoder, wishes, frozenset())
    for row, wish in zip(rows, wishes, strict=True):
        ids = row.ids.tolist()
        with torch.inference_mode():
            for _ in range(6):
                ids.append(int(network.encoder(torch.tensor([ids])).logits[0, -1].argmax()))
        assert wish.written == ids[len(row.ids) :]


def test_the_draw_is_by_the_seed(network: Writer, modality: Causal) -> None:
    (row,) = modality.encode([ROWS[0].asked()])

    def drawn(seed: int) -> list[int]:
        wish = Wish(row.ids.tolist(), 8, 1.5, seed, lambda _: False)
        write(network.encoder, [wish], frozenset())
        return wish.written

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_long_row_is_cut_from_the_front_of_its_prompt(modality: Causal, base: Path) -> None:
    short = Causal.choose(Backbone("cut", base, modality="causal"), Train(max_tokens=32), ROWS)
    whole, row = modality.encode([chat("word " * 90 + "why", "Because.")])[0], None
    (row,) = short.encode([chat("word " * 90 + "why", "Because.")])
    assert len(row.ids) == 32
    assert row.ids.tolist() == whole.ids[-32:].tolist()


def test_a_prompt_beyond_the_context_is_refused(modality: Causal) -> None:
    with pytest.raises(PromptTooLong, match="less than 8,192 tokens"):
        modality.encode([chat("word " * 9000)])


def test_a_model_without_a_template_or_head_is_refused(base: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(base, bare)
    (bare / "chat_template.jinja").unlink()
    with pytest.raises(ChatTemplateMissing, match="smollm2"):
        checked(Backbone("bare", bare, modality="causal"))
    shutil.copyfile(base / "chat_template.jinja", bare / "chat_template.jinja")
    write_json(
        bare / "config.json", read_json(base / "config.json") | {"architectures": ["LlamaModel"]}
    )
    with pytest.raises(ArchitectureUnsupported, match="causal"):
        checked(Backbone("bare", bare, modality="causal"))


def test_a_release_becomes_gguf_that_says_the_same(base: Path, tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    from safetensors.numpy import load_file

    shutil.copytree(base, tmp_path / "1" / "model")
    write_json(tmp_path / "1" / "model" / "head.json", {"template": "{{ messages }}"})
    export(tmp_path / "1", tmp_path / "out.gguf")
    whole = (tmp_path / "out.gguf").read_bytes()
    assert whole[:4] == b"GGUF"
    weight = load_file(base / "model.safetensors")["model.layers.1.mlp.up_proj.weight"]
    packed = gguf.quants.quantize(weight.astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
    assert packed.tobytes() in whole
    assert b"{{ messages }}" in whole
    write_json(
        tmp_path / "1" / "model" / "config.json",
        read_json(base / "config.json") | {"model_type": "qwen3"},
    )
    with pytest.raises(NotExportable, match="qwen3"):
        export(tmp_path / "1", tmp_path / "other.gguf")
