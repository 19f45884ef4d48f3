"""Base models of the Hugging Face hub, downloaded once into the hub's own cache."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from seedbed.backbones.base import Backbone, Source, described
from seedbed.errors import BackboneMissing

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
WANTED = ["config.json", "model.safetensors", "tokenizer*.json", "1_Pooling/config.json", "*.txt"]
WANTED += ["*.jinja", "generation_config.json"]


class HubSource(Source):
    """`org/name`, such as `intfloat/multilingual-e5-small`."""

    name: ClassVar[str] = "hub"
    rank: ClassVar[int] = 30

    def claims(self, base: str) -> bool:
        """Claim names of the form org/name."""
        return HUB_NAME.fullmatch(base) is not None

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Download what is needed (never pickles) and return its folder."""
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        try:
            folder = snapshot_download(base, allow_patterns=WANTED)
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as cause:
            raise BackboneMissing(
                expected=f"{base} on the hub or in its cache",
                got=str(cause).splitlines()[0] if str(cause) else type(cause).__name__,
                do="Check the name and the network, or use `minilm`, which needs none.",
                where=f"base: {base}",
            ) from None
        return described(base, Path(folder))
