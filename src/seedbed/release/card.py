"""The model card: `card.md`, in the Hugging Face hub's format, from the report's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.data import hub
from seedbed.home import read_json
from seedbed.recipe import Recipe
from seedbed.release import lines
from seedbed.tasks.base import Task

Report = Mapping[str, Any]

HUB = {
    "minilm": "sentence-transformers/all-MiniLM-L6-v2",
    "e5-small": "intfloat/multilingual-e5-small",
    "smollm2": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "efficientnet-lite0": "timm/tf_efficientnet_lite0.in1k",
}
"""Names that the hub has for the aliases."""
ROUNDED = ("e5-small", "smollm2")
"""Aliases whose packages hold the weights in four bits; the hub's are whole."""
PIPELINES = {"text-regression": "text-classification", "text-matching": "sentence-similarity"}
"""What the hub files a task under that it has no name for: texts are scored under classification
there. A pair that is given a label is classified, and one that is given a score compared."""
METRICS = {
    "accuracy": ("accuracy", "accuracy"),
    "auc": ("roc_auc", "AUC"),
    "macro_f1": ("f1", "macro F1"),
    "micro_f1": ("f1", "micro F1"),
    "entity_f1": ("f1", "entity F1"),
    "entity_precision": ("precision", "entity precision"),
    "entity_recall": ("recall", "entity recall"),
    "r2": ("r_squared", "R²"),
    "pearson": ("pearsonr", "Pearson correlation"),
    "spearman": ("spearmanr", "Spearman correlation"),
    "mrr_10": ("mrr", "MRR@10"),
    "recall_1": ("recall", "recall@1"),
    "recall_5": ("recall", "recall@5"),
    "recall_10": ("recall", "recall@10"),
    "token_likelihood": ("perplexity", "perplexity"),
    "token_accuracy": ("accuracy", "token accuracy"),
}
"""Metric → its name on the hub, and how people write it."""
LANGUAGES = {"cjk": "zh", "japanese": "ja", "hangul": "ko", "thai": "th", "hebrew": "he"}
"""Languages by the script, as the check names it, that tells them."""


def card(folder: Path) -> str:
    """Return the card of a release: `report.json`, `recipe.yaml` and `model/` must be there."""
    report: Report = read_json(folder / "report.json")
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    recipe = recipes.parse(text, where=str(folder / "recipe.yaml"))
    task: Task = registry.kind("tasks", recipe.task)(recipe.data)
    front = yaml.safe_dump(front_matter(report, recipe), sort_keys=False, allow_unicode=True)
    alias = report["base"] or recipe.base
    rounded, base = alias in ROUNDED, hub_name(alias)
    parts = [
        _opening(report, task),
        _quality(report),
        _compared(report),
        _trust(report),
        _rows(report),
        _engines(report),
        _use(report, task),
        lines.use(folder, base, reads=task.reads, output=task.output, rounded=rounded),
    ]
    body = "\n\n".join(part for part in parts if part)
    return f"---\n{front}---\n\n{body}\n"


def front_matter(report: Report, recipe: Recipe) -> dict[str, Any]:
    """Return the card's metadata, in the hub's names."""
    base = hub_name(report["base"] or recipe.base)
    tuned = bool(report["base"]) and report["rung"] not in COUNTED and _on_hub(base)
    pipeline = pipeline_tag(recipe)
    own = [] if pipeline == recipe.task else [recipe.task]
    told: dict[str, Any] = {
        "language": languages(report) or None,
        **_license(recipe),
        "library_name": _library(report),
        "pipeline_tag": pipeline,
        "base_model": base if tuned else None,
        "base_model_relation": "finetune" if tuned else None,
        "datasets": datasets(recipe) or None,
        "tags": ["seedbed", *own, report["rung"]],
        "metrics": sorted({METRICS[name][0] for name in report["metrics"] if name in METRICS}),
        "model-index": [_index(report, pipeline)],
    }
    return {key: value for key, value in told.items() if value is not None}


def pipeline_tag(recipe: Recipe) -> str:
    """Return what the hub files the recipe's task under, one of its own names."""
    if recipe.task == "text-matching" and recipe.data.match == "label":
        return "text-classification"
    return PIPELINES.get(recipe.task, recipe.task)


COUNTED = ("baseline", "boosted", "mlp", "blend", "bm25", "tagger")
"""Rungs that have no base model."""


