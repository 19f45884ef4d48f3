"""Levers of the recipe, each against the same run without it, on the test rows.

None is asked for a figure: each is reported as it came out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench.base import Cold, Figure, model, rows, tune

ROWS = 2_000
PASSES = 4
QUICK = {
    "judge": {"robustness_rows": 1_000, "explained_rows": 0},
    "gate": {"engines": ["torch-float32", "torch-bf16"]},
}


FEW = 64
TOPICS = 15


def run() -> list[Figure]:
    plain = _tuned({})
    return [
        _figure("adversarial: fgm", plain, _tuned({"adversarial": "fgm"})),
        _figure("augment: words", plain, _tuned({"augment": "words"})),
        _transferred(),
        _read_on(),
    ]


def _transferred() -> Figure:
    """Takeaway reviews first, then hotel reviews: Chinese, and other things that are praised."""
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    tune(_reviews("waimai_10k", 4_000) | {"ladder": {"only": "full"}}, home=home)
    hotels = _reviews("chnsenticorp_hotel", FEW) | {"ladder": {"upto": "contrast", "stop": False}}
    plain, moved = (tune(hotels | more, home=home) for more in ({}, {"transfer": "waimai_10k/1"}))
    before, found = plain.metric("accuracy"), moved.report["metrics"]["accuracy"]
    return Figure(
        f"transfer: takeaway reviews to {FEW} hotel reviews, e5-small-zh-en: accuracy",
        "",
        f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f}) by "
        f"`{moved.report['rung']}` against {before:.4f} by `{plain.report['rung']}` without it",
        None,
        {"plain": before, "with": found["value"]},
    )


def _read_on() -> Figure:
    """News titles: a few rows of fifteen topics, and 20,000 more without labels."""
    folder = rows("fewclue_tnews")
    recipe = {
        "name": "tnews",
        "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")}
        | {"validation": str(folder / "dev.csv"), "limit": 10 * TOPICS},
        "base": str(model("e5-small-zh-en")),
        "budget": {"minutes": 8},
        "ladder": {"only": "probe"},
        **QUICK,
    }
    plain = tune(recipe)
    read = tune(recipe | {"pretrain": {"rows": str(folder / "unlabeled.csv"), "minutes": 2}})
    before, found = plain.metric("accuracy"), read.report["metrics"]["accuracy"]
    told = read.report["pretrain"]
    return Figure(
        f"pretrain: fewclue_tnews, {10 * TOPICS} rows and {told['texts']:,} without labels, "
        "`probe`, e5-small-zh-en: accuracy",
        "",
        f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f}) against {before:.4f} "
        f"without it; {told['said']['en']} {told['seconds']:.0f} s",
        None,
        {"plain": before, "with": found["value"], "pretrain": told},
    )


def _reviews(name: str, limit: int) -> dict[str, Any]:
    folder = rows(name)
    return {
        "name": name,
        "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")}
        | {"limit": limit},
        "base": str(model("e5-small-zh-en")),
        "budget": {"minutes": 5},
        "train": {"max_tokens": 128},
        **QUICK,
    }


def _figure(lever: str, plain: Cold, pulled: Cold) -> Figure:
    before, after = plain.metric("accuracy"), pulled.metric("accuracy")
    found = pulled.report["metrics"]["accuracy"]
    worn, kept = _spoilt(plain), _spoilt(pulled)
    return Figure(
        f"train.{lever}, twitter_financial_news, {ROWS:,} rows, `full`: accuracy",
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
            **QUICK,
        }
    )
