"""Puts the files of a document where they belong: whole or not at all, and never over another's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from seedbed.errors import DocumentFailed
from seedbed.home import written_aside
from seedbed.venture.document import seal


def refuse_others(paths: Iterable[Path]) -> None:
    """Refuse to write over files that Seedbed did not make, or that were changed since.

    Raises:
        DocumentFailed: one of them is there already and is not as Seedbed made it.
    """
    for path in paths:
        if path.is_dir() or (path.exists() and not seal.whole(path)):
            raise DocumentFailed(
                expected=f"{path.name} to be as Seedbed wrote it, or not to be there",
                got="a folder"
                if path.is_dir()
                else "a file that was changed since, or is another's",
                do="Move it away, write to another folder with --to, or replace it with --force.",
                where=str(path),
            )


def ready(folder: Path) -> None:
    """Make the folder to write to, where it stands in one that is there.

    Raises:
        DocumentFailed: the folder above is missing, or it cannot be made or written to.
    """
    above = folder.absolute().parent
    if not folder.is_dir() and not above.is_dir():
        raise DocumentFailed(
            expected=f"a folder {above} to make {folder.name} in",
            got="none there",
            do="Make it, or name another with --to.",
            where=str(folder),
        )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as cause:
        raise _unwritable(folder, cause) from cause


def write(files: Mapping[Path, bytes]) -> None:
    """Write files, each whole or not at all.

    Raises:
        DiskFull: there is no room; the files that were there before are as they were.
        DocumentFailed: the folder cannot be written to.
    """
    for path, content in files.items():
        try:
            with written_aside(path) as aside:
                aside.write_bytes(content)
        except OSError as cause:
            raise _unwritable(path, cause) from cause


def _unwritable(path: Path, cause: OSError) -> DocumentFailed:
    return DocumentFailed(
        expected=f"to write {path.name}",
        got=cause.strerror or str(cause),
        do="Give yourself leave to write there, or name another folder with --to.",
        where=str(path.parent),
    )
