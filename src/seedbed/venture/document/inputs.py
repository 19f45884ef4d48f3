"""What the plan was made of, by SHA-256: the file, the releases, the ledger's head, the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from seedbed.home import sha256
from seedbed.release.store import MANIFEST
from seedbed.venture import file
from seedbed.venture.document.content import Input
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said
from seedbed.venture.table import TABLES

VENTURE = Said("Venture file", "创业文件")
RELEASE = Said("Release", "模型版本")
LEDGER = Said("Ledger, last row of its audit log", "账本（审计日志最后一行）")
TABLE = Said("Table", "参考表")
SURVEY = Said("Survey", "问卷")


def gather(plan: Plan, path: Path | None = None) -> tuple[Input, ...]:
    """Return everything that the figures rest on.

    Args:
        plan: What was computed.
        path: The venture file; by default the venture as it is understood, every default filled in.
    """
    if path is not None and path.is_file():
        said = Input(VENTURE, path.name, sha256(path))
    else:
        text = file.dump(plan.venture).encode()
        said = Input(VENTURE, plan.venture.name, hashlib.sha256(text).hexdigest())
    return (said, *_releases(plan), *_ledger(plan), *_tables(plan), *_survey(plan))


def _releases(plan: Plan) -> Iterator[Input]:
    for release in plan.measured.releases:
        told = f"{release.name}/{release.number}"
        yield Input(RELEASE, told, sha256(release.folder / MANIFEST))


def _ledger(plan: Plan) -> Iterator[Input]:
    from seedbed.ledger.audit import Audit
    from seedbed.venture import ledger_facts

    with ledger_facts.opened(plan.venture, plan.home) as database:
        row, head = (0, "") if database is None else Audit(database).head()
    if head:
        yield Input(LEDGER, f"{row:,}", head)


def _tables(plan: Plan) -> Iterator[Input]:
    for name in TABLES:
        path = plan.tables.path(name)
        if path.is_file():
            yield Input(TABLE, name, sha256(path))


def _survey(plan: Plan) -> Iterator[Input]:
    named = plan.venture.price.survey
    if named and (plan.venture.folder / named).is_file():
        yield Input(SURVEY, named, sha256(plan.venture.folder / named))
