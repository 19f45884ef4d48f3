from __future__ import annotations

import importlib.util
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "fuzz_readers.py"


def test_a_short_fuzz_ends_in_rows_or_seedbed_errors() -> None:
    spec = importlib.util.spec_from_file_location("fuzz_readers", BENCH)
    assert spec is not None
    assert spec.loader is not None
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    told: list[str] = []
    endings = fuzz.main(1.5, seed=7, tell=told.append)
    assert endings.total() > 50
    assert endings["rows"] > 0
    assert "spoilt files" in told[0]
