from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from seedbed.data import label_studio, read
from seedbed.data.labelled import merge
from seedbed.errors import FileEmpty, RowBroken
from seedbed.recipe import Data
from seedbed.tasks import spans

LABELS = ["a & b", "<c>", "卡片"]


def task(data: dict[str, Any], *annotations: dict[str, Any]) -> dict[str, Any]:
    return {"id": 1, "data": data, "annotations": list(annotations), "predictions": []}


def said(*labels: str, **more: Any) -> dict[str, Any]:
    result: dict[str, Any] = {"from_name": "label", "to_name": "text", "type": "choices"}
    result |= {"value": {"choices": list(labels)}}
    return {"result": [result], "was_cancelled": False} | more


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    return [(row.number, row.cells) for row in read.rows(path)]


@pytest.mark.parametrize("several", [False, True])
def test_the_page_and_the_tasks_fit_one_another(several: bool) -> None:
    names = {"text": "my text", "label": "label"}
    page = Xml.fromstring(label_studio.config(LABELS, several=several, **names))
    text, choices = page.find("Text"), page.find("Choices")
    assert text is not None
    assert choices is not None
    cells = {"my text": "hello", "label": "", "id": "3"}
    one = label_studio.task(cells, ["a & b"], score=0.3, model="x/1", **names)
    (prediction,) = one["predictions"]
    (result,) = prediction["result"]
    assert text.get("value") == "$my_text"
    assert one["data"] == {"my_text": "hello", "id": "3"}
    assert result["from_name"] == choices.get("name") == "label"
    assert result["to_name"] == choices.get("toName") == text.get("name")
    assert choices.get("choice") == ("multiple" if several else "single")
    assert [each.get("value") for each in choices] == LABELS
    assert result["value"]["choices"][0] in LABELS
    assert (prediction["score"], prediction["model_version"]) == (0.3, "x/1")


@pytest.mark.parametrize("several", [False, True])
def test_label_studios_own_check_takes_them(several: bool) -> None:
    interface = pytest.importorskip("label_studio_sdk.label_interface").LabelInterface
    names = {"text": "text", "label": "label"}
    page = interface(label_studio.config(LABELS, several=several, **names))
    page.validate()
    one = label_studio.task({"text": "hi"}, ["<c>"], score=0.5, model="x/1", **names)
    assert page.validate_task({"data": one["data"]})
    assert page.validate_prediction(one["predictions"][0])


def test_an_export_is_read_as_rows(tmp_path: Path) -> None:
    tasks = [
        task({"text": "one", "id": 7}, said("a & b")),
        task({"text": "nobody"}),
        task({"text": "skipped"}, said("<c>", was_cancelled=True)),
        task({"text": "two"}, said("<c>"), said("卡片")),
        task({"text": "three"}, said("<c>", ground_truth=True), said("卡片")),
        task({"text": "several"}, said("<c>", "卡片")),
        task({"text": "empty"}, {"result": []}),
    ]
    assert rows(written(tmp_path / "export.json", tasks)) == [
        (1, {"text": "one", "id": "7", "label": "a & b"}),
        (4, {"text": "two", "label": "卡片"}),
        (5, {"text": "three", "label": "<c>"}),
        (6, {"text": "several", "label": '["<c>", "卡片"]'}),
    ]


def test_the_short_form_is_read_too(tmp_path: Path) -> None:
    short = [
        {"text": "one", "label": "<c>", "id": 1, "lead_time": 2.5},
        {"text": "two", "label": {"choices": ["<c>", "卡片"]}},
    ]
    assert [cells["label"] for _, cells in rows(written(tmp_path / "min.json", short))] == [
        "<c>",
        '["<c>", "卡片"]',
    ]


def marked(*told: tuple[int, int, str]) -> dict[str, Any]:
    """Return an annotation of spans: (start, end, label)."""
    values = [
        {"start": start, "end": end, "text": "…", "labels": [label]} for start, end, label in told
    ]
    result = [
        {"from_name": "label", "to_name": "text", "type": "labels", "value": value}
        for value in values
    ]
    return {"result": result, "was_cancelled": False}


@pytest.mark.parametrize("short", [False, True])
def test_spans_are_read_as_spans(short: bool, tmp_path: Path) -> None:
    texts = ["Rick met Morty", "Rick ran", "nobody here"]
    told = [[(0, 4, "person"), (9, 14, "person")], [(0, 4, "person")], []]
    if short:
        export = [
            {"id": i, "text": text, "label": [one["value"] for one in marked(*found)["result"]]}
            for i, (text, found) in enumerate(zip(texts, told, strict=True))
        ]
        del export[2]["label"]  # the short form has no key for what nobody marked
    else:
        export = [
            task({"text": text}, marked(*found)) for text, found in zip(texts, told, strict=True)
        ]
        export.append(task({"text": "not yet"}))
    found = [cells for _, cells in rows(written(tmp_path / "spans.json", export))]
    assert [cells["text"] for cells in found] == texts
    tags = [spans.read(cells["text"], cells["label"], where="here")[1] for cells in found]
    assert tags == [["B-person", "O", "B-person"], ["B-person", "O"], ["O", "O"]]


def test_a_box_in_a_picture_is_no_span(tmp_path: Path) -> None:
    value = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["car"]}
    box = {"result": [{"from_name": "label", "type": "rectanglelabels", "value": value}]}
    with pytest.raises(FileEmpty):
        rows(written(tmp_path / "boxes.json", [task({"image": "a.png"}, box)]))


@pytest.mark.parametrize(
    ("text", "error", "part"),
    [
        ("{}", RowBroken, "a dict"),
        ('{"text": "a"}\n{"text": "b"}', RowBroken, "one JSON list"),
        ("[1]", RowBroken, "a int"),
        ("[]", FileEmpty, "no task"),
        ('[{"data": {"text": "x"}, "annotations": []}]', FileEmpty, "no task"),
    ],
)
def test_what_is_no_export_is_refused(
    text: str, error: type[Exception], part: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=part):
        rows(path)


def test_several_labels_come_back_as_the_recipe_writes_them(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("my text,tags,id\nold,a;b,1\ntwo,a,2\n", encoding="utf-8")
    data = Data(
        train=str(tmp_path / "train.csv"), text="my text", label="tags", label_separator=";"
    )
    one = said("a", "b")
    one["result"][0]["from_name"] = "tags"
    tasks = [task({"my_text": "TWO", "id": 9, "more": "x"}, one)]
    found = merge(data, written(tmp_path / "export.json", tasks), tmp_path / "out.csv")
    assert found == (1, 1, 1)
    assert rows(tmp_path / "out.csv") == [
        (1, {"my text": "old", "tags": "a;b", "id": "1"}),
        (2, {"my text": "TWO", "tags": "a;b", "id": "9"}),
    ]
