"""What a run draws on the terminal: bars that know how far they are."""

from __future__ import annotations

import pytest

from seedbed.cli.watch import Watch
from seedbed.tune.events import Event


def drawn(*events: Event) -> tuple[str, float, float | None]:
    """Return what the bar says after some events, how much is done, and of how much."""
    watch = Watch()
    for event in events:
        watch(event)
    assert watch._bar is not None
    bar = watch._bar
    return bar.what.strip(), bar.done, bar.total


def stage(name: str, **told: object) -> Event:
    return Event("stage", {"stage": name, "spent": 1.0, **told})


def test_the_gate_counts_its_engines() -> None:
    first = stage("gate", engine="torch-float32", done=0, total=5)
    third = stage("gate", engine="onnx-int8", done=2, total=5)
    assert drawn(stage("gate"), first) == ("engine torch-float32", 0, 5)
    assert drawn(stage("gate"), first, third) == ("engine onnx-int8", 2, 5)


@pytest.mark.parametrize(
    ("name", "what"),
    [("check", "rows compared"), ("judge", "rows answered"), ("report", "pages written")],
)
def test_stages_count_their_rows(name: str, what: str) -> None:
    told = {"what": what, "done": 40, "total": 900}
    assert drawn(stage(name), Event("progress", told)) == (what, 40, 900)


def test_a_rungs_progress_names_the_rung() -> None:
    told = {"rung": "probe", "what": "features", "done": 1, "total": 2}
    assert drawn(Event("progress", told)) == ("probe features", 1, 2)
