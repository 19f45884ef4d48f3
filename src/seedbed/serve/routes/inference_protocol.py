"""The Open Inference Protocol (v2), over HTTP.

Texts may come behind the JSON, and answers go behind it where that is asked for, as the protocol's
extension for binary tensors has it and Triton's client does by default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seedbed import __version__
from seedbed.errors import RequestWrong
from seedbed.serve import problems, tensors
from seedbed.serve.asked import Asked, Done, Kind, Worded
from seedbed.serve.replica import Replica
from seedbed.serve.routes.base import AnyKey, Asking, Calling, Open, body_of, calling
from seedbed.serve.routes.fields import answers_with, several

INPUT = "text"
SINGLE = ("label", "confidence", "sure", "scores")
SEVERAL = ("labels", "confidence", "sure", "scores")
VALUE = ("value", "low", "high")
"""Outputs of a release with one label a text, and with several; `scores` only where asked for."""

_COLUMNS = ("BYTES", "BOOL", "FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16")
"""What a column of a table may be sent as."""
_TYPES = {"label": "BYTES", "labels": "BYTES", "confidence": "FP32", "sure": "BOOL"}
_TYPES |= dict.fromkeys(VALUE, "FP64")

INFERRED = {
    "model_name": "bank-intents",
    "model_version": "3",
    "id": "42",
    "parameters": {
        "call_id": "call_01KAR0Z5T0C8J6W5N8R1V2M3P4",
        "rows": 1,
        "tokens": 9,
        "compute_us": 1840,
    },
    "outputs": [
        {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["card_arrival"]},
        {"name": "confidence", "datatype": "FP32", "shape": [1], "data": [0.953]},
        {"name": "sure", "datatype": "BOOL", "shape": [1], "data": [True]},
    ],
}
SERVER = {"name": "seedbed", "version": __version__, "extensions": ["binary_tensor_data"]}
METADATA = {
    "name": "bank-intents",
    "versions": ["3"],
    "platform": "seedbed",
    "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}],
    "outputs": [{"name": "label", "datatype": "BYTES", "shape": [-1]}],
    "parameters": {"labels": ["card_arrival", "card_lost"], "max_tokens": 128},
}


class InputTensor(BaseModel):
    """The texts."""

    model_config = ConfigDict(strict=True)

    name: str = Field(max_length=200)
    shape: list[int] = Field(min_length=1, max_length=2)
    datatype: str = Field(max_length=20)
    parameters: dict[str, Any] | None = None
    data: list[Any] | None = Field(None, min_length=1, description="Or binary, behind the JSON.")


class Output(BaseModel):
    """An output that is asked for."""

    model_config = ConfigDict(strict=True)

    name: str = Field(max_length=200)
    parameters: dict[str, Any] | None = None


class Infer(BaseModel):
    """What is to be answered, as tensors."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "42",
                    "inputs": [
                        {
                            "name": "text",
                            "shape": [1],
                            "datatype": "BYTES",
                            "data": ["My card has not arrived."],
                        }
                    ],
                }
            ]
        },
    )

    id: str | None = Field(None, max_length=200)
    parameters: dict[str, Any] | None = Field(
        None,
        description="`scores`: true; `timeout`: in microseconds; `user`; `binary_data_output`: "
        "true for all outputs behind the JSON, as an output's own `binary_data` says for it alone.",
    )
    inputs: list[InputTensor] = Field(
        min_length=1,
        max_length=10_000,
        description="One tensor, `text`; of a release that reads tables one for each column.",
    )
    outputs: list[Output] | None = Field(None, max_length=8)


def read(body: bytes, path: Mapping[str, Any]) -> Asked:
    """Return what a body of the protocol asks for.

    Raises:
        BodyMalformed, RequestWrong: it is not JSON, or a value is wrong.
    """
    try:
        told, raw = tensors.parted(body, path.get(tensors.HEADER.decode()))
        said = Infer.model_validate_json(told)
    except ValidationError as failed:
        raise problems.invalid(failed, Infer.model_fields) from None
    one = said.inputs[0]
    alone = len(said.inputs) == 1 and one.name == INPUT
    texts = _texts(one, raw) if alone else _table(said.inputs)
    parameters = said.parameters or {}
    wanted = [one.name for one in said.outputs or ()]
    for name in wanted:
        if name not in (*SINGLE, *SEVERAL, *VALUE):
            expected = f"one of {', '.join((*SINGLE, 'labels', *VALUE))}"
            raise _wrong("outputs", expected, repr(name[:80]))
    if not wanted and parameters.get("scores") is True:
        wanted = ["label", "labels", "confidence", "sure", "scores"]

    binary = _behind(said)

    def word(done: Done) -> Worded:
        return _worded(said, wanted or list(_TYPES), binary, done)

    return Asked(
        release=path["name"],
        version=path.get("version"),
        texts=texts,
        asked=len(texts),
        word=word,
        user=_parameter(parameters, "user", str),
        seconds=_seconds(parameters),
    )


