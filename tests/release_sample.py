"""A small real candidate, and what makes a release of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.backbones.base import fetch
from seedbed.backbones.tfidf import Tfidf
from seedbed.home import Home, read_json, sha256, write_json, write_text
from seedbed.release import card, cost, gate, store
from seedbed.release.store import Release
from seedbed.tasks.base import Schema

WORDS = {
    "card": ("card", "PIN", "chip", "contactless sticker"),
    "rate": ("exchange rate", "fee", "interest", "price of a currency"),
    "transfer": ("transfer", "payment to a friend", "standing order", "wire to my landlord"),
}
FRAMES = (
    "What happened to my {}?",
    "I have a question about the {} I saw yesterday, could somebody look into it please?",
    "{}??",
    "Nobody told me that the {} would be like this.",
    "why is the {} wrong",
    "Hello, it is about a {} again. I wrote last week and the week before, without an answer.",
    "please explain the {}",
    "my {} seems strange since I came back from abroad",
)
RECIPE = "name: demo\ndata: {train: /nowhere/train.csv}\nquality: {metric: accuracy, bar: 0.8}\n"


def rows() -> tuple[list[str], np.ndarray[Any, Any]]:
    found = [
        (frame.format(word), i)
        for i, words in enumerate(WORDS.values())
        for word, frame in product(words, FRAMES)
    ]
    return [text for text, _ in found], np.array([label for _, label in found])


def exam() -> gate.Exam:
    """Return rows of three labels, on which the model is right nearly always."""
    texts, truth = rows()
    task = registry.kind("tasks", "text-classification")(recipes.parse(RECIPE).data)
    return gate.Exam(task, Schema(tuple(WORDS)), "accuracy", 0.005, texts, truth)


def candidate(folder: Path) -> Path:
    """Write two of MiniLM's six layers, with a ridge head on the rows."""
    base = fetch("minilm", folder).folder
    config = read_json(base / "config.json") | {"num_hidden_layers": 2}
    write_json(folder / "config.json", config)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    shutil.copyfile(base / "tokenizer_config.json", folder / "tokenizer_config.json")
    kept = ("embeddings.", "encoder.layer.0.", "encoder.layer.1.")
    tensors = load_file(base / "model.safetensors")
    tensors = {name: tensor for name, tensor in tensors.items() if name.startswith(kept)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    told = {"kind": "encoder", "pooling": "mean", "prefix": "", "max_tokens": 32, "hidden": 384}
    write_json(folder / "head.json", told)
    features = with_head(folder, np.eye(384, dtype=np.float32), np.zeros(384, np.float32))
    texts, truth = rows()
    x = features(texts)
    centre = x.mean(axis=0)
    target = np.eye(3)[truth] - 1 / 3
    gram = (x - centre).T @ (x - centre) + 0.1 * np.eye(384)
    weight = 20 * np.linalg.solve(gram, (x - centre).T @ target).T
    with_head(folder, weight, -weight @ centre)
    return folder


def with_head(folder: Path, weight: Any, bias: Any) -> Callable[[list[str]], Any]:
    """Save a head; return what then gives the model's logits."""
    tensors = {"weight": weight, "bias": bias}
    ready = {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in tensors.items()}
    save_file(ready, folder / "head.safetensors")

    def logits(texts: list[str]) -> Any:
        outer = folder.parent / f"{folder.name}-outer"
        outer.mkdir(exist_ok=True)
        if not (outer / "model").exists():
            (outer / "model").symlink_to(folder)
        return registry.kind("engines", "torch-float32")(outer, 1).logits(texts)

    return logits


def dress(folder: Path, found: gate.Gate, exam: gate.Exam, rung: str) -> dict[str, Any]:
    """Write the other files of a release; return the facts of its manifest."""
    recipe = recipes.parse(RECIPE)
    write_text(folder / "recipe.yaml", recipes.dump(recipe))
    write_json(folder / "gate.json", found.as_dict())
    schema = {"labels": list(exam.schema.labels), "multi_label": False}
    told = {"task": recipe.task, "schema": schema, "temperature": 0.5, "threshold": 0.7}
    write_json(folder / "answer.json", told)
    sheet = cost.sheet(found.as_dict(), recipe.value, 36.0)
    write_json(folder / "cost.json", sheet)
    reference = found.engines[0]["value"]
    share = {"value": reference, "low": reference - 0.1, "high": min(1.0, reference + 0.05)}
    said = {"en": "It stopped there.", "zh": "到此为止。"}
    report = {
        "name": "demo",
        "number": 1,
        "task": recipe.task,
        "made": "2026-01-02T03:04:05Z",
        "seedbed": "0.1.0",
        "base": "minilm",
        "rung": rung,
        "machine": {"cpu": "a processor", "cores": 2},
        "data": {
            **dict.fromkeys(("train", "validation", "test"), len(exam.texts)),
            "labels": list(exam.schema.labels),
            "left_out": 0,
            "train_file": "/nowhere/train.csv",
            "test_file": None,
        },
        "metric": "accuracy",
        "stop": said,
        "metrics": {"accuracy": share, "macro_f1": share},
        "compared": [
            {"with": "baseline", "value": 0.5, "difference": 0.4, "low": 0.3, "high": 0.5}
            | {"p": 0.001, "test": "McNemar"}
        ],
        "calibration": {"temperature": 0.5, "ece_before": 0.1, "ece_after": 0.02},
        "reject": {"said": {"en": "Nine answers of ten are kept.", "zh": "保留九成答案。"}},
        "robustness": [{"said": {"en": "typing errors", "zh": "错字"}, "difference": -0.02}],
        "groups": [{"group": "north", "worse": True, **share}],
        "check": {"profile": {}, "findings": [{"severity": "note", "said": said}]},
        "engines": list(found.engines),
        "verdict": {"say": "ship", "reasons": [{"kind": "bar", "passed": True, "said": said}]},
    }
    write_json(folder / "report.json", report)
    write_text(folder / "card.md", card.card(folder))
    facts = {"task": recipe.task, "rung": rung, "kind": "encoder"}
    return facts | {"recipe": sha256(folder / "recipe.yaml")}


def release(
    home: Home,
    candidate: Path,
    exam: gate.Exam,
    engines: Sequence[str] | None = None,
    *,
    prune: float = 0.0,
) -> Release:
    """Make a release of a candidate, with these engines or all that run here."""
    with store.writing(home, "demo") as draft:
        draft.take(candidate)
        found = gate.run(
            draft.folder, exam, kind="encoder", engines=engines, prune=prune, threads=1
        )
        return draft.commit(dress(draft.folder, found, exam, "probe"))


def sibling(home: Home, release: Release, *, turned: int) -> Release:
    """Make the next release of another: the same, but its labels are turned by some places."""
    with store.writing(home, release.name) as draft:
        shutil.copytree(release.folder, draft.folder, copy_function=os.link, dirs_exist_ok=True)
        head = draft.folder / "model" / "head.safetensors"
        turned_head = {key: np.roll(part, turned, axis=0) for key, part in load_file(head).items()}
        for path in (head, draft.folder / store.MANIFEST):
            path.unlink()
        save_file(turned_head, head)
        kept = ("task", "rung", "kind", "recipe")
        return draft.commit({key: release.manifest[key] for key in kept})


def linear(home: Home, exam: gate.Exam) -> Release:
    """Make a release of TF-IDF and a linear model."""
    from sklearn.linear_model import LogisticRegression

    terms = Tfidf.fit(exam.texts)
    fitted = LogisticRegression().fit(terms.transform(exam.texts), exam.truth)
    with store.writing(home, "plain") as draft:
        terms.save(draft.folder / "model", fitted.coef_, fitted.intercept_)
        found = gate.run(draft.folder, exam, kind="linear", threads=1)
        facts = dress(draft.folder, found, exam, "baseline")
        return draft.commit(facts | {"kind": "linear"})


def copied(release: Release, folder: Path) -> Path:
    """Copy a release to spoil it; its files are links, so replace them, never edit."""
    return Path(shutil.copytree(release.folder, folder, copy_function=os.link))