def _library(report: Report) -> str | None:
    rung, task = report["rung"], report["task"]
    if rung == "baseline":  # what it counts of pairs, pictures and tables has no lines there
        return "sklearn" if task in ("text-classification", "text-regression") else None
    if rung in COUNTED:
        return "lightgbm" if rung == "boosted" else None
    return "onnx" if task == "image-classification" else "transformers"


def hub_name(base: str) -> str:
    """Return a base model's name on the hub, or its own where that is not known."""
    return HUB.get(base, base)


def datasets(recipe: Recipe) -> list[str]:
    """Return the sets on the hub that the rows come from; files of one's own have no name there."""
    sources = (recipe.data.train, recipe.data.validation, recipe.data.test)
    named = [one.removeprefix(hub.PREFIX) for one in sources if one and one.startswith(hub.PREFIX)]
    return list(dict.fromkeys(name.partition(":")[0] for name in named))


def _license(recipe: Recipe) -> dict[str, str]:
    if recipe.license:
        return {"license": recipe.license}
    return {"license": "other", "license_name": "unknown"}


def languages(report: Report) -> list[str]:
    """Return the languages that the rows' scripts leave no doubt about, commonest first.

    Latin and Cyrillic letters do not tell a language, and nothing is said of them; Chinese
    characters are Japanese where there is kana.
    """
    scripts = ((report.get("check") or {}).get("profile") or {}).get("scripts") or {}
    shares = {name: share for name, share in scripts.items() if share >= 0.05}
    if "japanese" in shares:
        shares.pop("cjk", None)
    order = sorted(shares, key=lambda name: -shares[name])
    return [LANGUAGES[name] for name in order if name in LANGUAGES]


def _on_hub(base: str) -> bool:
    owner, _, name = base.partition("/")
    return bool(owner and name) and "/" not in name and not base.startswith((".", "~"))


def _index(report: Report, pipeline: str) -> dict[str, Any]:
    file = Path(report["data"]["test_file"] or report["data"]["train_file"]).name
    metrics = [
        {"type": METRICS[name][0], "name": METRICS[name][1], "value": round(found["value"], 6)}
        for name, found in _measured(report).items()
        if name in METRICS
    ]
    return {
        "name": report["name"],
        "results": [
            {
                "task": {"type": pipeline},
                "dataset": {"name": file, "type": "private", "split": "test"},
                "metrics": metrics,
            }
        ],
    }


def _measured(report: Report) -> dict[str, Mapping[str, float]]:
    """Return the metrics as the hub knows them: perplexity for the likelihood a token."""
    found = dict(report["metrics"])
    if "token_likelihood" in found:
        found["token_likelihood"] = report["written"]["perplexity"]
    return found


def _opening(report: Report, task: Task) -> str:
    verdict = report["verdict"]
    reasons = "\n".join(
        f"- {'passed' if reason['passed'] else '**not passed**'}: {reason['said']['en']}"
        for reason in verdict["reasons"]
    )
    base = f" from `{Path(report['base']).name}`" if report["base"] else ""
    read_on = f"{report['pretrain']['said']['en']} " if report.get("pretrain") else ""
    return (
        f"# {report['name']}, release {report['number']}\n\n"
        f"Verdict: **{verdict['say']}**\n\n{reasons}\n\n"
        f"A {report['task']} model{_outputs(report, task)}, made on "
        f"{report['made'][:10]}{base} by the rung `{report['rung']}` "
        f"of Seedbed {report['seedbed']}. {read_on}{report['stop']['en']}"
    )


def _outputs(report: Report, task: Task) -> str:
    """Return what the model answers with."""
    labels = report["data"]["labels"]
    if task.output == "tags":
        labels = [label[2:] for label in labels[1::2]]
    elif task.output != "label":
        return f" of the column `{labels[0]}`"
    named = "types of spans" if task.output == "tags" else "labels"
    shown = ", ".join(f"`{label}`" for label in labels[:12])
    more = f" and {len(labels) - 12} more" if len(labels) > 12 else ""
    return f" with {len(labels)} {named} ({shown}{more})"


def _quality(report: Report) -> str:
    lines = [
        f"| {METRICS[name][1] if name in METRICS else name} | {_figure(name, found)} |"
        for name, found in _measured(report).items()
    ]
    return (
        f"## Quality\n\nOn {report['data']['test']:,} test rows, read once; 95 % intervals.\n\n"
        "| metric | value |\n|---|---|\n" + "\n".join(lines)
    )


