"""Rows from the Hugging Face hub: `hub:OWNER/NAME` or `hub:OWNER/NAME:FILE`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from seedbed import registry
from seedbed.errors import FileMissing, FormatUnknown

PREFIX = "hub:"
_WORDS = {"train": ("train",), "validation": ("valid", "dev"), "test": ("test",)}


def fetch(source: str, split: str) -> Path:
    """Download one file of a data set, or find it in the hub's own cache.

    Args:
        source: `hub:OWNER/NAME` (the file is chosen by the split's name) or `hub:OWNER/NAME:FILE`.
        split: `train`, `validation` or `test`.

    Raises:
        FileMissing: there is no such data set or file, or no way to the hub.
        FormatUnknown: which file is meant cannot be told.
    """
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError

    name, _, file = source.removeprefix(PREFIX).partition(":")
    try:
        if not file:
            listed = huggingface_hub.HfApi().list_repo_files(name, repo_type="dataset")
            file = _choose(listed, split, source)
        return Path(huggingface_hub.hf_hub_download(name, file, repo_type="dataset"))
    except (OSError, HFValidationError) as cause:
        raise FileMissing(
            expected=f"a data set {name!r} on the hub",
            got=_first_line(cause),
            do="Check the name and the network, or download the file and name it in the recipe.",
            where=source,
        ) from None


def _choose(files: list[str], split: str, source: str) -> str:
    suffixes = tuple(s for kind in registry.names("readers") for s in _suffixes(kind))
    fitting = [
        file
        for file in files
        if file.lower().endswith(suffixes)
        and any(word in PurePosixPath(file).name.lower() for word in _WORDS[split])
    ]
    if len(fitting) == 1:
        return fitting[0]
    raise FormatUnknown(
        expected=f"one file of {split} rows",
        got=f"{len(fitting)} ({', '.join(fitting[:3])} …)" if fitting else "none",
        do=f"Name the file: {source}:FILE.",
        where=source,
    )


def _suffixes(kind: str) -> tuple[str, ...]:
    found: Any = registry.kind("readers", kind).suffixes
    return tuple(found)


def _first_line(cause: BaseException) -> str:
    text = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {text[0] if text else 'no reason given'}"[:200]
