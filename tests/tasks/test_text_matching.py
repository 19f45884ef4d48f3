"""Text matching: pairs, and questions with the answers of a collection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.data.load import load
from seedbed.data.table import Table
from seedbed.errors import CollectionEmpty, RowUnreadable, TooFewRows
from seedbed.recipe import Data, Train
from seedbed.tasks import found
from seedbed.tasks.answers import Answers, ranks
from seedbed.tasks.collection import Collection
from seedbed.tasks.pairs import LabelledPairs, ScoredPairs
from seedbed.tasks.statistics import bootstrap


def table(**columns: list[str]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(Path("rows.csv"), columns, np.arange(1, rows + 1))


def answers(questions: list[str], replies: list[str]) -> tuple[Answers, Table]:
    task = Answers(Data(train="rows.csv", match="answer"))
    rows = table(text=questions, text_b=replies)
    task.gather([rows])
    return task, rows


def test_the_recipe_says_what_the_rows_are() -> None:
    kind = registry.kind("tasks", "text-matching")
    assert isinstance(kind(Data(train="a.csv")), LabelledPairs)
    assert isinstance(kind(Data(train="a.csv", match="score")), ScoredPairs)
    assert isinstance(kind(Data(train="a.csv", match="answer")), Answers)


def test_answers_that_differ_in_blanks_and_capitals_are_one_and_all_are_right() -> None:
    task, rows = answers(["a?", "b?", "A? ", "c?"], ["Yes.", "yes. ", "No.", "Perhaps."])
    assert list(task.collection.texts) == ["Yes.", "No.", "Perhaps."]
    truth = task.targets(rows, task.schema(rows))
    # The first and the third question are the same, so both of its answers are right for either.
    assert truth.tolist() == [[0, 1], [0, -1], [1, 0], [2, -1]]


def test_a_question_whose_answer_is_not_in_the_collection_is_missed() -> None:
    task, _ = answers(["a?"], ["Yes."])
    truth = task.targets(table(text=["b?", "a?"], text_b=["Never heard of.", ""]), task.schema)
    assert (truth[0] == -1).all()
    assert truth[1].tolist() == [-1, 0]  # answered rightly elsewhere
    packed = found.best(np.array([[0.5], [0.5]], dtype=np.float32))
    assert np.isinf(ranks(truth[:1], found.places(packed)[:1])).all()
    assert task.metric("mrr_10", truth[:1], found.places(packed)[:1], task.schema) == 0


def test_metrics_are_of_the_first_right_answer() -> None:
    task, rows = answers(["a", "b", "c"], ["1", "2", "3"])
    schema = task.schema(rows)
    truth = np.array([[0, -1], [4, 20], [99, -1]])
    given = np.tile(np.arange(30), (3, 1))
    assert ranks(truth, given).tolist() == [1, 5, np.inf]
    assert task.metric("mrr_10", truth, given, schema) == pytest.approx((1 + 1 / 5) / 3)
    assert task.metric("recall_1", truth, given, schema) == pytest.approx(1 / 3)
    assert task.metric("recall_5", truth, given, schema) == pytest.approx(2 / 3)
    assert task.losses(truth, given).tolist() == pytest.approx([0, 0.8, 1])
    deep = np.tile(np.arange(30), (1, 1))
    assert task.metric("mrr_10", np.array([[10]]), deep, schema) == 0
    interval = bootstrap(task, schema, "mrr_10", truth.repeat(40, 0), given.repeat(40, 0))
    assert interval.low < 0.4 < interval.high


def test_an_empty_answer_is_left_out_of_training_and_listed(tmp_path: Path) -> None:
    lines = [f"question {i},answer {i}" for i in range(20)]
    (tmp_path / "rows.csv").write_text("text,text_b\n" + "\n".join([*lines, "nothing?,"]) + "\n")
    recipe = recipes.validate(
        {
            "name": "a",
            "task": "text-matching",
            "data": {"train": "rows.csv", "validation": "rows.csv", "test": "rows.csv"}
            | {"match": "answer"},
        },
        folder=tmp_path,
    )
    task = Answers(recipe.data)
    loaded = load(recipe, task)
    assert len(loaded.train) == 20
    assert {(one.row, one.reason) for one in loaded.left_out} == {(21, "empty_text")}


def test_a_file_without_answers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,text_b\na,\nb, \n")
    data = dict.fromkeys(("train", "validation", "test"), "rows.csv")
    recipe = recipes.validate(
        {"name": "a", "task": "text-matching", "data": data | {"match": "answer"}},
        folder=tmp_path,
    )
    with pytest.raises((CollectionEmpty, TooFewRows)):
        load(recipe, Answers(recipe.data))


def test_a_file_of_answers_is_searched_beside_those_of_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("text_b\nYes.\nMaybe.\n")
    task = Answers(Data(train="rows.csv", match="answer", collection=str(path)))
    task.gather([table(text=["a"], text_b=["No."])])
    assert list(task.collection.texts) == ["Yes.", "Maybe.", "No."]


@given(some.lists(some.text(max_size=40), max_size=30))
def test_a_collection_is_read_back_as_it_was_written(texts: list[str]) -> None:
    import tempfile

    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    made = Collection(texts)
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder))
        read = Collection.load(Path(folder))
        assert list(read.texts) == list(made.texts)
        assert [read.place(text) for text in texts] == [made.place(text) for text in texts]


def test_the_loss_rewards_the_diagonal_and_spares_other_right_answers() -> None:
    task, _ = answers(["a"], ["1"])
    likeness = torch.tensor([[5.0, 1.0, 5.0], [1.0, 5.0, 1.0], [5.0, 1.0, 5.0]])
    apart = torch.tensor([[0], [1], [2]])
    same = torch.tensor([[0], [1], [0]])  # the third row has the first one's answer
    kind = Train()
    assert task.loss(likeness, same, kind, None) < task.loss(likeness, apart, kind, None)
    rows = torch.nn.functional.cross_entropy(likeness, torch.arange(3))
    columns = torch.nn.functional.cross_entropy(likeness.T, torch.arange(3))
    assert task.loss(likeness, apart, kind, None).item() == pytest.approx(
        (rows + columns).item() / 2
    )


def test_two_texts_are_asked_about_as_a_list_or_with_a_tab() -> None:
    task = LabelledPairs(Data(train="rows.csv"))
    assert task.asked("one\tother") == task.asked(["one", "other"]) == ("one", "other")
    with pytest.raises(RowUnreadable):
        task.asked("only one")


def test_a_pair_with_an_empty_text_holds_nothing_to_learn_from() -> None:
    task = LabelledPairs(Data(train="rows.csv"))
    rows = table(text=["a", "b", " "], text_b=["c", "", "d"], label=["0", "1", "1"])
    assert list(task.blank(rows)) == [False, True, True]
    assert task.texts(rows)[0] == "a\nc"
