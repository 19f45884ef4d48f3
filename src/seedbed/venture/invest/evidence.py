"""What a release knows about itself that bears on where the next money goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from seedbed import recipe as recipes
from seedbed import registry
from seedbed.errors import KindUnknown
from seedbed.venture.invest.learning import Point

if TYPE_CHECKING:
    from seedbed.tasks.base import Task
    from seedbed.venture.plan import Plan

Z95 = 1.959963984540054
SEARCHED = frozenset(("top", "adapter", "full"))
"""Rungs that search for settings, as the recipe's `search.rungs` has them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A release's report, as `plan invest` reads it.

    Attributes:
        name: Of the release, such as `first-light/1`.
        report: Its `report.json`.
        recipe: The recipe to tune again: the run's own where it is still there.
        transfer: The release whose encoder it began with; None where it began with its base.
    """

    name: str
    report: dict[str, Any]
    recipe: str
    transfer: str | None = None

    @property
    def rows(self) -> int:
        """Labelled rows that it learnt from."""
        return int(self.report["data"]["train"])

    @property
    def metric(self) -> str:
        """What its ladder was climbed by."""
        return str(self.report["metric"])

    @property
    def rung(self) -> str:
        """The rung that was chosen."""
        return str(self.report["rung"])

    def value(self) -> float:
        """Return its metric on held-out rows: the chosen rung's, else the judge's."""
        for row in self._ladder:
            if row.get("chosen") and _seen(row):
                return float(row["value"])
        return float(self.report["metrics"][self.metric]["value"])

    def curve(self) -> tuple[Point, ...]:
        """Return the measured points of its learning curve; one point where it has no curve."""
        measured = self.report.get("learning_curve") or ()
        points = [_point(row["rows"], row) for row in measured]
        return tuple(points) or (_point(self.rows, self.report["metrics"][self.metric]),)

    @property
    def curve_rung(self) -> str:
        """Rung that the points of its learning curve were measured with."""
        return str((self.report.get("more_rows") or {}).get("rung") or "probe")

    def climbed(self, rung: str) -> float | None:
        """Return what a rung reached on held-out rows; None where it was not climbed."""
        found = (row for row in self._ladder if row["rung"] == rung and _seen(row))
        return next((float(row["value"]) for row in found), None)

    def error_of(self, rung: str) -> float:
        """Return the standard error of what a rung reached; 0 where its interval is not told."""
        for row in self._ladder:
            if row["rung"] == rung and row.get("low") is not None:
                return float(row["high"] - row["low"]) / (2 * Z95)
        return 0.0

    def searched(self) -> dict[str, Any] | None:
        """Return a rung that searched for settings; None where none did."""
        return next((dict(row) for row in self._ladder if row.get("search")), None)

    def takes(self, key: str) -> bool:
        """Tell whether its task has a use for a key of the recipe."""
        from seedbed.tasks import settle

        if key == "search":
            return bool(SEARCHED & {*self.own})
        try:
            return settle.takes(registry.kind("tasks", self.task), key)
        except KindUnknown:
            return False

    @property
    def task(self) -> str:
        """What it was tuned to answer."""
        return str(self.report["task"])

    @property
    def own(self) -> tuple[str, ...]:
        """The ladder of its task, cheapest rung first; its own where no such task is installed."""
        try:
            task: type[Task] = registry.kind("tasks", self.task)
        except KindUnknown:
            return tuple(str(row["rung"]) for row in self._ladder)
        return task.rungs

    @property
    def few(self) -> bool:
        """Whether its labels have few rows, of which rungs gain otherwise (see `tune/stop.py`)."""
        from seedbed.tune.context import FEW_ROWS

        labels = self.report.get("check", {}).get("profile", {}).get("labels", {})
        counts = [many for one in labels.values() if (many := one.get("train", 0))]
        if not counts or sum(counts) > self.rows:  # a row may have several labels
            return False
        return bool(median(counts) <= FEW_ROWS)

    def ahead(self) -> tuple[str, ...]:
        """Return the rungs above the chosen one that were not climbed, cheapest first.

        Above a rung that builds on the best of the others (`pseudo`, `distill`, `larger`) lies what
        lies above that one.
        """
        own, climbed = self.own, {row["rung"]: row["value"] for row in self._ladder if _seen(row)}
        order = (*own, *(row["rung"] for row in self._ladder if row["rung"] not in own))
        stood = self.rung
        if stood not in own:
            stood = max((one for one in own if one in climbed), key=climbed.__getitem__, default="")
        above = order[order.index(stood) + 1 :] if stood in order else order
        fit = (one for one in above if one != "contrast" or self.few)  # it is for few rows a label
        return tuple(one for one in fit if one not in climbed and one != self.rung)

    @property
    def _ladder(self) -> Sequence[Mapping[str, Any]]:
        return self.report.get("ladder") or ()

    def forward(self) -> float | None:
        """Return rows a second of the model as it was trained; None where no gate was run."""
        rows = [row for row in self.report.get("engines") or () if row.get("rows_per_second")]
        trained = [row for row in rows if str(row["engine"]).startswith(("torch", "linear"))]
        return float(trained[0]["rows_per_second"]) if trained else None

    def held(self) -> bool:
        """Tell whether the judge said to hold it."""
        return str((self.report.get("verdict") or {}).get("say")) == "hold"


def _seen(row: Mapping[str, Any]) -> bool:
    """Tell whether a row of a ladder is of a rung that was climbed and measured."""
    return row.get("value") is not None


def _point(rows: int, interval: dict[str, Any]) -> Point:
    """Return a point from a metric with its 95 % interval."""
    low, high = float(interval["low"]), float(interval["high"])
    return Point(float(rows), 1 - float(interval["value"]), (high - low) / (2 * Z95))


def of(plan: Plan) -> Evidence | None:
    """Return what the release that is sold can tell; None where the venture names none."""
    release, home = plan.measured.sold, plan.home
    if release is None:
        return None
    report = release.read("report.json")
    run = home.runs / str(release.manifest.get("run", "")) / "recipe.yaml"
    known = bool(release.manifest.get("run")) and run.is_file()
    recipe = typed(run) if known else "RECIPE"
    begun = recipes.load(release.folder / "recipe.yaml").transfer
    return Evidence(f"{release.name}/{release.number}", report, recipe, begun)


def typed(path: Path) -> str:
    """Return a path as one would type it in the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
