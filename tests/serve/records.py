"""Aliases and pins kept in memory, as the ledger keeps them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from seedbed.errors import LedgerUnavailable


class MemoryRecords:
    """What `seedbed.serve.aliases.Records` asks for; `rollouts` tells what was written."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, tuple[int, int | None, bool]]] = {}
        self.pinned: dict[tuple[str, str], int] = {}
        self.rollouts: list[dict[str, Any]] = []
        self.broken = False

    def aliases(self) -> Mapping[str, Mapping[str, tuple[int, int | None, bool]]]:
        self._check()
        return {name: dict(settings) for name, settings in self.kept.items()}

    def pins(self) -> Mapping[tuple[str, str], int]:
        self._check()
        return dict(self.pinned)

    def last_set(self, release: str, alias: str) -> tuple[float, Mapping[str, Any]] | None:
        self._check()
        moves = [one for one in self.rollouts if one["release"] == release and alias in one["set"]]
        return (time.monotonic() - moves[-1]["at"], moves[-1]["measured"]) if moves else None

    def move(
        self,
        release: str,
        settings: Mapping[str, tuple[int, int | None, bool] | None],
        **told: Any,
    ) -> None:
        self._check()
        own = self.kept.setdefault(release, {})
        for alias, setting in settings.items():
            if setting is None:
                own.pop(alias, None)
            else:
                own[alias] = setting
        made = {"at": time.monotonic(), "set": set(settings)}
        self.rollouts.append({"release": release, **made, **told})

    def pin(self, customer: str, release: str, number: int | None, *, by: str) -> None:
        self._check()
        if number is None:
            self.pinned.pop((customer, release), None)
        else:
            self.pinned[customer, release] = number

    def _check(self) -> None:
        if self.broken:
            raise LedgerUnavailable(expected="a database", got="none", do="Wait.")
