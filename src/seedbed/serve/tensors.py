"""Tensors as the Open Inference Protocol's binary extension sends them, behind the JSON.

A header says where the JSON ends; each string has four bytes before it that say how long it is, and
numbers are little-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from seedbed.errors import RequestWrong

HEADER = b"inference-header-content-length"
SIZE = "binary_data_size"
MEDIA = "application/octet-stream"


def parted(body: bytes, length: str | None) -> tuple[bytes, bytes]:
    """Return a body's JSON and what follows it.

    Args:
        body: The whole of it.
        length: What the header says of the JSON's length, if it was sent.

    Raises:
        RequestWrong: the header is no length within the body.
    """
    if length is None:
        return body, b""
    if not length.isdecimal() or int(length[:12]) > len(body):
        raise _wrong(HEADER.decode(), f"a number up to {len(body)}", length[:40])
    end = int(length)
    return body[:end], body[end:]


def strings(raw: bytes, parameters: Mapping[str, Any] | None, where: str) -> Sequence[str]:
    """Return the strings of a tensor without `data`.

    Raises:
        RequestWrong: there are none, they are not as long as is said, or not in UTF-8.
    """
    if (parameters or {}).get(SIZE) != len(raw) or not raw:
        raise _wrong(f"{where}.data", "strings, in JSON or behind it", "none of that size")
    found, at = [], 0
    try:
        while at < len(raw):
            end = at + 4 + int.from_bytes(raw[at : at + 4], "little")
            if at + 4 > len(raw) or end > len(raw):
                raise _wrong(f"{where}.data", "a whole string", "a piece of one")
            found.append(raw[at + 4 : end].decode())
            at = end
    except UnicodeDecodeError:
        raise _wrong(f"{where}.data", "strings in UTF-8", "other bytes") from None
    return found


def behind(output: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return a tensor of an answer as its JSON tells it, and the data that follow behind."""
    raw = _ENCODE[output["datatype"]](output["data"])
    told = {name: value for name, value in output.items() if name != "data"}
    return told | {"parameters": {SIZE: len(raw)}}, raw


def headers(length: int) -> dict[str, str]:
    """Return the headers of an answer with data behind so many bytes of JSON."""
    return {"content-type": MEDIA, HEADER.decode(): str(length)}


def _encoded(texts: Sequence[str]) -> bytes:
    pieces = [text.encode() for text in texts]
    return b"".join(len(piece).to_bytes(4, "little") + piece for piece in pieces)


_ENCODE: Mapping[str, Callable[[Sequence[Any]], bytes]] = {
    "BYTES": _encoded,
    "BOOL": bytes,
    "FP32": lambda numbers: np.asarray(numbers, "<f4").tobytes(),
}


def _wrong(where: str, expected: str, got: str) -> RequestWrong:
    return RequestWrong(
        expected=expected,
        got=got,
        do="Send the texts in JSON, or as the extension for binary tensors says.",
        where=where,
    )
