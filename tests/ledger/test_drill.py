"""The drill in a short form; `drill.py` says how to run it in full."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from seedbed.ledger.database import Database

DRILL = Path(__file__).parent / "drill.py"


def test_killed_again_and_again_the_ledger_equals_the_answers(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    short = ["--callers", "64", "--tries", "1500", "--kills", "8"]
    done = subprocess.run(
        [sys.executable, str(DRILL), "--db", url, *short],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["problems"], found["kills"], found["had"]) == ([], 8, 100)
    assert found["lives_that_answered"] > 1
