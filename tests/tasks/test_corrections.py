"""Whether a model answered what people say is right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seedbed.errors import RequestWrong
from seedbed.tasks import corrections
from seedbed.tasks.schema import Schema

PLAIN = Schema(("card", "rate"))
SEVERAL = Schema(("card", "rate"), multi_label=True)
VALUE = Schema(("rent",), centre=12_345.0, width=5.0)
SPAN = {"type": "PER", "start": 0, "end": 4, "text": "Anna"}


@pytest.mark.parametrize(
    ("output", "schema", "key", "said", "right"),
    [
        ("label", PLAIN, "card", "card", True),
        ("label", PLAIN, "card", "rate", False),
        ("label", SEVERAL, frozenset({"card"}), "card", True),
        ("label", SEVERAL, frozenset({"card", "rate"}), ["rate", "card"], True),
        ("label", SEVERAL, frozenset(), [], True),
        ("label", SEVERAL, frozenset({"card"}), [], False),
        ("value", VALUE, "1.235e+04", 12_346.0, True),  # it reads alike, as `key` writes it
        ("value", VALUE, "1.235e+04", 12_360.0, False),
        ("value", Schema(("rent",), width=100.0), "30", 31.9, True),
        ("value", Schema(("rent",), width=100.0), "30", 32.1, False),
        ("tags", PLAIN, frozenset({("PER", 0, 4)}), [SPAN], True),
        ("tags", PLAIN, frozenset({("PER", 0, 4)}), [], False),
        ("tags", PLAIN, frozenset(), [], True),
        ("rank", PLAIN, "Ask your bank.", " Ask your bank.\n", True),
        ("text", PLAIN, "Rest.", "Rest well.", False),
    ],
)
def test_the_same(output: str, schema: Schema, key: Any, said: Any, right: bool) -> None:
    corrections.check(said, output, schema)
    assert corrections.same(key, said, output, schema) is right
    kept = json.loads(json.dumps(corrections.kept(key)))
    assert corrections.key(kept) == key


@pytest.mark.parametrize(
    ("output", "schema", "said"),
    [
        ("label", PLAIN, ""),
        ("label", SEVERAL, ["card", 3.0]),
        ("label", SEVERAL, 1.0),
        ("value", VALUE, True),
        ("tags", PLAIN, ["PER"]),
        ("tags", PLAIN, [SPAN, SPAN | {"start": 3, "end": 5}]),
        ("rank", PLAIN, 3.0),
        ("text", PLAIN, "  "),
        ("text", PLAIN, ["a"]),
    ],
)
def test_another_shape(output: str, schema: Schema, said: Any) -> None:
    with pytest.raises(RequestWrong, match="as this release answers"):
        corrections.check(said, output, schema)
