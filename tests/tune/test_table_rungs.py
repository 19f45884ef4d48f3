"""The rungs of tables, on german_credit's rows and on rows made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedbed import registry
from seedbed.backbones import plain
from seedbed.backbones.boosted import Boosted
from seedbed.backbones.mlp import Mlp, Scaled
from seedbed.backbones.tabular import Tabular
from seedbed.data.columns import Columns
from seedbed.data.table import Table
from seedbed.recipe import Data, Recipe
from seedbed.release.gate import reference
from seedbed.tasks.settle import settled
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events
from seedbed.tune.rows import Deal, likelihood
from seedbed.tune.rungs.mlp import Network

RUNGS = ("baseline", "boosted", "mlp", "blend")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedbed.tune.rungs.boosted.TREES", (50, 150))
    monkeypatch.setattr("seedbed.tune.rungs.boosted.SETTINGS", ({"num_leaves": 8},))
    monkeypatch.setattr("seedbed.tune.rungs.mlp.STEPS", 400)


def made(rows: int = 400, *, labels: int = 2, values: bool = False) -> Table:
    """Rows whose answer hangs on a number's distance from 50, on a colour, and on nothing else."""
    draw = np.random.default_rng(0)
    age = draw.uniform(0, 100, rows)
    colour = draw.choice(["red", "green", "blue"], rows)
    score = np.abs(age - 50) / 10 + 2.0 * (colour == "red") + draw.normal(0, 0.5, rows)
    cuts = np.quantile(score, np.linspace(0, 1, labels + 1)[1:-1])
    answers = score if values else np.searchsorted(cuts, score)
    cells = {
        "age": [f"{x:.2f}" if i % 9 else "" for i, x in enumerate(age)],
        "colour": list(colour),
        "noise": [f"{x:.3f}" for x in draw.normal(size=rows)],
        "joined": [f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(rows)],
        "label": [f"{x:.4f}" if values else f"class {x}" for x in answers],
    }
    return Table(Path("made.csv"), cells, np.arange(1, rows + 1))


def context(tmp_path: Path, table: Table, *, task: str = "tabular-classification") -> Context:
    recipe, kind = settled(Recipe(name="t", task=task, data=Data(train="made.csv")))
    cut = round(0.85 * len(table))
    train, validation = table.take(np.arange(cut)), table.take(np.arange(cut, len(table)))
    schema = kind.schema(train)
    return Context(
        recipe,
        kind,
        schema,
        Split.of(kind, train, schema),
        Split.of(kind, validation, schema),
        tmp_path,
        tmp_path / "cache",
        Clock(600),
        Events(),
    )


@pytest.mark.parametrize(
    ("task", "labels", "least"),
    [
        ("tabular-classification", 2, 0.8),
        ("tabular-classification", 3, 0.7),
        ("tabular-regression", 2, 0.3),
    ],
)
def test_each_rung_learns_and_its_engine_answers_as_it_did(
    task: str, labels: int, least: float, tmp_path: Path
) -> None:
    values = task == "tabular-regression"
    run = context(tmp_path, made(240, labels=labels, values=values), task=task)
    for rung in RUNGS:
        candidate = registry.kind("rungs", rung)(run).climb()
        candidate.save()
        assert run.score(candidate.held.logits, candidate.held.targets) > least, rung
        assert len(candidate.held.numbers) == 240  # few rows: all are answered out of fold
        assert candidate.examined() is not None
        engine = registry.kind("engines", reference(candidate.kind))(candidate.folder.parent, 1)
        asked = run.validation.inputs
        whole = engine.logits(asked)
        alone = np.vstack([engine.logits([one]) for one in asked[:5]])
        np.testing.assert_allclose(whole[:5], alone, rtol=1e-4, atol=1e-5)
        assert whole.shape == (len(asked), 1 if values else labels)
        for part in engine.files():
            assert (candidate.folder.parent / part).is_file()


def test_a_rung_climbs_to_the_same_weights_twice(tmp_path: Path) -> None:
    for rung in RUNGS[:-1]:
        runs = [context(tmp_path / name, made(120)) for name in "ab"]
        one, two = (registry.kind("rungs", rung)(run).climb() for run in runs)
        np.testing.assert_array_equal(one.held.logits, two.held.logits)
        for path in one.folder.iterdir():
            assert path.read_bytes() == (two.folder / path.name).read_bytes()


def test_many_rows_are_answered_by_a_model_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedbed.tune.rows.FEW", 100)
    run = context(tmp_path, made(300))
    candidate = registry.kind("rungs", "boosted")(run).climb()
    assert candidate.held.numbers.tolist() == run.validation.numbers.tolist()
    np.testing.assert_array_equal(candidate.held.logits, candidate.validation)


