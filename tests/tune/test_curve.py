"""The learning curve's points: each with the penalty that its rows ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rows

from seedbed.tune import curve
from seedbed.tune.rungs.probe import Probe


def test_the_penalty_grows_as_rows_get_fewer() -> None:
    assert curve.penalty(3e-3, 1.0) == 3e-3
    assert curve.penalty(3e-3, 0.1) == pytest.approx(3e-2)
    assert curve.penalty(0.3, 0.1) == 1.0
    assert curve.penalty(1.0, 0.5) == 1.0


def test_the_curve_ends_with_the_penalty_that_the_probe_chose(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = rows.context(small, tmp_path, rows=60, held=30)
    Probe(context).climb()
    chosen = Probe(context).penalty()
    asked: list[float] = []
    fit = curve.fit

    def watched(*given: Any, l2: float, **more: Any) -> Any:
        asked.append(l2)
        return fit(*given, l2=l2, **more)

    monkeypatch.setattr(curve, "fit", watched)
    curve.learning_curve(context)
    shares = [0.1] * 3 + [0.25] * 3 + [0.5] * 3 + [1.0]
    assert asked == [curve.penalty(chosen, share) for share in shares]
    assert asked[-1] == chosen
