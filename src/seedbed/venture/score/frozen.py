"""Frozen forecasts: what a plan said, on which day, so that nobody can remember it better.

Each is a JSON file of quantiles by month in `$SEEDBED_HOME/plans/<name>/forecasts/`, named by its
day and its SHA-256. It is never overwritten, holds the hash of the one before it, and is checked
whenever it is read: a changed number, a renamed file or one taken from the chain is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.errors import ForecastMissing
from seedbed.home import Home, disk
from seedbed.venture.assumption import Array
from seedbed.venture.file import dump
from seedbed.venture.model import Outcome
from seedbed.venture.months import between, first, month_of_day, months_from
from seedbed.venture.plan import Plan

FORMAT = 1
QUANTITIES = ("customers", "answers", "income", "cash")
LEVELS: tuple[float, ...] = tuple(round(level / 100, 2) for level in range(1, 100))
DIGITS = 10


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast that was frozen.

    Attributes:
        path: Its file.
        told: Everything in it.
    """

    path: Path
    told: Mapping[str, Any]

    @property
    def frozen(self) -> date:
        """The day on which it was frozen."""
        return date.fromisoformat(self.told["frozen"])

    @property
    def hash(self) -> str:
        """SHA-256 of its content."""
        return str(self.told["sha256"])

    @property
    def months(self) -> list[str]:
        """The months that it is of, such as `2026-12`."""
        return months_from(self.told["start"], self.told["months"])

    @property
    def leads(self) -> list[int]:
        """By month: how many months after the one in which it was frozen it is.

        Below 1 the month was over or under way on that day: what is said of it is no forecast.
        """
        return [between(month_of_day(self.frozen), month) for month in self.months]

    @property
    def ahead(self) -> list[str]:
        """The months that were still to come when it was frozen: those that can be scored."""
        both = zip(self.months, self.leads, strict=True)
        return [month for month, lead in both if lead >= 1]

    @property
    def quantities(self) -> list[str]:
        """What it forecasts."""
        return [name for name in QUANTITIES if name in self.told["quantiles"]]

    @property
    def levels(self) -> Array:
        """The levels of its quantiles."""
        return np.array(self.told["levels"])

    def quantiles(self, quantity: str) -> Array:
        """Return a quantity's quantiles, (months, levels)."""
        return np.array(self.told["quantiles"][quantity])

    def known(self, quantity: str) -> float | None:
        """Return what the quantity was when the forecast was made, where that was known.

        The capital is that of the plan's first month: once that has begun it tells of another day.
        """
        if quantity == "cash" and self.leads[0] < 1:
            return None
        value = self.told["known"].get(quantity)
        return None if value is None else float(value)


def folder(home: Home, name: str) -> Path:
    """Return where a plan's forecasts lie."""
    return home.root / "plans" / name / "forecasts"


def freeze(plan: Plan, outcome: Outcome, *, cash: Array | None = None) -> Path:
    """Freeze what a plan forecasts, and return the file.

    The same forecast frozen twice on a day is one file.

    Args:
        plan: The plan.
        outcome: What it says will come, of `plan.model.run`.
        cash: At the end of each month, (N, T), where rounds bring some (`runway.paths.follow`); by
            default that of the outcome, which knows no rounds.

    Raises:
        ForecastMissing: an earlier forecast of this plan was altered.
        DiskFull: there is no room.
    """
    content = _content(plan, outcome, outcome.cash if cash is None else cash)
    with _alone(folder(plan.home, plan.venture.name)) as into:
        before = forecasts(plan.home, plan.venture.name)
        for one in before:
            if _same(one.told, content):
                return one.path
        content["previous"] = before[-1].hash if before else None
        content["number"] = len(before) + 1
        digest = sha256(content)
        path = into / f"{content['number']:04d}-{content['frozen']}-{digest[:12]}.json"
        _keep(path, json.dumps(content | {"sha256": digest}, indent=1, sort_keys=True) + "\n")
    return path


