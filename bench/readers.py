"""A minute of fuzzing the readers: nothing but rows or an error that says what to do."""

from __future__ import annotations

from bench import fuzz_readers
from bench.base import Figure


def run() -> list[Figure]:
    tried = fuzz_readers.main(seconds=60).total()
    return [
        Figure(
            "files spoilt on purpose and read",
            "rows, or a SeedbedError",
            f"{tried:,} files, no other outcome",
            True,
            {"tried": tried},
        )
    ]
