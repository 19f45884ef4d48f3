"""The venture file: read, written back, and refused with the line and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from example import EXAMPLE

from seedbed.errors import AssumptionWrong, SeedbedError, VentureWrong
from seedbed.venture.file import Venture, dump, parse, read
from seedbed.venture.places import parts

LEAST = "name: shop\ncurrency: USD\ncapital: 1000\n"


def test_the_whole_file_is_read() -> None:
    venture = parse(EXAMPLE, where="venture.yaml")
    assert venture.capital == Decimal(400_000)
    assert venture.spending["talent"].hire == Decimal(6000)
    assert venture.costs[0].since == 1
    assert venture.rounds[0].amount.low == 800_000
    assert venture.cap_table.holders == {"Ada": 5_000_000, "Bo": 4_000_000}
    assert venture.where("market.share") == "venture.yaml, line 28"
    paths = [place.path for place in venture.places()]
    assert "risks.a bigger vendor gives it away.chance" in paths
    assert "spending.research.gives.a" in paths
    assert len(set(paths)) == len(paths)


def test_what_is_written_back_reads_the_same() -> None:
    venture = parse(EXAMPLE)
    assert parse(dump(venture)) == venture
    assert dump(parse(dump(venture))) == dump(venture)


def test_three_keys_are_a_venture() -> None:
    venture = parse(LEAST)
    assert (venture.months, venture.language, venture.spending) == (24, "en", {})
    assert parse(dump(venture)) == venture


@pytest.mark.parametrize(
    ("text", "code", "expected", "do"),
    [
        (LEAST + "mounths: 12", VentureWrong, "one of about", "'months'"),
        (LEAST + "unit: {houre: 3}", VentureWrong, "one of answers_per_second", "'hour'"),
        (LEAST + "costs: [{name: a, monthly: 1, form: 2}]", VentureWrong, "one of from", "'from'"),
        (LEAST + "months: 0", VentureWrong, "months: greater than or equal to 1", "months"),
        (LEAST + "months: 10000", VentureWrong, "months: less than or equal to 120", "months"),
        ("name: x\ncurrency: USD\ncapital: 0", VentureWrong, "capital: greater than 0", "capital"),
        ("name: x\ncurrency: USD\ncapital: -5", VentureWrong, "capital: greater than 0", "capital"),
        ("name: x\ncurrency: USD\ncapital: .nan", VentureWrong, "finite", "capital"),
        ("name: x\ncurrency: USD", VentureWrong, "capital: a value", "capital"),
        ("name: x\ncurrency: XYZ\ncapital: 1", VentureWrong, "ISO 4217", "currency"),
        (LEAST + "start: 2026-13", VentureWrong, "a month such as", "start"),
        (LEAST + "price: {low: 2, high: 1}", VentureWrong, "a low below high", "price"),
        (LEAST + "spending: {a: {gives: {curve: log, a: 1}}}", VentureWrong, "b for the", "gives"),
        (LEAST + "spending: {a: {least: 2, most: 1}}", VentureWrong, "least at most most", "a"),
        (LEAST + "limits: {most_share: {marketin: 0.5}}", VentureWrong, "in spending", "spelling"),
        (LEAST + "correlations: [{between: [unit.hour, unit.houre], rank: 0.1}]", VentureWrong,
         "the name of", "'unit.hour'"),
        (LEAST + "correlations: [{between: [unit.hour, price.now], rank: 2}]", VentureWrong,
         "less than or equal to 1", "rank"),
        (LEAST + "costs: [{name: a, monthly: 1}, {name: a, monthly: 2}]", VentureWrong,
         "each name in costs once", "another name"),
        (LEAST + "unit: {hour: 1, hour: 2}", VentureWrong, "once", "Take one"),
        (LEAST + "unit: [", VentureWrong, "YAML", "line"),
        ("", VentureWrong, "keys and values", "venture"),
        (LEAST + "market: {population: -3}", AssumptionWrong, "population: a number of 0", "Write"),
        (LEAST + "market: {share: 30..60}", AssumptionWrong, "a share, from 0 to 1", "Write"),
        (LEAST + "unit: {hour: 5..2}", AssumptionWrong, "low at most high", "Swap"),
        (LEAST + "unit: {hour: .nan}", AssumptionWrong, "finite", "Write"),
        (LEAST + "unit: {hour: {value: 1, lowe: 2}}", AssumptionWrong, "one of value", "'low'"),
        (LEAST + "risks: [{name: a, kind: law, chance: 1.2, cost: 1}]", AssumptionWrong,
         "a share, from 0 to 1", "Write"),
        (LEAST + "discount: -2", AssumptionWrong, "above −1", "Write"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, code: type[SeedbedError], expected: str, do: str) -> None:
    with pytest.raises(code) as wrong:
        parse(text, where="venture.yaml")
    assert expected in wrong.value.expected
    assert do in wrong.value.do
    if text.startswith(LEAST):
        assert "line 4" in f"{wrong.value.where} {wrong.value.got}"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(VentureWrong, match="blueprint venture"):
        read(tmp_path)
    (tmp_path / "venture.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(VentureWrong, match="UTF-8"):
        read(tmp_path)


def test_a_folder_is_read_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "venture.yaml").write_text(LEAST, encoding="utf-8")
    venture = read(tmp_path)
    assert venture.folder == tmp_path.resolve()
    assert isinstance(venture, Venture)


def test_every_key_has_a_description() -> None:
    def bare(part: type, path: str = "") -> list[str]:
        found = []
        for name, field in part.model_fields.items():  # type: ignore[attr-defined]
            found += [f"{path}{name}"] if not field.description else []
            for inner in parts(field.annotation):
                found += bare(inner, f"{path}{name}.")
        return found

    assert bare(Venture) == []
