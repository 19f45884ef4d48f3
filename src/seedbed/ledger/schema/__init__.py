"""The ledger's tables. Importing this package makes `metadata` whole."""

from __future__ import annotations

from seedbed.ledger.schema import accounts, audit, billing, calls, traffic
from seedbed.ledger.schema.base import metadata

__all__ = ["accounts", "audit", "billing", "calls", "metadata", "traffic"]
