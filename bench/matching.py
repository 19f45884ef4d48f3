"""medquad, toyhom_medical_qa_zh: the right answer among all; fewclue_bustm: same request or not."""

from __future__ import annotations

from typing import Any

from bench.base import Cold, Figure, model, rows, tune

MINUTES = 25.0
ANSWER_TOKENS = 96


def run() -> list[Figure]:
    return [*english(), *chinese(), *same_request()]


def english() -> list[Figure]:
    folder = rows("medquad")
    files = {"train": str(folder / "train.jsonl"), "test": str(folder / "test.jsonl")}
    return _found("medquad", "minilm", files)


def chinese() -> list[Figure]:
    folder = rows("toyhom_medical_qa_zh")
    files = {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")}
    return _found("toyhom_medical_qa_zh", str(model("e5-small-zh-en")), files)


def same_request() -> list[Figure]:
    folder = rows("fewclue_bustm")
    files = {name: str(folder / f"{name}.csv") for name in ("train", "test")}
    run = tune(
        {
            "name": "bustm",
            "task": "text-matching",
            "data": {
                **files,
                "validation": str(folder / "dev.csv"),
                "text": "text1",
                "text_b": "text2",
            },
            "base": str(model("e5-small-zh-en")),
            "ladder": {"stop": False},
            "budget": {"minutes": MINUTES},
        }
    )
    found, rung = run.report["metrics"]["accuracy"], run.report["rung"]
    got = f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f}) by `{rung}`"
    detail = {"accuracy": found, "ladder": run.report["ladder"], "seconds": run.seconds}
    return [Figure("fewclue_bustm with e5-small-zh-en, accuracy", "stated", got, None, detail)]


def _found(name: str, base: str, files: dict[str, str]) -> list[Figure]:
    run = tune(
        {
            "name": name.split("_")[0],
            "task": "text-matching",
            "data": {**files, "text": "question", "text_b": "answer", "match": "answer"},
            "base": base,
            "ladder": {"stop": False},
            "train": {"answer_tokens": ANSWER_TOKENS},
            "budget": {"minutes": MINUTES},
        }
    )
    return [_figure(name, run)]


def _figure(name: str, run: Cold) -> Figure:
    """Return MRR@10 of the tuned encoder beside BM25's and the untuned one's."""
    found = run.report["metrics"]["mrr_10"]
    rivals: dict[str, Any] = {one["with"]: one for one in run.report["compared"]}
    told = [f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f})"]
    better = run.report["rung"] == "dual"
    for rival, words in (("baseline", "BM25"), ("untuned", "untuned")):
        one = rivals.get(rival)
        if one is not None:
            told.append(f"{words} {one['value']:.4f} (p = {one['p']:.4f})")
            better = better and one["low"] > 0
    detail = {
        "metrics": run.report["metrics"],
        "compared": run.report["compared"],
        "rank": {key: run.report["rank"][key] for key in ("collection", "recall")},
        "ladder": run.report["ladder"],
        "seconds": run.seconds,
        "peak_mb": run.peak_mb,
    }
    what = f"{name}: MRR@10 over the whole collection, by `{run.report['rung']}`"
    return Figure(what, "significantly above BM25 and untuned", "; ".join(told), better, detail)
