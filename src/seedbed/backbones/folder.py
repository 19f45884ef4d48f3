"""Base models that lie in a folder of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from seedbed.backbones.base import Backbone, Source, described


class FolderSource(Source):
    """Any folder with config.json, model.safetensors and tokenizer.json."""

    name: ClassVar[str] = "folder"
    rank: ClassVar[int] = 20

    def claims(self, base: str) -> bool:
        """Claim what is a folder, and what can be nothing else."""
        return Path(base).expanduser().is_dir() or base.startswith(("/", "./", "../", "~"))

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Return the folder as it stands."""
        folder = Path(base).expanduser().resolve()
        return described(folder.name, folder)
