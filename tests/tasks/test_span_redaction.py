"""Personal data is taken out of sentences; their tags and spans still fit them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.data.personal.find import dots, find, placeholder
from seedbed.data.personal.redaction import Redaction
from seedbed.recipe import Data
from seedbed.tasks import spans
from seedbed.tasks.span_redaction import hidden
from seedbed.tasks.token_classification import TokenClassification

TASK = TokenClassification(Data(train="rows.jsonl", text="tokens", label="tags"))
PARTS = ["Ann", "a@b.co", "138 0013 8000", "(a@b.co),", "很好", "203.0.113.7", "x"]


def hide(text: str, label: str) -> tuple[str, str]:
    return hidden(text, label, Redaction(TASK))


@pytest.mark.parametrize(
    ("text", "label", "left"),
    [
        ('["call", "138", "0013", "8000", "now"]', '["O", "B-p", "I-p", "I-p", "O"]',
         '["call", "[PHONE]", "[PHONE]", "[PHONE]", "now"]'),
        ("call  138 0013 8000 now", "O B-p I-p I-p O", "call [PHONE] [PHONE] [PHONE] now"),
        ('["(a@b.co),", "见"]', "O O", '["([EMAIL]),", "见"]'),
        ("mail a@b.co", "[]", "mail [EMAIL]"),
        ("mail a@b.co", "", "mail [EMAIL]"),
        ("two  blanks", "O O", "two  blanks"),
    ],
)  # fmt: skip
def test_words_stay_as_many_as_their_tags(text: str, label: str, left: str) -> None:
    assert hide(text, label) == (left, label)


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((0, 3), "Ann"),
        ((4, 10), "[EMAIL]"),
        ((5, 8), "[EMAIL]"),
        ((0, 8), "Ann [EMAIL]"),
        ((8, 14), "[EMAIL] now"),
        ((11, 14), "now"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_spans_move_with_their_text(span: tuple[int, int], left: str, listed: bool) -> None:
    start, end = span
    told = (
        [start, end, "a"] if listed else {"start": start, "end": end, "type": "a", "by": "a@b.co"}
    )
    text, label = hide("Ann a@b.co now", json.dumps([told]))
    assert text == "Ann [EMAIL] now"
    (now,) = json.loads(label)
    start, end = now[:2] if listed else (now["start"], now["end"])
    assert text[start:end] == left
    assert now[2:] == ["a"] if listed else (now["type"], now["by"]) == ("a", "[EMAIL]")


@given(st.lists(st.sampled_from(PARTS), min_size=1), st.data())
def test_whatever_is_hidden_the_row_is_read_again(parts: list[str], data: st.DataObject) -> None:
    text = " ".join(parts)
    start = data.draw(st.integers(0, len(text) - 1).filter(lambda at: text[at] != " "))
    end = data.draw(st.integers(start + 1, len(text)))
    label = json.dumps([{"start": start, "end": end, "type": "a"}])
    for instead in (placeholder, dots):
        now = hidden(text, label, Redaction(TASK, instead))
        assert find(now[0]) == []
        sentence, tags = spans.read(*now, where="")
        assert [tag[2:] for tag in tags if tag[0] == "B"] == ["a"]
        if instead is dots:
            assert len(sentence.text) == len(text)
    tags = " ".join(["O"] * len(text.split()))
    assert len(hidden(text, tags, Redaction(TASK))[0].split()) == len(text.split())
