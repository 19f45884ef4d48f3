"""Label Studio's formats: a project to import, and what comes back from it as rows.

<https://labelstud.io/guide/task_format> (exports), <https://labelstud.io/tags/labels> (spans), <https://labelstud.io/guide/predictions>
(tasks with a model's answers), <https://labelstud.io/tags/choices> (the labelling page). The names
on the page are those of the recipe's columns, so that an export has them too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from seedbed.data.cells import as_text


def config(
    labels: Sequence[str],
    *,
    text: str,
    label: str,
    several: bool,
    other: Sequence[str] = (),
) -> str:
    """Return the labelling page (XML): a text, or more of them, and labels to choose from.

    Args:
        labels: The labels.
        text: Column of the texts.
        label: Column of the labels.
        several: Whether a text may have more than one.
        other: Columns of texts that stand under it, such as the second of a pair.
    """
    view = Xml.Element("View")
    for column in (text, *other):
        Xml.SubElement(view, "Text", name=tag(column), value=f"${tag(column)}")
    choices = Xml.SubElement(
        view,
        "Choices",
        name=tag(label),
        toName=tag(text),
        choice="multiple" if several else "single",
        showInline="true",
    )
    for name in labels:
        Xml.SubElement(choices, "Choice", value=name)
    Xml.indent(view)
    return Xml.tostring(view, encoding="unicode") + "\n"


def task(
    cells: Mapping[str, str],
    labels: Sequence[str],
    *,
    score: float,
    model: str,
    text: str,
    label: str,
) -> dict[str, Any]:
    """Return one task with the model's answer, which a person confirms or corrects.

    Args:
        cells: The row; its label, if it has one, is left out.
        labels: What the model answers.
        score: How sure it is; Label Studio sorts by it.
        model: The release.
        text: Column of the texts.
        label: Column of the labels.
    """
    result = {
        "from_name": tag(label),
        "to_name": tag(text),
        "type": "choices",
        "value": {"choices": list(labels)},
    }
    return {
        "data": {tag(name): cell for name, cell in cells.items() if name != label},
        "predictions": [
            {"model_version": model, "score": score, "result": [result] if labels else []}
        ],
    }


def spanned(tasks: Sequence[object]) -> list[str]:
    """Return the columns of an export that hold spans: a task without any has an empty list."""
    found: dict[str, None] = {}
    for task in tasks:
        if not isinstance(task, Mapping):
            continue
        if isinstance(task.get("data"), Mapping):
            for one in task.get("annotations") or ():
                found |= dict.fromkeys(name for name, _ in _regions(one))
        else:
            found |= {name: None for name, value in task.items() if _is_spans(value)}
    return list(found)


def row(task: Mapping[str, Any], spans: Sequence[str] = ()) -> dict[str, str] | None:
    """Return a task of an export as cells, or None where nobody has labelled it.

    Of several annotations the one that is marked as the truth counts, else the last one that was
    not skipped. Spans are a JSON list of `start`, `end` and `type`. An export in the short form
    (JSON_MIN) has its cells at the top.

    Args:
        task: The task.
        spans: What `spanned` found: where somebody was asked for spans and marked none, there are
            none.
    """
    none = dict.fromkeys(spans, "[]")
    if not isinstance(task.get("data"), Mapping):
        return none | {name: _cell(value) for name, value in task.items()}
    cells = {name: as_text(value) for name, value in task["data"].items()}
    done = [one for one in task.get("annotations") or () if not one.get("was_cancelled")]
    if not done:
        return None
    chosen = next((one for one in done if one.get("ground_truth")), done[-1])
    found = none | dict(_answers(chosen))
    return cells | found if found else None


def tag(column: str) -> str:
    """Return a column's name as a tag's: letters, digits and underlines."""
    return "".join(sign if sign.isalnum() or sign == "_" else "_" for sign in column)


def _answers(annotation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for result in annotation.get("result") or ():
        value = result.get("value") or {}
        if "choices" in value:
            yield str(result.get("from_name")), _cell(value["choices"])
    regions: dict[str, list[Mapping[str, Any]]] = {}
    for name, region in _regions(annotation):
        regions.setdefault(name, []).append(region)
    for name, found in regions.items():
        yield name, _cell(found)


def _regions(annotation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the spans that were marked in a text, each with its column."""
    for result in annotation.get("result") or ():
        value = result.get("value") or {}
        if _is_spans([value]):
            yield str(result.get("from_name")), value


def _is_spans(value: Any) -> bool:
    """Tell whether a value is a list of spans; boxes in pictures have no start and end."""
    return isinstance(value, list) and any(
        isinstance(one, Mapping) and {"start", "end", "labels"} <= one.keys() for one in value
    )


def _cell(value: Any) -> str:
    """Return a value as a cell; of choices a single one stands alone, several stay a list."""
    if _is_spans(value):
        return as_text([_span(one) for one in value])
    choices = value.get("choices") if isinstance(value, Mapping) else value
    if isinstance(choices, list) and len(choices) == 1:
        return as_text(choices[0])
    return as_text(choices if choices is not None else value)


def _span(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span as rows hold it; of several labels of one the first counts."""
    labels = one.get("labels") or [""]
    return {"start": one.get("start"), "end": one.get("end"), "type": labels[0]}
