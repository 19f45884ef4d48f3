"""Levers of the recipe, each against the same run without it, on the test rows.

None is asked for a figure: each is reported as it came out.
"""

from __future__ import annotations

from typing import Any

from bench.base import Cold, Figure, rows, tune

ROWS = 2_000
PASSES = 4


def run() -> list[Figure]:
    plain = _tuned({})
    return [_figure("train.adversarial: fgm", plain, _tuned({"adversarial": "fgm"}))]


def _figure(lever: str, plain: Cold, pulled: Cold) -> Figure:
    before, after = plain.metric("accuracy"), pulled.metric("accuracy")
    found = pulled.report["metrics"]["accuracy"]
    worn, kept = _spoilt(plain), _spoilt(pulled)
    return Figure(
        f"{lever}, twitter_financial_news, {ROWS:,} rows, `full`: accuracy",
        "",
        f"{after:.4f} ({found['low']:.4f} to {found['high']:.4f}) against {before:.4f} without it; "
        f"on texts with typos {kept:.4f} against {worn:.4f}; {pulled.seconds:.0f} against "
        f"{plain.seconds:.0f} s",
        None,
        {"plain": before, "with": after, "typos": {"plain": worn, "with": kept}},
    )


def _spoilt(run: Cold) -> float:
    """Return the accuracy on test rows with typos."""
    found = {one["kind"]: one for one in run.report["robustness"]}
    return float(found["typos"]["value"])


def _tuned(train: dict[str, Any]) -> Cold:
    folder = rows("twitter_financial_news")
    return tune(
        {
            "name": "levers",
            "data": {
                "train": str(folder / "train.csv"),
                "test": str(folder / "test.csv"),
                "limit": ROWS,
            },
            "ladder": {"only": "full", "epochs": {"full": PASSES}},
            "train": train,
            "judge": {"robustness_rows": 1_000, "explained_rows": 0},
            "gate": {"engines": ["torch-float32", "torch-bf16"]},
        }
    )
