"""Writing answers: LoRA of SmolLM2 on short medical answers; speed against Trainer + PEFT."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.base import Figure, rows, tune

LONGEST = 300
"""Characters of an answer: to learn longer ones takes more than a CPU's ten minutes."""
TRAIN_ROWS = 300
MINUTES = 9
SPEED_ROWS = 64
SETTINGS: dict[str, Any] = {"batch": 8, "rank": 16, "rate": 5e-4}
"""Batch (Trainer's default), rank and learning rate of both; all else stays at its own default."""


def run() -> list[Figure]:
    return [perplexity(), speed()]


def short(part: str, most: int) -> list[dict[str, str]]:
    """Return rows with short answers, spread over the file."""
    path = rows("medquad") / f"{part}.jsonl"
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    fitting = [one for one in found if 0 < len(one["answer"]) <= LONGEST]
    step = max(1.0, len(fitting) / most)
    kept = [fitting[int(i * step)] for i in range(min(most, len(fitting)))]
    return [{"text": one["question"], "answer": one["answer"]} for one in kept]


def perplexity() -> Figure:
    """Tune, and compare with the untuned model on rows of other documents."""
    with tempfile.TemporaryDirectory() as scratch:
        for part, most in (("train", TRAIN_ROWS), ("test", 200)):
            text = "\n".join(json.dumps(row) for row in short(part, most))
            (Path(scratch) / f"{part}.jsonl").write_text(text, encoding="utf-8")
        made = tune(
            {
                "name": "answers",
                "task": "text-generation",
                "data": {"train": f"{scratch}/train.jsonl", "test": f"{scratch}/test.jsonl"},
                "base": "smollm2",
                "ladder": {"rungs": ["prompted", "adapter"], "stop": False},
                "budget": {"minutes": MINUTES},
                "judge": {"written_rows": 20},
                "gate": {"engines": ["torch-causal-bf16"]},
            }
        )
    report = made.report
    tuned = report["written"]["perplexity"]
    against = next((c for c in report["compared"] if c["with"] == "untuned model"), None)
    before = f"{1 / against['value']:.1f}" if against else "the same: nothing was tuned"
    return Figure(
        f"smollm2, LoRA on {TRAIN_ROWS} medquad answers: perplexity of fresh ones",
        "significantly below untuned",
        f"{tuned['value']:.2f} ({tuned['low']:.2f} to {tuned['high']:.2f}), untuned {before}; "
        f"likelihood a token {against['difference'] if against else 0:+.3f} "
        f"({against['low'] if against else 0:+.3f} to {against['high'] if against else 0:+.3f}) "
        f"in {made.seconds:.0f} s",
        against is not None and against["low"] > 0,
        {"written": report["written"], "compared": report["compared"], "ladder": report["ladder"]},
    )


def speed() -> Figure:
    """Compare one pass over the same rows."""
    mine, theirs = _in_process("ours"), _in_process("theirs")
    ratio = mine["rows_per_second"] / theirs["rows_per_second"]
    return Figure(
        f"smollm2, LoRA against transformers.Trainer + PEFT ({SPEED_ROWS} rows, 1 epoch)",
        "≥ 2 times the rows/s",
        f"{ratio:.1f} times ({mine['rows_per_second']:.2f} against "
        f"{theirs['rows_per_second']:.2f} rows/s)",
        ratio >= 2,
        {"ours": mine, "theirs": theirs, **SETTINGS},
    )


def _in_process(which: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.generation", which],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def ours(scratch: Path) -> dict[str, float]:
    from seedbed import recipe as recipes
    from seedbed import registry
    from seedbed.data.table import Table
    from seedbed.home import Home
    from seedbed.tune.context import Clock, Context, Split
    from seedbed.tune.events import Events
    from seedbed.tune.rungs.adapter import Adapter

    recipe = recipes.override(
        recipes.parse("name: twin\ntask: text-generation\nbase: smollm2\ndata: {train: t.jsonl}\n"),
        {
            "train.batch_rows": SETTINGS["batch"],
            "train.learning_rate": SETTINGS["rate"],
            "train.lora_rank": SETTINGS["rank"],
            "quality.metric": "token_likelihood",
            "ladder.epochs": {"adapter": 1},
        },
    )
    task = registry.kind("tasks", recipe.task)(recipe.data)

    def split(part: list[dict[str, str]]) -> Split:
        columns = {key: [row[key] for row in part] for key in ("text", "answer")}
        table = Table(scratch / "t.jsonl", columns, np.arange(1, len(part) + 1))
        return Split.of(task, table, schema)

    learn = short("train", SPEED_ROWS)
    schema = task.schema(Table(scratch, {"answer": []}, np.arange(0)))
    context = Context(
        recipe,
        task,
        schema,
        split(learn),
        split(learn[:2]),
        scratch,
        Home().cache,
        Clock(3600),
        Events(),
    )
    rung = Adapter(context)
    rung.folder.mkdir(parents=True)
    trained, *_ = rung.learn()
    return {"rows_per_second": trained.rows_per_second, "seconds": trained.seconds}


def theirs(scratch: Path) -> dict[str, float]:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        DataCollatorForSeq2Seq,
        Trainer,
        TrainingArguments,
    )

    from seedbed.backbones.base import fetch
    from seedbed.home import Home

    base = fetch("smollm2", Home().cache).folder
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    rank = int(SETTINGS["rank"])
    config = LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=2 * rank, target_modules="all-linear"
    )
    model = get_peft_model(model, config)
    encoded = []
    for row in short("train", SPEED_ROWS):
        asked = [{"role": "user", "content": row["text"]}]
        prompt = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        after = tokenizer(row["answer"] + "<|im_end|>", add_special_tokens=False)["input_ids"]
        labels = [-100] * len(before) + after
        encoded.append({"input_ids": before + after, "labels": labels})
    arguments = TrainingArguments(
        str(scratch),
        num_train_epochs=1,
        learning_rate=SETTINGS["rate"],
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(
        model,
        arguments,
        train_dataset=encoded,  # type: ignore[arg-type]
        data_collator=DataCollatorForSeq2Seq(tokenizer),
    )
    began = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - began
    return {"rows_per_second": len(encoded) / seconds, "seconds": seconds}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps({"ours": ours, "theirs": theirs}[sys.argv[1]](Path(made))))
