"""What is read from a real ledger: use by month, lives, days of calls, hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from unit_ledger import Ledger

from seedbed.ledger.plan_file import example, parse
from seedbed.venture.bills import Used
from seedbed.venture.unit import books

TODAY = date(2026, 4, 10)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path)
    yield made
    made.database.close()


def test_use_is_of_the_last_three_whole_months_by_release(ledger: Ledger) -> None:
    one, quiet = ledger.customer("2025-11-03"), ledger.customer("2026-01-20")
    for day in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-03-31", "2026-04-01"):
        ledger.call(one, day, 10)
    ledger.call(one, "2026-01-15", 5, release="vision")
    ledger.call(one, "2026-01-16", 7, status="failed")
    found = books.months_used(ledger.database, TODAY)
    january = (Used("bank", 20, 800), Used("vision", 5, 200))
    march = (Used("bank", 10, 400),)
    assert sorted((month.used for month in found), key=len) == [(), (), (), march, january]
    assert {month.plan.name for month in found if month.plan} == {"starter"}
    assert quiet  # with a plan all of February and March and no call, as `one` in February


def test_a_month_is_of_the_plan_that_was_held_last_in_it(tmp_path: Path) -> None:
    made = Ledger(tmp_path, "pay-per-use")
    one = made.customer("2026-01-01", "2026-02-10")
    for day in ("2026-01-05", "2026-02-05", "2026-03-05"):
        made.call(one, day, 10)
    made.plan = made.plans.publish(parse(example("starter"))).name
    with made.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscriptions (id, customer_id, plan_id, from_at, until_at, made_at)"
            " SELECT 'sub_later', customer_id, (SELECT id FROM plans WHERE name = 'starter'),"
            " until_at, until_at + 864000000000, made_at FROM subscriptions"
        )
    names = [month.plan and month.plan.name for month in books.months_used(made.database, TODAY)]
    made.database.close()
    assert names == ["pay-per-use", "starter", None]


def test_lives_are_whole_months_from_the_first_plan_to_the_last(ledger: Ledger) -> None:
    ledger.customer("2026-01-15", "2026-02-20")  # left in its second month
    ledger.customer("2026-01-31", "2026-02-28")  # a month to the day: left at its end
    ledger.customer("2026-01-10", "2026-01-12")  # left in its first
    ledger.customer("2026-01-09")  # there since three months
    ledger.customer("2026-01-11")  # since two
    ledger.customer("2026-03-20")  # came just now
    ledger.customer("2026-05-01")  # will come
    found = books.lives(ledger.database, TODAY)
    assert found.left.tolist() == [2, 1, 0]
    assert found.stayed.tolist() == [0, 1, 1]
    assert (found.customers, found.gone) == (5, 3)


def test_a_change_of_plan_is_no_departure(ledger: Ledger) -> None:
    one = ledger.customer("2026-01-01", "2026-02-01")
    with ledger.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO subscriptions (id, customer_id, plan_id, from_at, until_at, made_at)"
            " SELECT 'sub_later', customer_id, plan_id, until_at, NULL, made_at FROM subscriptions"
        )
    found = books.lives(ledger.database, TODAY)
    assert found.gone == 0
    assert found.stayed.tolist() == [0, 0, 1]
    assert one


def test_who_pays_by_use_or_nothing_at_all_tells_nothing_of_leaving(tmp_path: Path) -> None:
    for plan in ("pay-per-use", "free"):
        made = Ledger(tmp_path / plan, plan)
        made.customer("2026-01-01")
        made.customer("2026-01-01", "2026-03-02")
        assert books.lives(made.database, TODAY).customers == 0
        quiet = books.months_used(made.database, TODAY)
        assert len(quiet) == (0 if plan == "free" else 3)  # two in February, one in March
        made.database.close()


def test_purchases_are_days_after_the_first_in_weeks(ledger: Ledger) -> None:
    one, other = ledger.customer("2026-01-01"), ledger.customer("2026-01-01")
    ledger.call(one, "2026-03-06", price=9.0)
    for hour, price in ((8, 1.0), (9, 2.0)):
        ledger.call(one, "2026-03-13", price=price, hour=hour)
    ledger.call(one, "2026-03-20", price=5.0)
    ledger.call(other, "2026-04-03", price=9.0)
    ledger.call(other, "2026-04-04", price=9.0, status="refused")
    found = books.purchases(ledger.database, TODAY)
    rows = sorted(zip(found.buyers.repeats, found.buyers.last, found.buyers.seen, strict=True))
    assert rows == [(0.0, 0.0, 1.0), (2.0, 2.0, 5.0)]
    assert sorted(found.spend) == [0.0, 4.0]  # a day of 3.00 and one of 5.00; the first is not in


def test_hours_are_answers_a_second_with_the_quiet_ones(ledger: Ledger) -> None:
    one = ledger.customer("2026-01-01")
    ledger.call(one, "2026-04-09", 3600, hour=20)
    ledger.call(one, "2026-04-09", 7200, hour=22)
    ledger.call(one, "2026-03-01", 3600)  # too long ago
    assert books.hours(ledger.database, TODAY).tolist() == [1.0, 0.0, 2.0, 0.0]


def test_a_ledger_without_calls_is_empty(ledger: Ledger) -> None:
    assert books.months_used(ledger.database, TODAY) == []
    assert books.lives(ledger.database, TODAY).customers == 0
    assert len(books.purchases(ledger.database, TODAY).buyers) == 0
    assert not books.hours(ledger.database, TODAY).size