def _texts(tensor: InputTensor, raw: bytes) -> Sequence[str]:
    if tensor.name != INPUT:
        raise _wrong("inputs.0.name", repr(INPUT), repr(tensor.name[:80]))
    if tensor.datatype != "BYTES":
        raise _wrong("inputs.0.datatype", "BYTES", repr(tensor.datatype))
    data: Sequence[Any] = tensor.data or tensors.strings(raw, tensor.parameters, "inputs.0")
    if any(isinstance(row, list) for row in data):
        data = [cell for row in data for cell in (row if isinstance(row, list) else [row])]
    if not all(isinstance(cell, str) for cell in data):
        raise _wrong("inputs.0.data", "strings", "another value")
    if tensor.shape not in ([len(data)], [len(data), 1]):
        raise _wrong("inputs.0.shape", f"[{len(data)}] or [{len(data)}, 1]", str(tensor.shape))
    return data


def _table(inputs: Sequence[InputTensor]) -> Sequence[Mapping[str, Any]]:
    """Return the rows that tensors of columns, all as long, stand for."""
    rows = len(inputs[0].data or ())
    found: list[dict[str, Any]] = [{} for _ in range(rows)]
    for i, one in enumerate(inputs):
        at = f"inputs.{i}"
        if one.data is None:
            raise _wrong(f"{at}.data", "a table's columns as JSON", "none, or binary behind it")
        if one.datatype not in _COLUMNS:
            raise _wrong(f"{at}.datatype", f"one of {', '.join(_COLUMNS)}", repr(one.datatype))
        cells = [cell[0] if isinstance(cell, list) and cell else cell for cell in one.data]
        if len(cells) != rows or one.shape not in ([rows], [rows, 1]):
            raise _wrong(f"{at}.shape", f"[{rows}] or [{rows}, 1], as the first", str(one.shape))
        if any(isinstance(cell, list | dict) for cell in cells):
            raise _wrong(f"{at}.data", "numbers or strings", "another value")
        for row, cell in zip(found, cells, strict=True):
            row[one.name] = cell
    return found


def _seconds(parameters: Mapping[str, Any]) -> float | None:
    timeout = _parameter(parameters, "timeout", int)
    if timeout is None or timeout == 0:
        return None
    if not 0 < timeout <= 600_000_000:
        raise _wrong("parameters.timeout", "1 to 600000000 microseconds", str(timeout)[:40])
    return float(timeout) / 1e6


def _parameter(parameters: Mapping[str, Any], name: str, kind: type, at: str = "") -> Any:
    value = parameters.get(name)
    if value is not None and type(value) is not kind:  # a bool is an int, and not meant here
        raise _wrong(f"{at}parameters.{name}", f"a value of type {kind.__name__}", "another value")
    return value


def _behind(said: Infer) -> Callable[[str], bool]:
    """Return what tells whether an output goes behind the JSON."""
    every = _parameter(said.parameters or {}, "binary_data_output", bool) is True
    own = {
        one.name: _parameter(one.parameters or {}, "binary_data", bool, f"outputs.{i}.")
        for i, one in enumerate(said.outputs or ())
    }

    def behind(name: str) -> bool:
        told = own.get(name)
        return every if told is None else told

    return behind


def _worded(
    said: Infer, wanted: Sequence[str], binary: Callable[[str], bool], done: Done
) -> Worded:
    route = done.route
    logits, texts = done.computed.logits, done.asked.texts
    answers = route.replica.answers(logits, texts, scores="scores" in wanted)
    for one in said.outputs or ():
        if one.name != "scores" and one.name not in answers[0]:
            raise _wrong("outputs", f"one of {', '.join((*answers[0], 'scores'))}", one.name)
    outputs = [
        _output(name, answers, route.replica.labels)
        for name in wanted
        if name == "scores" or answers[0].get(name) is not None
    ]
    shape: dict[str, Any] = {"model_name": route.name, "model_version": str(route.number)}
    if said.id is not None:
        shape["id"] = said.id
    shape["parameters"] = {"call_id": done.call_id, **done.usage}
    parted = [tensors.behind(one) if binary(one["name"]) else (one, None) for one in outputs]
    shape["outputs"] = [told for told, _ in parted]
    head = orjson.dumps(shape)
    raws = [raw for _, raw in parted if raw is not None]
    if not raws:
        return Worded(head, answers)
    return Worded(b"".join((head, *raws)), answers, tensors.headers(len(head)))


