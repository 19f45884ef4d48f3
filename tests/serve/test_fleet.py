"""Loading a release beside those that answer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from seedbed.release.store import Release
from seedbed.serve import fleet
from seedbed.serve.replica import Ran, Replica, Row
from seedbed.serve.turns import Turns


def test_a_release_is_verified_with_what_the_processors_have_left(demo: Release) -> None:
    class Watched(Release):
        def verify(self) -> Release:
            seen.append(priority())
            return super().verify()

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    seen: list[int] = []
    before = priority()
    fleet._verified(Watched(demo.folder, demo.manifest))
    assert seen == [fleet.LOWEST_PRIORITY if sys.platform == "linux" else before]
    assert priority() == before


def test_a_release_is_warmed_by_pieces_that_nobody_waits_for_long(demo: Release) -> None:
    turns = Turns()
    taken: list[float] = []

    class Timed(Replica):
        def run(self, rows: Sequence[Row]) -> Ran:
            taken.append(sum(row.size for row in rows))
            assert turns._held  # a turn of its own for each
            return super().run(rows)

    warmed = Timed(demo, threads=1, turns=turns)
    assert len(taken) > 2
    assert max(taken) <= 160
    assert warmed.rate > 100
