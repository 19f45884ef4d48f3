"""`plan unit`: its parts, read from the ledger where there is one, put together as a section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import Caution, Said, Section
from seedbed.venture.unit import (
    books,
    retention,
    show_buyers,
    show_capacity,
    show_cost,
    show_life,
    show_margin,
    show_reserve,
)
from seedbed.venture.unit.lives import Lives
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.pieces import Asked, Piece, attempted, joined
from seedbed.venture.unit.retention import Retention

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.ledger.plan import Plan as BillingPlan
    from seedbed.venture.plan import Plan

TITLE = Said("What an answer costs and a customer is worth", "单位成本与客户价值")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger tells; all empty where there is none."""

    months: Sequence[books.Month] = ()
    plans: Sequence[BillingPlan] = ()
    lives: Lives | None = None
    purchases: books.Purchases | None = None
    hours: Doubles | None = None


def section(plan: Plan, asked: Asked | None = None) -> Section:
    """Return the cost of an answer, margins, capacity, and what customers are worth.

    Raises:
        MeasurementMissing: the hour, the speed or the utilisation has no value.
        VentureWrong: a value that cannot be, such as a speed of zero.
        LedgerUnavailable: the ledger cannot be read.
    """
    asked = asked or Asked()
    known = _known(plan)
    pieces = [show_cost.show(plan)]
    margin, capacity = Said("Margin by customer", "客户毛利"), Said("Capacity", "容量")
    life, reserves = Said("Worth of a customer", "客户价值"), Said("Reserved machines", "预留机器")
    pieces.append(
        attempted("margin", margin, lambda: show_margin.show(plan, known.months, known.plans))
    )
    pieces.append(attempted("capacity", capacity, lambda: show_capacity.show(plan)))
    if (price := asked.reserved) is not None:
        hours = known.hours if known.hours is not None else np.zeros(0)
        pieces.append(attempted("reserve", reserves, lambda: show_reserve.show(plan, price, hours)))
    pieces.append(
        attempted("worth", life, lambda: show_life.show(plan, _retention(plan, asked, known)))
    )
    if known.purchases is not None and len(known.purchases.buyers):
        pieces.append(show_buyers.show(plan, known.purchases))
    return _section(joined(pieces))


def _section(whole: Piece) -> Section:
    return Section(
        key="unit",
        title=TITLE,
        answer=whole.answer or Said("", ""),
        figures=whole.figures,
        tables=whole.tables,
        charts=whole.charts,
        cautions=whole.cautions,
        notes=whole.notes,
        data=whole.data,
    )


def _known(plan: Plan) -> _Known:
    from seedbed.venture.ledger_facts import opened

    with opened(plan.venture, plan.home) as database:
        if database is None:
            return _Known()
        return _Known(
            books.months_used(database, plan.today),
            _billing(database, plan),
            books.lives(database, plan.today),
            books.purchases(database, plan.today),
            books.hours(database, plan.today),
        )


def _billing(database: Database, plan: Plan) -> list[BillingPlan]:
    from seedbed.ledger.plans import Plans

    store = Plans(database)
    return [store.get(name).plan for name in plan.venture.about.plans]


def _retention(plan: Plan, asked: Asked, known: _Known) -> Retention:
    """Return how customers leave: from the table given, else the ledger, else assumed."""
    told = {"n": plan.venture.draws, "seed": plan.venture.seed}
    if asked.retention is not None:
        lives, parts = retention.read(asked.retention)
        return retention.seen(lives, parts=parts, origin="table", **told)
    few: Caution | None = None
    if known.lives is not None and known.lives.customers:
        if retention.enough(known.lives):
            return retention.seen(known.lives, parts=False, origin="ledger", **told)
        few = retention.too_few(known.lives)
    return retention.assumed(plan.draws, few)
