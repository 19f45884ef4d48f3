"""A customer and a key to try the server with, on the free plan."""

from __future__ import annotations

from seedbed.ledger import plan_file
from seedbed.ledger.ledger import Ledger

NAME = "trial"
ACTOR = "seedbed serve --trial"


def key(ledger: Ledger) -> str:
    """Return the secret of a new key of the trial customer, made if need be; older keys end."""
    found = [one for one in ledger.customers.list() if one.name == NAME]
    customer = found[0].id if found else _customer(ledger)
    for old in ledger.keys.list(customer):
        ledger.keys.revoke(old.id, actor=ACTOR)
    _, secret = ledger.keys.create(customer, name=NAME, actor=ACTOR)
    return secret


def _customer(ledger: Ledger) -> str:
    plan = ledger.plans.publish(plan_file.parse(plan_file.example("free")), actor=ACTOR)
    made = ledger.customers.create(NAME, currency=plan.plan.currency, actor=ACTOR)
    ledger.subscriptions.subscribe(made.id, plan.name, actor=ACTOR)
    return made.id
