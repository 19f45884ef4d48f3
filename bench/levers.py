"""Levers of the recipe, each against the same run without it, on the test rows.

None is asked for a figure: each is reported as it came out. Each takes three minutes at the most on
two quiet cores: `python -m bench levers:NAME` runs one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench import levers_more as more
from bench.base import Cold, Figure, Part, model, rows, tune

ROWS = 1_500
PASSES = 3
QUICK = {
    "judge": {"robustness_rows": 1_000, "explained_rows": 0},
    "gate": {"engines": ["torch-float32", "torch-bf16"]},
}


FEW = 64
SEARCHED_ROWS = 1_000
TRIALS = 8
ENGINES = ("onnx-float32", "onnx-int8", "openvino-bf16")
ADAPTERS = ("lora", "adalora", "ia3", "prefix")
ADAPTER_ROWS, ADAPTER_PASSES = 1_000, 2
TOPICS = 15


def _fgm() -> Figure:
    return _figure("adversarial: fgm", _tuned({}), _tuned({"adversarial": "fgm"}))


def _augmented() -> Figure:
    return _figure("augment: words", _tuned({}), _tuned({"augment": "words"}))


def _searched() -> Figure:
    """The search's own choice against the rung's settings; both read the test rows once."""
    folder = rows("twitter_financial_news")
    few = {
        "name": "searched",
        "data": {
            "train": str(folder / "train.csv"),
            "test": str(folder / "test.csv"),
            "limit": SEARCHED_ROWS,
        },
        "budget": {"minutes": 10},
        "ladder": {"only": "top", "epochs": {"top": 2}},
        **QUICK,
    }
    plain, pulled = tune(few), tune(few | {"search": {"trials": TRIALS}})
    before, found = plain.metric("accuracy"), pulled.report["metrics"]["accuracy"]
    (rung,) = pulled.report["ladder"]
    told = rung["search"]
    return Figure(
        f"search: {TRIALS} trials of `top`, twitter_financial_news, {SEARCHED_ROWS:,} rows: "
        "accuracy",
        "",
        f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f}) against {before:.4f} "
        f"without it; on the validation rows {told['uncorrected']:.4f}, corrected "
        f"{rung['value']:.4f}; {told['finished']} of {told['trials']} trials to their end; "
        f"{pulled.seconds:.0f} against {plain.seconds:.0f} s",
        None,
        {"plain": before, "with": found["value"], "search": told},
    )


def _adapters() -> Figure:
    found = {
        kind: _tuned({"adapter": kind}, "adapter", passes=ADAPTER_PASSES, limit=ADAPTER_ROWS)
        for kind in ADAPTERS
    }
    return Figure(
        f"train.adapter, twitter_financial_news, {ADAPTER_ROWS:,} rows, `adapter`, "
        f"{ADAPTER_PASSES} passes: accuracy",
        "",
        "; ".join(f"{kind} {_shown(run)}" for kind, run in found.items()),
        None,
        {
            kind: {"accuracy": run.metric("accuracy"), "rows_per_second": _pace(run)}
            for kind, run in found.items()
        },
    )


def _shown(run: Cold) -> str:
    found = run.report["metrics"]["accuracy"]
    between = f"{found['low']:.4f} to {found['high']:.4f}"
    return f"{found['value']:.4f} ({between}), {_pace(run):.0f} rows/s"


def _pace(run: Cold) -> float:
    """Return the training rows a second of the rung that was climbed."""
    return float(run.report["ladder"][0]["rows_per_second"])


def _transferred() -> Figure:
    """Takeaway reviews first, then hotel reviews: Chinese, and other things that are praised."""
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    first = {"ladder": {"only": "full", "epochs": {"full": 1}}}
    tune(_reviews("waimai_10k", 2_000) | first, home=home)
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
    read = tune(recipe | {"pretrain": {"rows": str(folder / "unlabeled.csv"), "minutes": 1}})
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


def _pruned() -> Figure:
    """The same model three times; its engines without a tenth, a quarter, half of the neurons."""
    folder, home = rows("banking77"), Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    recipe = {
        "name": "pruned",
        "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")}
        | {"limit": 1_000},
        "ladder": {"only": "top", "epochs": {"top": PASSES}},
        "judge": {"robustness_rows": 100, "explained_rows": 0},
    }
    shares = (0.1, 0.25, 0.5)
    gate = {"engines": [name + end for name in ENGINES for end in ("", "-pruned")]}
    gates = {share: {"gate": gate | {"prune": share}} for share in shares}
    runs = {share: tune(recipe | more, home=home) for share, more in gates.items()}
    found = {str(share): _beside(run) for share, run in runs.items()}
    return Figure(
        "gate.prune, banking77, 1,000 rows, `top`: pruned engines against the same ones whole, on "
        "validation rows",
        "",
        "; ".join(
            f"{float(share):.0%}: "
            + ", ".join(
                f"{name} {100 * one['lost']:.1f} points lost, {one['faster']:.2f} times as fast, "
                f"{'kept' if one['kept'] else 'refused'}"
                for name, one in engines.items()
            )
            for share, engines in found.items()
        ),
        None,
        found,
    )


def _beside(run: Cold) -> dict[str, dict[str, Any]]:
    """Return what each pruned engine lost and gained against the same engine whole."""
    table = {row["engine"]: row for row in run.report["engines"] if row["value"] is not None}
    names = [name for name in table if name.endswith("-pruned")]
    pairs = {name: (table[name.removesuffix("-pruned")], table[name]) for name in names}
    return {
        name: {
            "lost": whole["value"] - pruned["value"],
            "faster": pruned["rows_per_second"] / whole["rows_per_second"],
            "faster_single": whole["p50_ms"] / pruned["p50_ms"],
            "disagree": pruned["disagree"],
            "kept": pruned["kept"],
        }
        for name, (whole, pruned) in pairs.items()
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


def _tuned(
    train: dict[str, Any], rung: str = "full", *, passes: int = PASSES, limit: int = ROWS
) -> Cold:
    folder = rows("twitter_financial_news")
    return tune(
        {
            "name": "levers",
            "data": {
                "train": str(folder / "train.csv"),
                "test": str(folder / "test.csv"),
                "limit": limit,
            },
            "ladder": {"only": rung, "epochs": {rung: passes}},
            "train": train,
            **QUICK,
        }
    )


PARTS: dict[str, Part] = {
    "fgm": _fgm,
    "augment": _augmented,
    "transfer": _transferred,
    "pretrain": _read_on,
    "pretrain_causal": more.read_on_causal,
    "search": _searched,
    "prune": _pruned,
    "adapters": _adapters,
    "contrast": more.contrast,
    "larger": more.larger,
    "unlabeled": more.unlabeled,
    "distill": more.distill,
}
"""By name; `python -m bench levers` runs all."""
