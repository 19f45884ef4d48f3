"""What a release tells: how fast it answers, how often it is wrong, what its recipe believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.venture.assumption import Z95, Assumption
from seedbed.venture.result import Said

if TYPE_CHECKING:
    from seedbed.release.store import Release

Z975 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution: the judge's intervals are of 95 %."""


def facts(release: Release) -> Iterator[tuple[str, Assumption, str]]:
    """Yield path, value and where it stands, for what a release has measured.

    Raises:
        ReleaseDamaged: one of its files is not there or is no JSON.
    """
    named = f"release {release.name}/{release.number}"
    made = date.fromisoformat(str(release.manifest["made"])[:10])
    speed = float(release.read("cost.json")["rows_per_second"])
    engine = release.read("gate.json")["throughput"]
    source = f"{named}: the gate's speed of {engine} on the machine that made the release"
    told = Assumption(speed, source=source, date=made, floor=0.0)
    yield "unit.answers_per_second", told, f"{named}, gate.json"
    report = release.read("report.json")
    if (share := report["metrics"].get("accuracy")) is not None:
        source = f"{named}: accuracy on {report['data']['test']:,} test rows, with its interval"
        yield "unit.error_rate", _wrong(share, source, made), f"{named}, report.json"


def unmeasured(release: Release) -> Iterator[tuple[str, Said]]:
    """Yield path and reason of what the report of a release does not tell: the belief stays."""
    report = release.read("report.json")
    if "accuracy" not in report["metrics"]:
        named, metric = f"{release.name}/{release.number}", report["metric"]
        yield (
            "unit.error_rate",
            Said(
                "unit.error_rate is not measured, so the belief stays: the report of"
                f" {named} ({report['task']}) tells {metric}, and no share of right answers.",
                f"unit.error_rate 没有实测，沿用假设：{named}（{report['task']}）的报告给出的是"
                f" {metric}，不是回答正确的比例。",
            ),
        )


def believed(release: Release, currency: str) -> Iterator[tuple[str, Assumption, str]]:
    """Yield what the release's recipe believed, where it counts in the venture's currency."""
    from seedbed import recipe

    told = recipe.load(release.folder / "recipe.yaml").value
    if told.currency != currency:
        return
    named = f"release {release.name}/{release.number}, recipe.yaml"
    made = date.fromisoformat(str(release.manifest["made"])[:10])
    values = {"unit.hour": ("compute_hour", told.compute_hour)}
    if told.error_cost is not None:
        values["value.error_cost"] = "error_cost", told.error_cost
    for path, (key, value) in values.items():
        source = f"value.{key} of the recipe that made {release.name}/{release.number}"
        yield path, Assumption(value, source=source, date=made, floor=0.0), named


def _wrong(share: Mapping[str, Any], source: str, made: date) -> Assumption:
    """Return 1 − accuracy; the judge's 95 % interval becomes one of 90 % on the log-odds."""
    value, low, high = (1 - float(share[key]) for key in ("value", "high", "low"))
    told: dict[str, Any] = {"source": source, "date": made, "floor": 0.0, "ceiling": 1.0}
    if not 0 < low <= value <= high < 1:
        return Assumption(min(max(value, 0.0), 1.0), **told)
    odds = np.log([low, value, high]) - np.log1p([-low, -value, -high])
    ends = odds[1] + (odds[[0, 2]] - odds[1]) * Z95 / Z975
    low, high = (float(1 / (1 + np.exp(-end))) for end in ends)
    return Assumption(value, low, high, "logit", **told)