def forecasts(home: Home, name: str) -> list[Forecast]:
    """Return a plan's forecasts, oldest first, each checked.

    Raises:
        ForecastMissing: one was altered, renamed, or taken from between two others.
    """
    found = [read(path) for path in sorted(folder(home, name).glob("*.json"))]
    for number, one in enumerate(found):
        previous = found[number - 1].hash if number else None
        if one.told["previous"] != previous or one.told["number"] != number + 1:
            raise _altered(one.path, "it does not follow from the forecast before it")
    return found


def read(path: Path) -> Forecast:
    """Read a forecast and check that it is as it was frozen.

    Raises:
        ForecastMissing: there is none, or it was altered.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ForecastMissing(
            expected="a frozen forecast",
            got=f"no file {path}",
            do="Freeze one with `seedbed plan write`, or name another file.",
        ) from None
    except (OSError, ValueError) as cause:
        raise _altered(path, f"it is no JSON: {cause}") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise _altered(path, "it is no forecast of this format")
    content = {key: value for key, value in told.items() if key != "sha256"}
    digest = sha256(content)
    if told.get("sha256") != digest:
        raise _altered(path, "its hash is not that of its content")
    if path.stem.rpartition("-")[2] != digest[:12]:
        raise _altered(path, "its name does not hold its hash")
    return Forecast(path, told)


def sha256(content: Mapping[str, Any]) -> str:
    """Return the hash of content as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(plan: Plan, outcome: Outcome, cash: Array) -> dict[str, Any]:
    venture = plan.venture
    made = {name: getattr(outcome, name) for name in QUANTITIES} | {"cash": cash}
    return {
        "format": FORMAT,
        "name": venture.name,
        "frozen": plan.today.isoformat(),
        "currency": venture.currency,
        "start": first(plan),
        "months": venture.months,
        "draws": len(outcome.worth),
        "seed": venture.seed,
        "venture_sha256": hashlib.sha256(dump(venture).encode()).hexdigest(),
        "levels": list(LEVELS),
        "known": _known(plan),
        "quantiles": {name: _quantiles(values) for name, values in made.items()},
    }


def _quantiles(values: Array) -> list[list[float]]:
    """Return the quantiles of each month, to ten digits: more would differ between machines."""
    found = np.quantile(values, LEVELS, axis=0).T
    return [[float(f"{one:.{DIGITS}g}") for one in month] for month in found]


def _known(plan: Plan) -> dict[str, float | None]:
    """Return what is known of the last month before the plan's first."""
    known: dict[str, float | None] = {"cash": float(plan.venture.capital)}
    paths = ("customers.now", "customers.answers", "price.now")
    product = 1.0
    for name, path in zip(("customers", "answers", "income"), paths, strict=True):
        if not plan.has(path):
            break
        product *= plan.value(path)
        known[name] = product
    return known


@contextmanager
def _alone(into: Path) -> Iterator[Path]:
    """Give the folder of forecasts to one writer at a time."""
    import fcntl

    with disk(into):
        into.mkdir(parents=True, exist_ok=True)
        handle = os.open(into / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield into
    finally:
        os.close(handle)


def _keep(path: Path, text: str) -> None:
    """Write a file that was not there before, whole or not at all, and never again."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with disk(path):
        try:
            with aside.open("w", encoding="utf-8") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            aside.chmod(0o444)
            os.link(aside, path)  # unlike a rename, it refuses to overwrite
        finally:
            aside.unlink(missing_ok=True)


def _same(told: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    return all(told.get(key) == value for key, value in content.items())


def _altered(path: Path, why: str) -> ForecastMissing:
    return ForecastMissing(
        expected="a forecast as it was frozen",
        got=why,
        do="Restore the folder of forecasts from a backup; a forecast that was changed afterwards"
        " cannot be scored.",
        where=re.sub(r"^.*/plans/", "plans/", str(path)),
    )