@pytest.mark.parametrize("rung", ["baseline", "boosted"])
def test_reasons_add_up_to_the_answer(rung: str, tmp_path: Path) -> None:
    run = context(tmp_path, made(300))
    candidate = registry.kind("rungs", rung)(run).climb()
    engine = registry.kind("engines", reference(candidate.kind))(candidate.folder.parent, 1)
    rows = engine.encode(run.train.inputs)
    logits, reasons = engine.run(rows).logits, engine.reasons(rows)
    assert reasons.shape == (len(rows), 2, 4)
    left = logits - reasons.sum(axis=2)
    np.testing.assert_allclose(left, np.broadcast_to(left[0], left.shape), atol=1e-3)


def test_the_network_answers_in_numpy_as_in_torch() -> None:
    import torch

    table = made(50)
    rows = [
        dict(zip(table.columns, one, strict=True))
        for one in zip(*table.columns.values(), strict=True)
    ]
    columns = Columns.fit(rows, {})
    vectors = columns.encode(rows)
    scaled = Scaled.fit(columns, vectors)
    numbers, levels = scaled(vectors)
    torch.manual_seed(0)
    model = Network(numbers.shape[1], scaled.sizes, 3).eval()
    with torch.inference_mode():
        theirs = model(torch.from_numpy(numbers), torch.from_numpy(levels)).numpy()
    np.testing.assert_allclose(Mlp(scaled, model.tensors()).logits(vectors), theirs, atol=1e-5)


def test_a_multi_label_table_has_trees_for_each_label(tmp_path: Path) -> None:
    table = made(200)
    cells = dict(table.columns)
    ages = [float(age or 0) for age in cells["age"]]
    pairs = zip(ages, cells["colour"], strict=True)
    cells["label"] = ["|".join(["old"] * (a > 60) + ["warm"] * (c == "red")) for a, c in pairs]
    recipe, task = settled(
        Recipe(
            name="t",
            task="tabular-classification",
            data=Data(train="made.csv", label_separator="|"),
        )
    )
    table = Table(table.path, cells, table.numbers)
    schema = task.schema(table)
    split = Split.of(task, table, schema)
    run = Context(recipe, task, schema, split, split, tmp_path, tmp_path, Clock(60), Events())
    for rung in RUNGS[:-1]:
        candidate = registry.kind("rungs", rung)(run).climb()
        assert candidate.held.logits.shape == (400, 2)
        assert run.score(candidate.held.logits, candidate.held.targets) > 0.9
    model, _ = Boosted.load(run.run / "rungs" / "boosted" / "model")
    assert len(model.boosters) == 2


def test_features_of_a_number_are_steps_and_of_a_category_levels(tmp_path: Path) -> None:
    _, task = settled(Recipe(name="t", task="tabular-classification", data=Data(train="made.csv")))
    rows = [{"x": str(i % 4), "c": "ab"[i % 2]} for i in range(40)]
    table = Tabular.fit(rows, task)
    found = table.transform([{"x": "0", "c": "a"}, {"x": "2", "c": "b"}, {"x": "", "c": "new"}])
    assert found.toarray().astype(int).tolist() == [
        [0, 0, 0, 0, 1, 0, 0],
        [1, 1, 0, 0, 0, 1, 0],
        [0, 0, 0, 1, 0, 0, 0],
    ]
    assert [name for name, _ in table.places[0].bins()] == [
        "≤ 0.5",
        "0.5 – 1.5",
        "1.5 – 2.5",
        "> 2.5",
        "",
    ]
    table.save(tmp_path, np.ones((2, 7)), np.zeros(2))
    again, head = plain.load(tmp_path)
    np.testing.assert_array_equal(again.transform(rows).toarray(), table.transform(rows).toarray())
    assert head.weight.shape == (2, 7)


def test_likelihood_is_highest_where_answers_are_right() -> None:
    right, wrong = np.array([[4.0, 0.0], [0.0, 4.0]]), np.array([[0.0, 4.0], [0.0, 4.0]])
    assert likelihood(right, np.array([0, 1])) > likelihood(wrong, np.array([0, 1]))
    assert likelihood(np.array([[1.0]]), np.array([1.0], np.float32)) == 0.0
    both = np.array([[1, 0]])
    assert likelihood(np.array([[3.0, -3.0]]), both) > likelihood(np.array([[3.0, 3.0]]), both)


def test_every_row_is_answered_once(tmp_path: Path) -> None:
    deal = Deal(context(tmp_path, made(100)))
    asked = np.concatenate([ask for _, ask in deal.parts])
    assert sorted(asked.tolist()) == list(range(100))
    told = deal.answered(lambda learn, ask: np.tile(ask[:, None], (1, 2)).astype(np.float32))
    assert told[:, 0].tolist() == list(range(100))
