"""The recipe: the whole truth of a run, written and read back equal; clear about what is wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import RecipeMissing, RecipeSyntax, UnknownKey, WrongValue
from seedbed.recipe import Recipe, dump, load, override, parse
from seedbed.tasks.settle import settled

LEAST = "name: bank\ndata: {train: train.csv}\n"

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1
)
shares = st.floats(0.01, 0.45)
recipes = st.builds(
    Recipe.model_validate,
    st.fixed_dictionaries(
        {
            "name": st.from_regex(r"[a-z0-9][a-zA-Z0-9._-]{0,30}", fullmatch=True),
            "data": st.fixed_dictionaries(
                {"train": words},
                optional={
                    "text": words,
                    "label_separator": words,
                    "validation_share": shares,
                    "test_share": shares,
                    "limit": st.none() | st.integers(1, 10**9),
                },
            ),
        },
        optional={
            "base": words,
            "quality": st.fixed_dictionaries({"bar": st.none() | st.floats(0.001, 0.999)}),
            "budget": st.fixed_dictionaries({"minutes": st.floats(0.001, 43200)}),
            "value": st.fixed_dictionaries({"error_cost": st.none() | st.floats(0, 1e6)}),
            "ladder": st.fixed_dictionaries(
                {"epochs": st.dictionaries(words, st.floats(0.01, 1e3))}
            ),
            "train": st.fixed_dictionaries({"loss": st.sampled_from(["cross_entropy", "focal"])}),
            "gate": st.fixed_dictionaries({"engines": st.none() | st.lists(words)}),
            "seed": st.integers(0, 2**31 - 1),
        },
    ),
)


@given(recipes)
def test_what_is_written_is_read_back_equal(recipe: Recipe) -> None:
    assert parse(dump(recipe)) == recipe


@pytest.mark.parametrize("typed", ["2e-4", "2E-4", "0.2e-3", "2.e-4", ".0002"])
def test_a_small_number_as_people_write_it(typed: str) -> None:
    text = f"name: x\ndata: {{train: a.csv, label: '1e4'}}\ntrain: {{learning_rate: {typed}}}\n"
    read = parse(text)
    assert read.train.learning_rate == 2e-4
    assert read.data.label == "1e4"
    assert parse(dump(read)) == read


def test_every_default_is_written() -> None:
    written = yaml.safe_load(dump(parse(LEAST)))
    assert list(written) == list(Recipe.model_fields)
    assert written["budget"] == {"minutes": 10.0, "money": None}


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_recipe_or_a_clear_error(text: str) -> None:
    with suppress(RecipeSyntax, UnknownKey, WrongValue):
        parse(text)


@pytest.mark.parametrize(
    ("line", "key", "near", "number"),
    [
        ("bugdet: {minutes: 5}", "bugdet", "budget", 3),
        ("budget:\n  minute: 5", "budget.minute", "minutes", 4),
        ("quality: {bar: 0.9, metrics: accuracy}", "quality.metrics", "metric", 3),
    ],
)
def test_an_unknown_key_names_the_nearest(line: str, key: str, near: str, number: int) -> None:
    with pytest.raises(UnknownKey) as caught:
        parse(LEAST + line)
    assert caught.value.got == repr(key)
    assert caught.value.do == f"Did you mean {near!r}?"
    assert caught.value.where == f"recipe, line {number}"


def test_a_key_like_no_other_is_to_be_taken_out() -> None:
    with pytest.raises(UnknownKey) as caught:
        parse(LEAST + "zzzzqqqq: 1")
    assert caught.value.do == "Take the key out."


@pytest.mark.parametrize(
    ("line", "key", "got"),
    [
        ("budget: 10m", "budget", "'10m'"),
        ("budget:", "budget", "None"),
        ("budget: {minutes: 0}", "budget.minutes", "0"),
        ("budget: {minutes: -3}", "budget.minutes", "-3"),
        ("budget: {minutes: 1e9}", "budget.minutes", "1000000000.0"),
        ("budget: {minutes: 1000000}", "budget.minutes", "1000000"),
        ("budget: {minutes: .inf}", "budget.minutes", "inf"),
        ("budget: {minutes: .nan}", "budget.minutes", "nan"),
        ("budget: {minutes: true}", "budget.minutes", "True"),
        ("budget: {minutes: '10'}", "budget.minutes", "'10'"),
        ("budget: {money: 0}", "budget.money", "0"),
        ("quality: {bar: 92}", "quality.bar", "92"),
        ("seed: 1.5", "seed", "1.5"),
        ("train: {loss: hinge}", "train.loss", "'hinge'"),
        ("ladder: {rungs: []}", "ladder.rungs", "[]"),
        ("ladder: {rungs: probe}", "ladder.rungs", "'probe'"),
        ("base: 5", "base", "5"),
        ("gate: {prune: -0.1}", "gate.prune", "-0.1"),
        ("gate: {prune: 0.9}", "gate.prune", "0.9"),
        ("gate: {prune: half}", "gate.prune", "'half'"),
    ],
)
def test_a_wrong_value_says_where_and_what(line: str, key: str, got: str) -> None:
    with pytest.raises(WrongValue) as caught:
        parse(LEAST + line)
    assert caught.value.expected.startswith(f"{key}: ")
    assert caught.value.got == got
    assert caught.value.where == "recipe, line 3"


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("{engines: [onnx-int8, onnx-int8-pruned]}", "gate.prune above 0"),
        ("{engines: [onnx-int8], prune: 0.25}", "an engine whose name ends in -pruned"),
        ("{engines: [], prune: 0.25}", "an engine whose name ends in -pruned"),
    ],
)
def test_a_share_to_prune_and_an_engine_for_it_go_together(gate: str, expected: str) -> None:
    with pytest.raises(WrongValue) as caught:
        parse(LEAST + f"gate: {gate}")
    assert caught.value.expected.startswith(expected)
    assert "gate." in caught.value.do
    for fine in ("{prune: 0.25}", "{prune: 0, engines: []}"):
        parse(LEAST + f"gate: {fine}")
    both = parse(LEAST + "gate: {prune: 0.89, engines: [onnx-int8-pruned]}")
    assert parse(dump(both)) == both


def test_a_missing_key_is_asked_for_and_its_misspelling_named() -> None:
    with pytest.raises(WrongValue) as caught:
        parse("nmae: bank\ndata: {train: t.csv}")
    assert caught.value.expected.startswith("name: ")
    assert caught.value.do == "Did you mean it by 'nmae'?"


@pytest.mark.parametrize("name", ["", "a b", "../up", ".hidden", "a/b", "苗床"])
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(WrongValue):
        parse(f"name: {name!r}\ndata: {{train: t.csv}}")


@pytest.mark.parametrize("key", ["only", "upto"])
def test_a_rung_that_does_not_stand_in_the_ladder_is_refused(key: str) -> None:
    with pytest.raises(WrongValue) as caught:
        parse(LEAST + f"ladder: {{rungs: [baseline, probe], {key}: full}}")
    assert caught.value.expected == "one of baseline, probe"


def test_shares_that_leave_nothing_to_train_on_are_refused() -> None:
    shares = "{train: t.csv, validation_share: 0.5, test_share: 0.5"
    with pytest.raises(WrongValue):
        parse(f"name: a\ndata: {shares}}}")
    assert parse(f"name: a\ndata: {shares}, test: test.csv}}").data.test == "test.csv"


def test_a_bomb_of_aliases_is_an_error_like_any_other() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    with pytest.raises(WrongValue) as caught:
        parse("\n".join([*lines, "name: *a11", "data: {train: t.csv}"]))
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "a: b: c",
        "just words",
        "[" * 1500,
        "name: 2024-13-01",
        "? [a]\n: b",
        "a: 'open",
        "!!python/object/apply:os.getcwd []",
        "\x00",
    ],
)
def test_what_is_no_mapping_in_yaml_is_refused(text: str) -> None:
    with pytest.raises(RecipeSyntax):
        parse(text)


@pytest.mark.parametrize(
    ("again", "line"), [("seed: 1\nseed: 2", 4), ("train:\n  clip: 1.0\n  clip: 2.0", 5)]
)
def test_a_key_given_twice_is_refused(again: str, line: int) -> None:
    with pytest.raises(RecipeSyntax) as caught:
        parse(LEAST + again)
    assert caught.value.where == f"recipe, line {line}"


def test_files_are_counted_from_the_recipe(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("name: a\ndata: {train: t.csv, test: 'hub:x/y'}\nbase: ./model\n")
    recipe = load(tmp_path)
    assert recipe == load(path)
    assert recipe.data.train == str(tmp_path / "t.csv")
    assert recipe.data.test == "hub:x/y"
    assert recipe.base == str(tmp_path / "model")


def test_a_recipe_from_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode())
    assert load(path).name == "bank"


def test_a_recipe_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(RecipeMissing):
        load(tmp_path / "recipe.yaml")
    (tmp_path / "recipe.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(RecipeSyntax):
        load(tmp_path)


def test_values_of_the_command_line_are_checked_alike() -> None:
    recipe = parse(LEAST)
    changed = override(recipe, {"budget.minutes": 8.0})
    assert changed.budget.minutes == 8.0
    assert changed.model_fields_set == recipe.model_fields_set | {"budget"}
    with pytest.raises(WrongValue) as caught:
        override(recipe, {"budget.minutes": -8.0})
    assert caught.value.where == "the command line"


def test_what_was_left_out_stays_the_tasks_own_choice() -> None:
    pictures = parse(LEAST + "\ntask: image-classification\n")
    changed = override(pictures, {"budget.minutes": 8.0, "data.encoding": "cp1252"})
    assert settled(changed)[0].base == settled(pictures)[0].base == "efficientnet-lite0"
