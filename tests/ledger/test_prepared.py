"""Statements that pass SQLAlchemy by: values go through its types all the same."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON, bindparam, select

from seedbed.ledger.database import Database
from seedbed.ledger.prepared import Prepared

ECHO = Prepared(lambda _: select(bindparam("value", type_=JSON(none_as_null=True)).label("value")))


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"0": [3, 0]},
        ["手续费", 'a "b"\n'],
        2**63 - 1,
        2**80,
        ["\ud800"],
        [1.5, True, None],
    ],
)
def test_json_comes_back_as_it_went(sqlite: Database, value: Any) -> None:
    with sqlite.reading() as connection:
        assert ECHO.rows(connection, value=value) == [{"value": value}]