def _output(
    name: str, answers: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> dict[str, Any]:
    if name == "scores":
        data = [row["scores"][label] for row in answers for label in labels]
        shape = [len(answers), len(labels)]
        return {"name": name, "datatype": "FP32", "shape": shape, "data": data}
    data = [row[name] for row in answers]
    if name == "labels":  # a tensor has no rows of different length
        data = [orjson.dumps(row).decode() for row in data]
    return {"name": name, "datatype": _TYPES[name], "shape": [len(answers)], "data": data}


def _wrong(where: str, expected: str, got: str) -> RequestWrong:
    return RequestWrong(
        expected=expected, got=got, do="GET /v2/models/{name} says what it takes.", where=where
    )


KIND = Kind("predict", read, headers=(tensors.HEADER,))
calls = APIRouter(route_class=Calling, tags=["Open Inference Protocol"])
router = APIRouter(route_class=AnyKey, tags=["Open Inference Protocol"])
public = APIRouter(route_class=Open, tags=["Open Inference Protocol"])
_answers = answers_with(INFERRED)
_answers[200]["content"] |= {tensors.MEDIA: {"schema": {"type": "string", "format": "binary"}}}
_told: dict[str, Any] = {"openapi_extra": body_of(Infer), "responses": _answers}


@calls.post("/v2/models/{name}/infer", **_told)
@calling(KIND)
def infer(name: str) -> None:
    """Answer texts, given and returned as tensors."""


@calls.post("/v2/models/{name}/versions/{version}/infer", **_told)
@calling(KIND)
def infer_version(name: str, version: str) -> None:
    """Answer with a release's number, or with an alias."""


@public.get("/v2", responses=answers_with(SERVER))
async def server_metadata() -> dict[str, Any]:
    """Say what this server is."""
    return SERVER


@router.get("/v2/models/{name}", responses=answers_with(METADATA))
async def model_metadata(name: str, asking: Asking) -> dict[str, Any]:
    """Say what a release takes and gives."""
    return await _metadata(asking, name, None)


@router.get("/v2/models/{name}/versions/{version}", responses=answers_with(METADATA))
async def version_metadata(name: str, version: str, asking: Asking) -> dict[str, Any]:
    """Say what a release's number, or an alias, takes and gives."""
    return await _metadata(asking, name, version)


@router.get("/v2/models/{name}/ready", responses=answers_with({"ready": True}))
async def model_ready(name: str, asking: Asking) -> dict[str, bool]:
    """Tell whether a release can be called."""
    return await _ready(asking, name, None)


@router.get("/v2/models/{name}/versions/{version}/ready", responses=answers_with({"ready": True}))
async def version_ready(name: str, version: str, asking: Asking) -> dict[str, bool]:
    """Tell whether a release's number, or an alias, can be called."""
    return await _ready(asking, name, version)


async def _ready(asking: Asking, name: str, version: str | None) -> dict[str, bool]:
    with await asking.routed(name, version):
        asking.service.check_open()
        return {"ready": True}


def _inputs(replica: Replica) -> list[dict[str, Any]]:
    if replica.columns is None:
        return [{"name": INPUT, "datatype": "BYTES", "shape": [-1]}]
    kinds = {"number": "FP64"}
    return [
        {"name": one.name, "datatype": kinds.get(one.kind, "BYTES"), "shape": [-1]}
        for one in replica.columns.used
    ]


async def _metadata(asking: Asking, name: str, version: str | None) -> dict[str, Any]:
    with await asking.routed(name, version) as route:
        replica, one = route.replica, {"datatype": "BYTES", "shape": [-1]}
        outputs = [{"name": name, "datatype": "FP64", "shape": [-1]} for name in VALUE]
        if replica.output == "label":
            outputs = [
                {"name": "labels" if several(route.release) else "label", **one},
                {"name": "confidence", "datatype": "FP32", "shape": [-1]},
                {"name": "sure", "datatype": "BOOL", "shape": [-1]},
                {"name": "scores", "datatype": "FP32", "shape": [-1, len(replica.labels)]},
            ]
        return {
            "name": route.name,
            "versions": [str(route.number)],
            "platform": "seedbed",
            "inputs": _inputs(replica),
            "outputs": outputs,
            "parameters": {"labels": list(replica.labels), "max_tokens": replica.max_tokens},
        }
