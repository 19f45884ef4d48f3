"""What of a section stands in the main part, which an investor reads, and what in the appendix.

Nothing is left out: what `KEPT` does not name stands in the appendix, under the section's title. A
table that is too long or too wide for the main part stands there cut, and whole in the appendix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from seedbed.venture.result import Chart, Said, Section, Table

NOTHING = Said("", "")


@dataclass(frozen=True, slots=True)
class Cut:
    """Which columns of a table are kept, and how many of its rows; None: all."""

    columns: tuple[int, ...] | None = None
    rows: int | None = None

    def of(self, table: Table) -> Table:
        """Return the table as the main part has it; itself where nothing is cut."""
        wanted = range(len(table.columns)) if self.columns is None else self.columns
        taken = [i for i in wanted if i < len(table.columns)]
        if len(taken) == len(table.columns) and len(table.rows) <= (self.rows or len(table.rows)):
            return table
        return replace(
            table,
            key=f"{table.key}.cut",
            columns=tuple(table.columns[i] for i in taken),
            rows=tuple(tuple(row[i] for i in taken) for row in table.rows[: self.rows]),
        )


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a section stands in the main part, by the last part of its key."""

    figures: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    tables: dict[str, Cut] = field(default_factory=dict)


KEPT: dict[str, Kept] = {
    "product": Kept(tables={"quality": WHOLE, "labels": WHOLE, "planned": WHOLE}),
    "unit": Kept(
        (
            *("cost_per_answer", "full_cost_per_answer", "margin", "full_margin"),
            *("machines_monthly", "monthly_margin", "worth", "cac", "payback", "worth_over_cac"),
        ),
        ("margins",),
        {"cost_parts": WHOLE},
    ),
    "market": Kept(("cap", "below", "bought", "peak"), ("adoption",), {"segments": WHOLE}),
    "price": Kept(
        ("best", "now", "cost", "elasticity", "profit", "profit_now", "regret", "better"),
        ("profit",),
        {"plans": Cut((0, 1, 5, 6, 7))},
    ),
    "allocate": Kept(
        ("added", "over_today", "shadow_price", "left", "below", "known", "return"),
        ("split",),
        {"split": Cut((0, 1, 2, 3, 4)), "rivals": WHOLE, "binds": WHOLE, "return": WHOLE},
    ),
    "runway": Kept(
        (
            *("ruin", "below_least", "ruin_without_rounds", "months", "burn", "cash_end"),
            *("break_even", "default_alive"),
        ),
        ("cash", "actions"),
    ),
    "funding": Kept((), ("dilution",), {"dilution": WHOLE}),
    "invest": Kept(
        ("net", "left", "enough", "ruin", "ruin_today", "evpi"),
        ("options",),
        {"options": Cut((1, 2, 3, 5, 6, 8), 8), "knowing": Cut((0, 1, 3), 5)},
    ),
    "risk": Kept(
        ("expected", "tail", "none"),
        ("tornado",),
        {"register": Cut((1, 2, 3, 4, 6, 7)), "flips": WHOLE},
    ),
}
"""By section; one that is not named here stands whole in the main part."""


def split(section: Section) -> tuple[Section, Section | None]:
    """Return what stands in the main part, and what in the appendix; None: nothing is left."""
    kept = KEPT.get(section.key)
    if kept is None:
        return section, None
    main = replace(
        section,
        figures=tuple(one for one in section.figures if _last(section, one.key) in kept.figures),
        charts=tuple(one for one in section.charts if _last(section, one.key) in kept.charts),
        tables=tuple(_cut(section, kept)),
        notes=(),
    )
    rest = replace(
        section,
        key=f"{section.key}-details",
        answer=NOTHING,
        figures=tuple(one for one in section.figures if one not in main.figures),
        charts=tuple(one for one in section.charts if one not in main.charts),
        tables=tuple(one for one in section.tables if one not in main.tables and one.rows),
        cautions=(),
    )
    return main, rest if rest.figures or rest.charts or rest.tables or rest.notes else None


def charts(sections: Iterable[Section]) -> tuple[list[Chart], list[Chart]]:
    """Return the charts of the main part, and those of the appendix."""
    leading: list[Chart] = []
    others: list[Chart] = []
    for section in sections:
        main, rest = split(section)
        leading += main.charts
        others += rest.charts if rest else ()
    return leading, others


def _last(section: Section, key: str) -> str:
    return key.removeprefix(f"{section.key}.")


def _cut(section: Section, kept: Kept) -> Iterator[Table]:
    for table in section.tables:
        cut = kept.tables.get(_last(section, table.key))
        if cut is not None and table.rows:
            yield cut.of(table)
