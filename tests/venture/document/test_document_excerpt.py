"""The main part and the appendix: cut where it must be, and nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedbed.venture.document import excerpt
from seedbed.venture.result import Figure, Said, Section, Table

SAID = Said("a", "甲")


def table(key: str, rows: int) -> Table:
    return Table(key, SAID, (SAID,) * 9, tuple(tuple(range(9)) for _ in range(rows)))


@pytest.fixture
def invest() -> Section:
    figures = (Figure("invest.net", SAID, 1), Figure("invest.keep", SAID, 2))
    tables = (table("invest.options", 12), table("invest.left", 1))
    return Section("invest", SAID, SAID, figures, tables, notes=(SAID,))


def test_a_long_table_is_cut_in_the_main_part_and_whole_in_the_appendix(invest: Section) -> None:
    main, rest = excerpt.split(invest)
    assert rest is not None
    assert [(len(one.columns), len(one.rows)) for one in main.tables] == [(6, 8)]
    assert [one.key for one in rest.tables] == ["invest.options", "invest.left"]
    assert len(rest.tables[0].rows) == 12
    assert main.tables[0].rows[0] == (1, 2, 3, 5, 6, 8)


def test_figures_and_notes_stand_in_one_of_the_two(invest: Section) -> None:
    main, rest = excerpt.split(invest)
    assert rest is not None
    assert [one.key for one in main.figures] == ["invest.net"]
    assert [one.key for one in rest.figures] == ["invest.keep"]
    assert (main.notes, rest.notes) == ((), (SAID,))
    assert (main.answer, rest.answer) == (SAID, excerpt.NOTHING)


def test_a_section_that_is_not_named_stands_whole(invest: Section) -> None:
    other = replace(invest, key="other")
    assert excerpt.split(other) == (other, None)
