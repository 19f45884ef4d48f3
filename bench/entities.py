"""Spans in sentences: Chinese news with e5-small-zh-en, English posts with minilm."""

from __future__ import annotations

from typing import Any

from bench.base import MODELS, Figure, Skipped, rows, tune


def run() -> list[Figure]:
    chinese = MODELS / "e5-small-zh-en"
    if not chinese.is_dir():
        raise Skipped(f"no model {chinese}")
    news, posts = rows("cluener2020"), rows("wnut17")
    return [
        _figure(
            "cluener2020 with e5-small-zh-en",
            0.70,
            20,
            {
                "base": str(chinese),
                "data": {
                    "train": str(news / "train.jsonl"),
                    "test": str(news / "test.jsonl"),
                    "label": "entities",
                },
            },
        ),
        _figure(
            "wnut17 with minilm",
            0.40,
            9,
            {
                "data": {
                    "train": str(posts / "train.jsonl"),
                    "validation": str(posts / "dev.jsonl"),
                    "test": str(posts / "test.jsonl"),
                    "text": "tokens",
                    "label": "tags",
                },
            },
        ),
    ]


def _figure(what: str, reach: float, minutes: int, recipe: dict[str, Any]) -> Figure:
    recipe |= {"name": "entities", "task": "token-classification", "budget": {"minutes": minutes}}
    made = tune(recipe)
    value = made.metric("entity_f1")
    return Figure(
        f"{what}, entity F1",
        f"≥ {reach:.2f}",
        f"{value:.4f} by `{made.report['rung']}` in {made.seconds:.0f} s",
        value >= reach,
        {"entity_f1": value, "seconds": made.seconds, "ladder": made.report["ladder"]},
    )
