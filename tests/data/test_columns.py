from __future__ import annotations

import numpy as np
import pytest

from seedbed.data.column_findings import column_findings, power
from seedbed.data.columns import Columns, days, numbers
from seedbed.errors import ColumnMissing, RowUnreadable, TooFewRows
from seedbed.recipe import Data

DATA = Data(train="rows.csv")


def rows(count: int = 100) -> list[dict[str, str]]:
    draw = np.random.default_rng(0)
    return [
        {
            "id": str(1000 + i),
            "age": str(draw.integers(18, 80)),
            "colour": str(draw.choice(["red", "green"])),
            "since": f"20{10 + i % 7}-0{1 + i % 8}-11",
            "note": f"words of row {i}",
            "same": "x",
            "nothing": "",
        }
        for i in range(count)
    ]


def test_an_example_can_be_read() -> None:
    found = Columns.fit(rows(), {})
    example = found.example
    found.check([example])
    assert example["colour"] in ("red", "green")
    assert example["age"] == found.used[0].typical
    assert found.encode([example])[0, found.places[2]][0] == int(found.used[2].typical)


def test_columns_are_told_by_their_cells() -> None:
    found = Columns.fit(rows(), {})
    assert {one.name: one.kind for one in found.used} == {
        "age": "number",
        "colour": "category",
        "since": "date",
    }
    assert dict(found.unused) == {
        "id": "identifier",
        "note": "words",
        "same": "constant",
        "nothing": "empty",
    }
    assert Columns.of(found.as_dict()) == found


def test_a_kind_that_is_given_is_kept() -> None:
    found = Columns.fit(rows(), {"age": "category", "note": "category"})
    assert {one.name: one.kind for one in found.used}["age"] == "category"
    assert "note" in found.names
    with pytest.raises(ColumnMissing, match="'age'"):
        Columns.fit(rows(), {"agee": "number"})


def test_vectors_of_missing_unseen_and_odd_cells() -> None:
    found = Columns.fit(rows(), {})
    vectors = found.encode(
        [
            {"age": "41", "colour": "red", "since": "2026-11-23"},
            {"age": 41, "colour": "blue", "since": None},
            {"age": "NA", "colour": "", "since": "2026-11-23T00:00:00+00:00"},
            {"age": "inf"},
        ]
    )
    assert vectors.shape == (4, 5)
    assert vectors[0, 0] == vectors[1, 0] == 41
    assert vectors[1, 1] == 2  # behind the two levels that training had
    assert np.isnan(vectors[2, :2]).all()
    assert np.isnan(vectors[3]).all()
    assert vectors[0, 2:].tolist() == [20780.0, 11.0, 0.0]  # a Monday in November
    assert vectors[2, 2] == 20780.0


def test_a_row_to_answer_must_be_readable() -> None:
    found = Columns.fit(rows(), {})
    good = {"age": "41", "colour": "new", "since": ""}
    found.check([good])
    found.check([good | {"more": 1}], only=False)
    for bad, error, said in (
        ({"age": "41 years"}, RowUnreadable, "a number in column 'age'"),
        ({"age": float("inf")}, RowUnreadable, "'inf'"),
        ({"since": "soon"}, RowUnreadable, "a date in column 'since'"),
        ({"agee": 1}, RowUnreadable, "Did you mean 'age'"),
    ):
        with pytest.raises(error, match=said) as caught:
            found.check([good, good | bad], numbers=[7, 8])
        assert caught.value.where == "row 8"
    with pytest.raises(ColumnMissing, match="'since'"):
        found.check([{"age": 1, "colour": "red"}])


def test_rows_that_nothing_tells_apart_are_refused() -> None:
    with pytest.raises(TooFewRows, match="same: constant"):
        Columns.fit([{"same": "x"}] * 3, {})


def test_ten_thousand_columns_and_one_row() -> None:
    draw = np.random.default_rng(0).normal(size=(20, 10_000))
    wide = [{f"x{i}": f"{cell:.3f}" for i, cell in enumerate(row)} for row in draw]
    found = Columns.fit(wide, {})
    assert found.encode(wide).shape == (20, 10_000)
    assert found.encode(wide[:1]).shape == (1, 10_000)


def test_cells_as_numbers_and_days() -> None:
    assert numbers(["1", "-2e3", "1e999", "x", ""])[:2].tolist() == [1.0, -2000.0]
    assert np.isnan(numbers(["1e999", "x", "NA"])).all()
    assert days(["1970-01-02", "02.01.1970", "1970/01/02", "1970年01月02日"]).tolist() == [1.0] * 4
    assert np.isnan(days(["20240101", "", "soon"])).all()


def find(found: list[dict[str, str]], labels: list[str]) -> dict[str, list[str]]:
    told = column_findings(found, labels, None, DATA)
    return {one.kind: [row["column"] for row in one.rows] for one in told if one.count}


def test_what_gives_the_answer_away_is_found() -> None:
    labels = ["yes" if i % 3 else "no" for i in range(100)]
    table = [
        row
        | {
            "outcome": "paid" if label == "yes" else "late",
            "fee": str(100.0 + i if label == "no" else 0),
            "hint": label if i % 5 else "yes",
        }
        for i, (row, label) in enumerate(zip(rows(), labels, strict=True))
    ]
    found = find(table, labels)
    assert found["column_leak"] == ["outcome", "fee"]
    assert found["column_unused"] == ["id", "note", "same", "nothing"]
    assert found["column_dates"] == ["since"]
    numeric = [float(row["fee"]) for row in table]
    told = column_findings(table, [""] * 100, np.array(numeric), DATA)
    assert "fee" in [row["column"] for one in told if one.kind == "column_leak" for row in one.rows]


def test_flaws_of_columns_are_found() -> None:
    table = [row | {"copy": row["age"], "pay": "1"} for row in rows()]
    for i, row in enumerate(table):
        row["pay"] = "12 EUR" if i == 3 else "inf" if i == 4 else "" if i < 60 else str(i)
        row["far"] = "900000" if i == 5 else str(i % 7)
    found = find(table, ["a" if i % 2 else "b" for i in range(100)])
    assert found["column_copy"] == ["copy"]
    assert found["column_mixed"] == ["pay"]
    assert found["column_missing"] == ["pay"]
    assert found["column_outliers"] == ["far"]
    assert "column_leak" not in found


def test_names_of_rows_have_no_power() -> None:
    truth = np.arange(200) % 2
    assert power(np.arange(200), truth, numeric=False) <= 0
    assert power(truth, truth, numeric=False) == 1.0
