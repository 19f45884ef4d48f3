"""What changed since a split that was kept: which is compared, and what is more than noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.allocate import changes, past, section, tables, told
from seedbed.venture.allocate.build import Asked
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.allocate.study import Effort, Study, study
from seedbed.venture.plan import Plan
from venture.example import EXAMPLE

ASKED = Asked(scenarios=60)
AGAIN = Effort(known=0, resamples=10, weights=())
NOTHING = Effort(known=0, resamples=0, weights=())
FIRST, NEXT = date(2026, 11, 24), date(2026, 12, 20)
Make = Callable[..., Plan]


@pytest.fixture
def plan(tmp_path: Path) -> Make:
    """Make a plan of nine months on a day, with parts of its text replaced."""

    def made(today: date, *swaps: tuple[str, str]) -> Plan:
        text = EXAMPLE.replace("draws: 10000", "draws: 2000").replace("months: 24", "months: 9")
        for old, new in swaps:
            assert old in text
            text = text.replace(old, new)
        return Plan.of(file.parse(text), home=Home(tmp_path), today=today)

    return made


def kept(made: Plan, asked: Asked = ASKED) -> Study:
    found = study(made, asked, effort=NOTHING)
    past.keep(made, tables.told(found))
    return found


def test_another_sample_of_the_draws_is_no_change(plan: Make) -> None:
    """A thousand draws by the command line, three hundred in the document."""
    kept(plan(FIRST), Asked(scenarios=1000))
    later = study(plan(NEXT), Asked(scenarios=300), effort=AGAIN)
    (table,) = changes.table(later, past.last(later.plan, trial=False))
    assert [row[3].en for row in table.rows] == ["none beyond chance"] * 3
    assert any(row[1].value != row[2].value for row in table.rows)
    assert {row[3].zh for row in table.rows} == {"未超出抽样波动"}


def test_another_seed_is_hardly_ever_a_change(plan: Make) -> None:
    kept(plan(FIRST), Asked(scenarios=100))
    real = []
    for seed in range(1, 6):
        later = study(plan(NEXT, ("seed: 0", f"seed: {seed}")), Asked(scenarios=100), effort=AGAIN)
        last = past.last(later.plan, trial=False)
        assert last is not None
        real += [one.real for one in changes.changes(later, last)]
    assert sum(real) <= 1  # of 15, where one in twenty is expected at most


def test_a_change_of_what_is_believed_is_told(plan: Make) -> None:
    before = kept(plan(FIRST))
    less = "curve: saturating, a: 9000,", "curve: saturating, a: 3000,"
    later = study(plan(NEXT, less), ASKED, effort=AGAIN)
    found = told.section(later)
    (table,) = [one for one in found.tables if one.key == "allocate.changed"]
    assert FIRST.isoformat() in table.title.en
    rows = {row[0]: row[1:] for row in table.rows}
    was, now, by, noise = rows["marketing"]
    assert was.value == pytest.approx(sum(tables.told(before)["monthly"]["marketing"]), abs=0.1)
    assert now.value == pytest.approx(sum(tables.told(later)["monthly"]["marketing"]), abs=0.1)
    assert by.value == pytest.approx(now.value - was.value, abs=0.02)
    assert -by.value > noise.value > 0
    assert "allocate.unlike" not in [one.key for one in found.cautions]


def test_the_same_day_is_no_comparison_but_for_a_trial(plan: Make) -> None:
    """Who asks twice on a day loses neither the comparison nor the split of before."""
    kept(plan(FIRST))
    for _ in range(2):
        last = past.last(plan(NEXT), trial=False)
        assert last is not None
        assert last["date"] == FIRST.isoformat()
        kept(plan(NEXT))
    trial = past.last(plan(NEXT), trial=True)
    assert trial is not None
    assert trial["date"] == NEXT.isoformat()
    assert len(list(past.folder(plan(NEXT)).iterdir())) == 2


@pytest.mark.parametrize(
    ("asked", "aim", "en", "zh"),
    [
        (replace(ASKED, budget=9000.0), Aim(), "a budget of $9,000", "预算 $9,000"),
        (replace(ASKED, months=6), Aim(), "6 months", "6 个月"),
        (replace(ASKED, period="month"), Aim(), "by month", "按月"),
        (replace(ASKED, after=False), Aim(), "nothing after", "最后一月之后不计"),
        (ASKED, Aim(0.5, 0.05), "the worst 5.0% of draws weighed 0.5", "最差 5.0%"),
    ],
)
def test_a_trial_is_compared_with_a_caution_and_is_not_kept(
    plan: Make, asked: Asked, aim: Aim, en: str, zh: str
) -> None:
    assert past.plain(replace(ASKED, scenarios=5000), Aim(0.0, 0.05))
    assert not past.plain(asked, aim)
    kept(plan(FIRST))
    found = told.section(study(plan(FIRST), asked, aim, effort=AGAIN), trial=True)
    (said,) = [one.said for one in found.cautions if one.key == "allocate.unlike"]
    assert f"this one: {en}" in said.en
    assert f"本次：{zh}" in said.zh
    assert "not kept" in found.notes[-1].en


def test_the_document_keeps_its_split_and_tells_what_changed(plan: Make) -> None:
    first, later = plan(FIRST), plan(NEXT)
    without = section.section(first)
    assert section.keep(first) == past.folder(first) / "2026-11-24.json"
    found = section.section(later)
    keys = [[one.key for one in each.tables] for each in (without, found)]
    assert ["allocate.changed" in one for one in keys] == [False, True]
    nothing = later.venture.model_copy(update={"spending": {}})
    assert section.keep(Plan.of(nothing, home=later.home, today=NEXT)) is None


def test_where_a_search_takes_long_the_document_says_where_to_look(plan: Make) -> None:
    few = study(plan(NEXT), ASKED, effort=NOTHING)
    kept(plan(FIRST))
    found = told.section(few)
    assert "allocate.changed" not in [one.key for one in found.tables]
    assert "`plan allocate`" in found.notes[-1].en


def test_what_cannot_be_compared_is_passed_over(plan: Make) -> None:
    made = plan(NEXT)
    assert past.last(made, trial=True) is None
    found = kept(plan(FIRST))
    other = tables.told(found) | {"currency": "CNY"}
    past.keep(plan(date(2026, 11, 25)), other)
    (past.folder(made) / "2026-11-26.json").write_text("{", encoding="utf-8")
    last = past.last(made, trial=True)
    assert last is not None
    assert last["date"] == FIRST.isoformat()
    apart = study(plan(NEXT, ("start: 2026-12", "start: 2028-12")), ASKED, effort=AGAIN)
    assert changes.table(apart, last) == ()
