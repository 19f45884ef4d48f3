"""The model card: `card.md`, in the Hugging Face hub's format, from the report's own numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from seedbed import recipe as recipes
from seedbed.data import hub
from seedbed.home import read_json
from seedbed.recipe import Recipe
from seedbed.release import lines

Report = Mapping[str, Any]

HUB = {
    "minilm": "sentence-transformers/all-MiniLM-L6-v2",
    "e5-small": "intfloat/multilingual-e5-small",
}
"""Names that the hub has for the aliases."""
METRICS = {"auc": "roc_auc", "accuracy": "accuracy", "macro_f1": "f1", "micro_f1": "f1"}
"""Names that the hub has for the metrics."""
LANGUAGES = {"cjk": "zh", "japanese": "ja", "hangul": "ko", "thai": "th", "hebrew": "he"}
"""Languages by the script, as the check names it, that tells them."""
TITLES = {"auc": "AUC", "accuracy": "accuracy", "macro_f1": "macro F1", "micro_f1": "micro F1"}


def card(folder: Path) -> str:
    """Return the card of a release: `report.json`, `recipe.yaml` and `model/` must be there."""
    report: Report = read_json(folder / "report.json")
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    recipe = recipes.parse(text, where=str(folder / "recipe.yaml"))
    front = yaml.safe_dump(front_matter(report, recipe), sort_keys=False, allow_unicode=True)
    parts = [
        _opening(report),
        _quality(report),
        _compared(report),
        _trust(report),
        _rows(report),
        _engines(report),
        _use(report),
        lines.use(folder, hub_name(report["base"] or recipe.base)),
    ]
    body = "\n\n".join(part for part in parts if part)
    return f"---\n{front}---\n\n{body}\n"


def front_matter(report: Report, recipe: Recipe) -> dict[str, Any]:
    """Return the card's metadata, in the hub's names."""
    base = hub_name(report["base"] or recipe.base)
    tuned = bool(report["base"]) and report["rung"] != "baseline" and _on_hub(base)
    told: dict[str, Any] = {
        "language": languages(report) or None,
        **_license(recipe),
        "library_name": _library(report),
        "pipeline_tag": report["task"],
        "base_model": base if tuned else None,
        "base_model_relation": "finetune" if tuned else None,
        "datasets": datasets(recipe) or None,
        "tags": ["seedbed", report["rung"]],
        "metrics": sorted({METRICS[name] for name in report["metrics"] if name in METRICS}),
        "model-index": [_index(report)],
    }
    return {key: value for key, value in told.items() if value is not None}


def _library(report: Report) -> str | None:
    if report["task"].startswith("tabular"):
        return "lightgbm" if report["rung"] == "boosted" else None
    return "sklearn" if report["rung"] == "baseline" else "transformers"


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


def _index(report: Report) -> dict[str, Any]:
    file = Path(report["data"]["test_file"] or report["data"]["train_file"]).name
    metrics = [
        {"type": METRICS[name], "name": TITLES[name], "value": round(found["value"], 6)}
        for name, found in report["metrics"].items()
        if name in METRICS
    ]
    return {
        "name": report["name"],
        "results": [
            {
                "task": {"type": report["task"]},
                "dataset": {"name": file, "type": "private", "split": "test"},
                "metrics": metrics,
            }
        ],
    }


def _opening(report: Report) -> str:
    verdict = report["verdict"]
    reasons = "\n".join(
        f"- {'passed' if reason['passed'] else '**not passed**'}: {reason['said']['en']}"
        for reason in verdict["reasons"]
    )
    labels = report["data"]["labels"]
    shown = ", ".join(f"`{label}`" for label in labels[:12])
    more = f" and {len(labels) - 12} more" if len(labels) > 12 else ""
    base = f" from `{Path(report['base']).name}`" if report["base"] else ""
    read_on = f"{report['pretrain']['said']['en']} " if report.get("pretrain") else ""
    return (
        f"# {report['name']}, release {report['number']}\n\n"
        f"Verdict: **{verdict['say']}**\n\n{reasons}\n\n"
        f"A {report['task']} model with {len(labels)} labels ({shown}{more}), made on "
        f"{report['made'][:10]}{base} by the rung `{report['rung']}` "
        f"of Seedbed {report['seedbed']}. {read_on}{report['stop']['en']}"
    )


def _quality(report: Report) -> str:
    lines = [
        f"| {TITLES.get(name, name)} | {_share(found)} |"
        for name, found in report["metrics"].items()
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


def _use(report: Report) -> str:
    worst = [
        f"- {one['said']['en']}: {100 * one['difference']:+.1f} points"
        for one in report.get("robustness") or []
    ]
    groups = [
        f"- group `{one['group']}` is served worse: {_share(one)}"
        for one in report.get("groups") or []
        if one["worse"]
    ]
    limits = [
        "- It knows the labels above and no others: a text about something else gets one of them.",
        "- Its quality was measured on rows like its test rows, and is not known on other kinds.",
        *worst,
        *groups,
    ]
    return (
        "## Intended use\n\nTexts like those it was tuned on, where an answer below the threshold "
        "goes to a person.\n\n## Limits\n\n" + "\n".join(limits)
    )


def _share(found: Mapping[str, float]) -> str:
    spread: Sequence[float] = (found["low"], found["high"])
    return f"{_percent(found['value'])} ({_percent(spread[0])} to {_percent(spread[1])})"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
