"""The ledger's tables. Importing this package makes `metadata` whole."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from seedbed.ledger.schema import accounts, calls, traffic
from seedbed.ledger.schema.base import metadata

for _name in ("billing", "audit"):
    if find_spec(f"{__name__}.{_name}"):
        import_module(f"{__name__}.{_name}")

__all__ = ["accounts", "calls", "metadata", "traffic"]
