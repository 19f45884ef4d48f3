"""Where `bench.mnist` and `bench.pneumonia` meet: an archive of pictures from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def recipe(name: str, archive: Path, minutes: int, *, validation: bool) -> dict[str, Any]:
    """Return a recipe that sets the network and the budget, and leaves the rest as it comes."""
    data = {"train": f"{archive}#train", "test": f"{archive}#test"}
    return {
        "name": name,
        "task": "image-classification",
        "data": data | ({"validation": f"{archive}#val"} if validation else {}),
        "base": "cnn",
        "quality": {"metric": "accuracy"},
        "budget": {"minutes": minutes},
        # Features of a network that has learnt nothing are worth no probe.
        "ladder": {"rungs": ["baseline", "full"]},
    }
