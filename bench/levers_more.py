"""More levers of the recipe, each against the same run without it; `bench.levers` lists them."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

from bench.base import Cold, Figure, model, rows, tune

QUICK = {
    "judge": {"robustness_rows": 50, "explained_rows": 0},
    "gate": {"engines": ["torch-float32"]},
}
FEW_A_LABEL = 3
ROWS, HELD, UNLABELED = 800, 400, 1_600
"""Of twitter_financial_news: rows with labels, rows to choose by, rows whose labels are hidden."""
PASSES = 2
TITLES, TITLES_A_TOPIC, TOPICS = 2_000, 10, 15
ANSWERS, READ_MINUTES = 60, 1.0


def contrast() -> Figure:
    """Few rows a label: the rung against the frozen features' head."""
    from bench.few_rows import draw

    folder, home = rows("banking77"), _home()
    path = _written(home / "train.csv", draw(folder / "train.csv", FEW_A_LABEL, 0))
    data = {"data": {"train": path, "test": str(folder / "test.csv")}}
    plain, pulled = (_ran({"ladder": {"only": rung}, **data}) for rung in ("probe", "contrast"))
    what = f"contrast: banking77, {FEW_A_LABEL} rows a label, against `probe`: accuracy"
    return _beside(what, plain, pulled)


def larger() -> Figure:
    """Every layer of a larger base model against every layer of the default one."""
    data = _financial(_home())["own"]
    plain = _full({"data": data})
    pulled = _ran(
        {"larger": "e5-small", "data": data}
        | {"ladder": {"only": "larger", "epochs": {"larger": PASSES}}}
    )
    what = f"larger: twitter_financial_news, {ROWS:,} rows, `full`, e5-small for minilm: accuracy"
    return _beside(what, plain, pulled)


def distill() -> Figure:
    """A small model that learns what a larger one says, of more rows than have labels."""
    home = _home()
    data = _financial(home)
    _full({"name": "teacher", "base": "e5-small", "data": data["teacher"]}, home)
    plain = _full({"data": data["own"]}, home)
    pulled = _ran(
        {"distill": ["teacher"], "data": data["own"] | data["more"]}
        | {"ladder": {"rungs": ["distill"], "stop": False, "epochs": {"distill": 1}}},
        home,
    )
    what = (
        f"distill: twitter_financial_news, {ROWS:,} rows and {UNLABELED:,} without labels, "
        "e5-small teaches minilm, against `full`: accuracy"
    )
    return _beside(what, plain, pulled)


def unlabeled() -> Figure:
    """News titles: a few rows of each topic, and more that the best rung so far labels."""
    folder, home = rows("fewclue_tnews"), _home()
    lines = _read(folder / "unlabeled.csv")[:TITLES]
    more = _written(home / "more.csv", [(row["text"], "") for row in lines])
    recipe = {
        "data": {part: str(folder / f"{part}.csv") for part in ("train", "test")}
        | {"validation": str(folder / "dev.csv"), "limit": TITLES_A_TOPIC * TOPICS},
        "base": str(model("e5-small-zh-en")),
    }
    plain = _ran(recipe | {"ladder": {"only": "probe"}})
    data = recipe["data"] | {"unlabeled": more}  # type: ignore[operator]
    ladder = {"rungs": ["probe", "pseudo"], "stop": False, "epochs": {"pseudo": 1}}
    pulled = _ran(recipe | {"data": data, "ladder": ladder})
    what = (
        f"data.unlabeled: fewclue_tnews, {TITLES_A_TOPIC * TOPICS} rows and {TITLES:,} without "
        "labels, `pseudo` above `probe`: accuracy"
    )
    return _beside(what, plain, pulled)


def read_on_causal() -> Figure:
    """Medical answers: how likely true ones are to a model that has read others."""
    from bench.generation import short

    home = _home()
    for part, most in (("train", ANSWERS), ("test", ANSWERS)):
        lines = [json.dumps(row) for row in short(part, most)]
        (home / f"{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    texts = [row["answer"].replace("\n", " ") for row in short("train", 10 * ANSWERS)]
    (home / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    recipe = {
        "task": "text-generation",
        "data": {part: str(home / f"{part}.jsonl") for part in ("train", "test")},
        "base": "smollm2",
        "ladder": {"only": "prompted"},
        "judge": {"written_rows": 0},
        "gate": {"engines": ["torch-causal-bf16"]},
    }
    plain = _ran(recipe)
    reading = {"rows": str(home / "texts.txt"), "minutes": READ_MINUTES}
    pulled = _ran(recipe | {"pretrain": reading})
    what = (
        f"pretrain: medquad, smollm2 reads {len(texts):,} answers for {READ_MINUTES:.0f} minute, "
        "`prompted`: likelihood of a true answer's token"
    )
    return _beside(what, plain, pulled, "token_likelihood")


def _beside(what: str, plain: Cold, pulled: Cold, metric: str = "accuracy") -> Figure:
    before, found = plain.metric(metric), pulled.report["metrics"][metric]
    said = pulled.report.get("pretrain", {}).get("said", {}).get("en", "")
    return Figure(
        what,
        "",
        f"{found['value']:.4f} ({found['low']:.4f} to {found['high']:.4f}) by "
        f"`{pulled.report['rung']}` against {before:.4f} by `{plain.report['rung']}` without it; "
        f"{pulled.seconds:.0f} against {plain.seconds:.0f} s" + (f"; {said}" if said else ""),
        None,
        {"plain": before, "with": found["value"], "ladder": pulled.report["ladder"]},
    )


def _ran(recipe: dict[str, Any], home: Path | None = None) -> Cold:
    return tune({"name": "levers", "budget": {"minutes": 5}, **QUICK, **recipe}, home=home)


def _full(recipe: dict[str, Any], home: Path | None = None) -> Cold:
    return _ran({**recipe, "ladder": {"only": "full", "epochs": {"full": PASSES}}}, home)


def _financial(home: Path) -> dict[str, Any]:
    """Write parts of the set that share no row; the teacher chooses by rows of its own."""
    folder = rows("twitter_financial_news")
    every = [(row["text"], row["label"]) for row in _read(folder / "train.csv")]
    ends = (0, ROWS, ROWS + HELD, ROWS + 2 * HELD, ROWS + 2 * HELD + UNLABELED)
    names = ("train", "validation", "teacher", "more")
    paths = {
        name: _written(home / f"{name}.csv", every[ends[i] : ends[i + 1]])
        for i, name in enumerate(names)
    }
    both = {"train": paths["train"], "test": str(folder / "test.csv")}
    return {
        "own": both | {"validation": paths["validation"]},
        "teacher": both | {"validation": paths["teacher"]},
        "more": {"unlabeled": paths["more"]},
    }


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _written(path: Path, told: list[tuple[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *told])
    return str(path)


def _home() -> Path:
    return Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
