"""A published plan is a version that never changes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, exc, update

from seedbed.errors import PlanWrong, RecordMissing
from seedbed.ledger.audit import Audit
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.plan_file import example, parse
from seedbed.ledger.plans import Plans
from seedbed.ledger.schema.billing import plans


def test_plans_are_published_as_versions(database: Database, clock: Manual) -> None:
    store = Plans(database, clock)
    starter = parse(example("starter"))
    first = store.publish(starter, actor="cli")
    assert (first.name, first.version, first.plan) == ("starter", 1, starter)
    assert store.publish(starter) == first
    dearer = starter.model_copy(update={"fee": 39 * 10**9})
    second = store.publish(dearer)
    assert (second.version, second.plan.fee) == (2, 39 * 10**9)
    assert store.get("starter") == second
    assert store.get("starter", 1) == first
    assert Plans(database, clock).by_id(first.id) == first
    store.publish(parse(example("free")))
    assert [(one.name, one.version) for one in store.list()] == [("free", 1), ("starter", 2)]
    assert [one.version for one in store.list(name="starter")] == [2, 1]
    assert [entry.action for entry in Audit(database).list()] == ["plan.publish"] * 3


def test_a_plan_may_come_as_a_mapping(database: Database, clock: Manual) -> None:
    store = Plans(database, clock)
    made = store.publish({"name": "a", "currency": "USD", "charges": [{"tiers": [{"price": "1"}]}]})
    assert made.version == 1
    with pytest.raises(PlanWrong):
        store.publish({"name": "a"})


def test_a_plan_that_is_not_there_names_the_nearest(database: Database, clock: Manual) -> None:
    store = Plans(database, clock)
    with pytest.raises(RecordMissing) as caught:
        store.get("starter")
    assert "plans publish" in caught.value.do
    store.publish(parse(example("starter")))
    with pytest.raises(RecordMissing) as caught:
        store.get("startr")
    assert "'starter'" in caught.value.do
    for missing in (lambda: store.get("starter", 7), lambda: store.by_id("plan_x")):
        with pytest.raises(RecordMissing):
            missing()


@pytest.mark.parametrize("change", [update(plans).values(name="other"), delete(plans)])
def test_the_database_refuses_to_change_a_version(
    database: Database, clock: Manual, change: Any
) -> None:
    Plans(database, clock).publish(parse(example("starter")))
    with pytest.raises(exc.IntegrityError, match="does not change"), database.writing() as opened:
        opened.execute(change)