def _compared(report: Report) -> str:
    if not report["compared"]:
        return ""
    lines = [
        f"| {one['with']} | {_percent(one['value'])} | {100 * one['difference']:+.2f} points "
        f"({100 * one['low']:+.2f} to {100 * one['high']:+.2f}) | {one['p']:.2g} ({one['test']}) |"
        for one in report["compared"]
    ]
    head = "| against | its value | this release | p |\n|---|---|---|---|\n"
    return f"## Against others, on the same rows\n\n{head}" + "\n".join(lines)


def _trust(report: Report) -> str:
    parts = []
    if found := report.get("calibration"):
        parts.append(
            f"Probabilities are scaled by a temperature of {found['temperature']:.3f}; the expected"
            f" calibration error went from {_percent(found['ece_before'])} to "
            f"{_percent(found['ece_after'])}."
        )
    if found := report.get("reject"):
        parts.append(found["said"]["en"])
    return "## How far to trust it\n\n" + " ".join(parts) if parts else ""


def _rows(report: Report) -> str:
    data = report["data"]
    findings = (report.get("check") or {}).get("findings") or []
    lines = [f"- {finding['severity']}: {finding['said']['en']}" for finding in findings]
    counts = (
        f"{data['train']:,} rows to learn from, {data['validation']:,} to choose by, "
        f"{data['test']:,} to judge by; {data['left_out']:,} left out."
    )
    more = report.get("more_rows") or {}
    parts = ["\n".join(lines), more.get("said", {}).get("en", "")]
    return "\n\n".join(["## The rows", counts, *(part for part in parts if part)])


def _engines(report: Report) -> str:
    kept = [row for row in report.get("engines") or [] if row["kept"]]
    if not kept:
        return ""
    lines = [
        f"| {row['engine']}{_pruned(row)} | {row['rows_per_second']:,.0f} | {row['p50_ms']:.2f} | "
        f"{row['p99_ms']:.2f} | {row['bytes'] / 1e6:.1f} | {row['disagree']} |"
        for row in kept
    ]
    machine = report["machine"]
    return (
        f"## Engines\n\nThose that passed the gate, measured on {machine['cores']} cores "
        f"({machine['cpu']}).\n\n"
        "| engine | rows/s | one row, p50 ms | p99 ms | MB | answers unlike the model's |\n"
        "|---|---|---|---|---|---|\n" + "\n".join(lines)
    )


def _pruned(row: Mapping[str, Any]) -> str:
    share = row.get("pruned")
    return f" ({100 * share:g} % of neurons cut)" if share else ""


SCOPE = {
    "label": "It knows the labels above and no others: whatever else it is given gets one of them.",
    "value": "It answers anything with a number, also what no number can be given for.",
    "tags": "It knows the types above and no others.",
    "rank": "It always finds something: the best of its collection, though none of it be right.",
    "text": "What it writes may be wrong, and reads well all the same.",
}
"""What an answer does not say, by what an answer is."""
TO_A_PERSON = ", where an answer below the threshold goes to a person"


def _use(report: Report, task: Task) -> str:
    worst = [
        f"- {one['said']['en']}: {100 * one['difference']:+.1f} points"
        for one in report.get("robustness") or []
    ]
    groups = [
        f"- group `{one['group']}` is served worse: {_figure(report['metric'], one)}"
        for one in _groups(report)
        if one["worse"]
    ]
    limits = [
        f"- {SCOPE[task.output]}",
        "- Its quality was measured on rows like its test rows, and is not known on other kinds.",
        *worst,
        *groups,
    ]
    read = {"image": "Pictures", "table": "Rows"}.get(task.reads, "Texts")
    person = TO_A_PERSON if task.output == "label" else ""
    return (
        f"## Intended use\n\n{read} like those it was tuned on{person}."
        "\n\n## Limits\n\n" + "\n".join(limits)
    )


def _groups(report: Report) -> list[Mapping[str, Any]]:
    """Return the groups of `data.group`, and of `data.sensitive` where those are measured alike."""
    named = [
        {**group, "group": f"{column['column']}: {group['group']}"}
        for column in report.get("fairness") or []
        if "metric" in column
        for group in column["groups"]
    ]
    return [*(report.get("groups") or []), *named]


def _figure(name: str, found: Mapping[str, float]) -> str:
    """Return a metric with its interval: a share as a percentage, any other as a number."""
    if name not in NUMBERS:
        return _share(found)
    return f"{found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f})"


NUMBERS = frozenset(("r2", "pearson", "spearman", "mrr_10", "token_likelihood"))
"""Metrics that are no share of anything."""


def _share(found: Mapping[str, float]) -> str:
    spread: Sequence[float] = (found["low"], found["high"])
    return f"{_percent(found['value'])} ({_percent(spread[0])} to {_percent(spread[1])})"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
