"""Labels as users write them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from seedbed.data.read import table
from seedbed.recipe import Data
from seedbed.tasks.text_classification import TextClassification


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_several_labels_as_a_list_or_as_parted_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"rows.{kind}"
    if kind == "jsonl":
        rows = [["late", "damaged"], "late", [], ["[odd"], "[odd|late"]
        lines = (json.dumps({"text": "t", "label": label}) for label in rows)
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        path.write_text("text,label\nt,late|damaged\nt,late\nt,\nt,[odd\nt,[odd|late\n", "utf-8")
    task = TextClassification(Data(train=str(path), label_separator="|"))
    found = table(path, ["text", "label"])
    schema = task.schema(found)
    assert schema.labels == ("[odd", "damaged", "late")
    wanted = [[0, 1, 1], [0, 0, 1], [0, 0, 0], [1, 0, 0], [1, 0, 1]]
    np.testing.assert_array_equal(task.targets(found, schema), wanted)
