from __future__ import annotations

import csv
import json
import string
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_sample import make, sentence, write_csv, write_jsonl

from seedbed import recipe as recipes
from seedbed.data import read
from seedbed.data.check import inspect
from seedbed.data.clean import clean
from seedbed.data.findings import Check
from seedbed.data.load import load
from seedbed.data.personal.find import MASK, find, masked, placeholder, plainly, replaced
from seedbed.data.personal.kinds import NAMES
from seedbed.data.personal.redaction import Redaction
from seedbed.data.personal.words import KINDS
from seedbed.data.readers.base import Row
from seedbed.tasks.text_classification import TextClassification

# Numbers that standards and issuers publish as examples, and numbers kept free for fiction.
SECRETS = {
    "email": ["jane.doe+bank@mail.example.co.uk", "zhang_san@qq.com", "ｗａｎｇ＠１６３．ｃｏｍ"],
    "phone": [
        "+44 20 7946 0958",
        "+1 (415) 555-2671",
        "(415) 555-2671",
        "415.555.2671",
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "１３８００１３８０００",
        "010-62345678",
        "(0755)26541234",
    ],
    "card": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6200000000000005"],
    "chinese_id": ["11010519491231002X", "11010519491231002x", "110105 19491231 002X"],
    "chinese_id older and wide": ["110105491231002", "１１０１０５１９４９１２３１００２Ｘ"],
    "ssn": ["536-90-4399", "536 90 4399"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "ip": ["203.0.113.195", "2001:db8:85a3::8a2e:370:7334"],
    "plate": ["京A·12345", "粤B12345", "沪AD12345", "苏E1A2B3", "沪AB123C"],
}
EACH = [(kind, secret) for kind, secrets in SECRETS.items() for secret in secrets]


@pytest.mark.parametrize(("kind", "secret"), EACH)
@pytest.mark.parametrize("frame", ["{}", "It is {}, as I wrote.", "号码是{}，请查收。", "({})"])
def test_each_form_is_found_whole(kind: str, secret: str, frame: str) -> None:
    text = frame.format(secret)
    (found,) = find(text)
    assert found.kind == kind.split()[0]
    assert text[found.start : found.end].strip("() ") == secret.strip("() ")
    hidden = masked(text)
    assert len(hidden) == len(text)
    assert secret not in hidden
    assert MASK in hidden


@pytest.mark.parametrize(
    "text",
    [
        "card 4111 1111 1111 1112",  # Luhn
        "4111111111111111222",
        "1234567812345670",  # Luhn is right, and no issuer's
        "11010519491231003X",  # check digit
        "11010519491331002X",  # a 13th month
        "99010519491231002X",  # no such province
        "000-12-3456 and 666-12-3456 and 912-34-5678",
        "DE89 3704 0044 0532 0130 01",
        "127.0.0.1, 0.0.0.0, 255.255.255.0, 1.2.3.4, 999.1.1.1",
        "12:30:45 on 2020-10-10, std::vector, a::b",
        "订单号20200101123456789，共1,234,567,890元，3.14159265358979",
        "https://example.com/status/4111111111111111?tel=13800138000",
        "@someone at noon, look @ this",
        "call 0800 093 8767, 1-800-232-4636 or 09065069120",  # free, free, premium
        "room 100-200-3000",
        "1380013800 and 138001380001",
        "the number 1380013 8000123 in a table 2012 2013 2014 2015",
        "京A很好, 云B2001, 川航3U8888",
        "E12345678 is a part's number",
        "123456789",
        "passport control took 45 minutes",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find(text) == []
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("护照号：E12345678", "passport"),
        ("passport no. 123456789", "passport"),
        ("SSN 536904399", "ssn"),
        ("call 07742676969 now", "phone"),
        ("座机01062345678", "phone"),
        ("call me: 415 555 2671", "phone"),
        ("电话 4155552671", "phone"),
    ],
)
def test_a_word_before_it_tells_what_has_no_form_of_its_own(text: str, kind: str) -> None:
    assert [one.kind for one in find(text)] == [kind]


@pytest.mark.parametrize("text", ["number 536904399", "part no. E12345678", "order 9991234567"])
def test_without_such_a_word_it_is_a_number(text: str) -> None:
    assert find(text) == []


def test_several_in_one_text_do_not_overlap() -> None:
    text = "a@b.co 13800138000, 4111 1111 1111 1111 from 203.0.113.7"
    found = find(text)
    assert [one.kind for one in found] == ["email", "phone", "card", "ip"]
    assert replaced(text, found, placeholder) == "[EMAIL] [PHONE], [CARD] from [IP]"
    assert find(replaced(text, found, placeholder)) == []


@given(st.text(alphabet=string.printable + "１２３＠－　京护照电话•"))
def test_any_text_keeps_its_length_and_is_clean_when_redacted(text: str) -> None:
    found = find(text)
    assert len(plainly(text)) == len(masked(text)) == len(text)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("part", ["a", "1", "1 ", "1-", "a.", "+1", "京A", "::", "@", "1.1."])
def test_a_cell_of_megabytes_takes_a_moment(part: str) -> None:
    find(part * 30_000)


def test_every_kind_has_its_words() -> None:
    assert set(KINDS) == set(NAMES)


ROWS = [(sentence(i), "yes" if i % 2 else "no") for i in range(60)]
MAIL, CARD = "jane.doe@example.com", "4111 1111 1111 1111"
TOLD = [
    *ROWS,
    (f"{sentence(70)} write to {MAIL} or {MAIL}", "yes"),
    (f"{sentence(71)} my card is {CARD}", "no"),
    (f"{sentence(72)} {MAIL}", ""),  # taken out, and its cells are listed
]
TEST = [(sentence(i), "yes" if i % 2 else "no") for i in range(200, 229)] + [(f"x {MAIL}", "no")]


def test_a_check_counts_it_by_kind_and_never_shows_it(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, [*TOLD, TOLD[60]], validation=ROWS[:10], test=TEST)
    loaded = load(recipe, task, lenient=True)
    found = inspect(loaded, task, task.schema(loaded.train))
    mail = found.find("personal_email")
    assert mail is not None
    assert (mail.count, mail.severity) == (2, "warning")
    assert mail.said["en"].startswith("2 rows of training hold 4 e-mail addresses.")
    assert [(row["split"], row["row"], row["count"]) for row in mail.rows] == [
        ("train", 61, 2),
        ("train", 64, 2),
    ]
    assert "••••.•••@•••••••.•••" in mail.rows[0]["text"]
    whole = json.dumps(found.as_dict(), ensure_ascii=False)
    assert "exact_duplicate" in whole
    assert "jane" not in whole
    assert "4111" not in whole


def test_redacted_copies_hold_placeholders_and_lists_do_not_repeat_it(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, TOLD, test=TEST)
    loaded = load(recipe, task, lenient=True)
    check = inspect(loaded, task, task.schema(loaded.train))
    done = {one.split: one for one in clean(recipe, task, check, tmp_path / "out", redact=True)}
    train, test = done["train"], done["test"]
    assert (train.kept, train.removed) == (62, {"missing_label": 1})
    assert train.redacted == {"email": 2, "card": 1}
    assert test.redacted == {"email": 1}
    texts = read.table(train.copy).columns["text"]
    assert texts[60] == f"{sentence(70)} write to [EMAIL] or [EMAIL]"
    assert read.table(test.copy).columns["text"][-1] == "x [EMAIL]"
    with train.changes.open(encoding="utf-8", newline="") as file:
        changes = {int(row["row"]): row for row in csv.DictReader(file)}
    assert sorted(changes) == [61, 62, 63]
    assert changes[61]["action"] == "redacted"
    assert changes[61]["reason"] == "personal: 2 email"
    assert json.loads(changes[61]["after"])["text"] == texts[60]
    assert changes[63]["reason"] == "missing_label"
    for path in (tmp_path / "out").iterdir():
        written = path.read_text(encoding="utf-8")
        assert "jane" not in written
        assert "1111" not in written


def test_columns_that_rows_are_told_by_stay(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    rows = "".join(
        f"{sentence(i)},{'ab'[i % 2]},c{i}@example.com,+4420 7946 0958\n" for i in range(40)
    )
    path.write_text(f"text,label,who,phone\n{rows}", encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    recipe, task = make(other, ROWS, test=TEST)
    data = recipe.data.model_copy(
        update={"train": str(path), "test": None, "validation": None, "group": "who"}
    )
    recipe = recipe.model_copy(update={"data": data})
    (one,) = clean(recipe, type(task)(data), Check({}, ()), redact=True)
    found = read.table(one.copy).columns
    assert found["who"][0] == "c0@example.com"
    assert set(found["phone"]) == {"[PHONE]"}


def test_no_copy_is_written_where_nothing_is_found(tmp_path: Path) -> None:
    recipe, task = make(tmp_path, ROWS, test=TEST[:-1])
    loaded = load(recipe, task)
    check = inspect(loaded, task, task.schema(loaded.train))
    assert clean(recipe, task, check, redact=True) == []


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ('{"who": ["a@b.co"], "n": 13800138000, "ok": true, "no": null, "sum": 1.50}',
         '{"who": ["[EMAIL]"], "n": "[PHONE]", "ok": true, "no": null, "sum": 1.5}'),
        ('[{"content": "x\\n13800138000", "role": "user"}]',
         '[{"content": "x\\n[PHONE]", "role": "user"}]'),
        ('{"a@b.co": 1, "c@d.co": 2}', '{"[EMAIL]": 1, "[EMAIL]_": 2}'),
        ('{"phone": 4155552671, "id": 4155552671}', '{"phone": "[PHONE]", "id": 4155552671}'),
        ('["\\u4f60 a@b.co"]', '["\\u4f60 [EMAIL]"]'),
        ('["你 a@b.co"]', '["你 [EMAIL]"]'),
        ('[1, 2,   "spaces stay"]', '[1, 2,   "spaces stay"]'),
        ("[1] see a@b.co", "[1] see [EMAIL]"),
        ("[" * 300 + '"a@b.co"' + "]" * 300, "[" * 300 + '"[EMAIL]"' + "]" * 300),
        ("[" * 90_000 + "a@b.co", "[" * 90_000 + "[EMAIL]"),
    ],
)  # fmt: skip
def test_json_in_a_cell_stays_json(cell: str, left: str, tmp_path: Path) -> None:
    _, task = make(tmp_path, ROWS)
    assert Redaction(task)(Row(1, {"more": cell})).cells["more"] == left


@pytest.mark.parametrize("depth", range(300, 1100, 50))
def test_lists_in_lists_however_deep_hide_nothing(depth: int, tmp_path: Path) -> None:
    _, task = make(tmp_path, ROWS)
    look = Redaction(task)
    row = look(Row(1, {"more": "[" * depth + f'"{MAIL}"' + "]" * depth}))
    assert row.cells["more"] == "[" * depth + '"[EMAIL]"' + "]" * depth
    assert look.rows == {1: {"email": 1}}


def test_what_cannot_be_read_is_listed_without_it(tmp_path: Path) -> None:
    write_csv(tmp_path / "test.csv", TEST[:-1])
    path = write_jsonl(tmp_path / "train.jsonl", ROWS)
    path.write_text(path.read_text("utf-8") + f'"{MAIL} is no row"\n', encoding="utf-8")
    named = {"train": str(path), "test": str(tmp_path / "test.csv")}
    recipe = recipes.validate({"name": "sample", "data": named})
    task = TextClassification(recipe.data)
    loaded = load(recipe, task, lenient=True)
    check = inspect(loaded, task, task.schema(loaded.train))
    assert MASK in json.dumps(check.as_dict(), ensure_ascii=False)
    (one,) = clean(recipe, task, check, redact=True)
    changes = one.changes.read_text(encoding="utf-8")
    assert '61,removed,"broken_row' in changes
    assert "jane" not in changes + json.dumps(check.as_dict())
