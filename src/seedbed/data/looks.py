"""Which test rows were read for which models, in one home.

A seal keeps one run from looking twice. Ten runs that read the same rows look at them ten times,
and the best of ten is better than it is: so each is written down, and the report says how many.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress

from seedbed.data.findings import Finding, build
from seedbed.data.seal import SealedTest
from seedbed.data.sentences import other_looks
from seedbed.home import Home, disk

FILE = "test-rows.jsonl"
MANY = 10
"""Models from which on the finding is a warning."""


def looked(home: Home, test: SealedTest, model: str) -> Finding:
    """Write down that a model is to be judged on test rows, and tell how many others were.

    Files with the same texts are the same rows, in whatever order. A model counts once.

    Args:
        home: Where the record is; its lock is held.
        test: The rows, closed.
        model: Digest of the candidate.
    """
    path = home.root / FILE
    rows = test.digest_of_texts()
    models = {told["model"] for told in _told(home) if told["rows"] == rows}
    if model not in models:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"at": at, "rows": rows, "model": model, "file": test.path.name})
        with disk(path), path.open("a", encoding="utf-8") as out:
            out.write(f"\n{line}\n")  # apart from one that a full disk cut short
            out.flush()
            os.fsync(out.fileno())
    others = len(models - {model})
    return build("looks", "warning" if others >= MANY else "note", others, other_looks(others))


def _told(home: Home) -> Iterator[dict[str, str]]:
    """Yield the lines; one that was cut short told of a model that was never judged."""
    path = home.root / FILE
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        with suppress(ValueError):
            yield json.loads(line)
