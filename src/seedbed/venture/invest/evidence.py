"""What a release knows about itself that bears on where the next money goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.errors import ReleaseError
from seedbed.home import Home
from seedbed.release import store
from seedbed.tasks.base import RUNGS
from seedbed.venture.invest.learning import Point

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Evidence:
    """A release's report, as `plan invest` reads it.

    Attributes:
        name: Of the release, such as `first-light/1`.
        report: Its `report.json`.
        recipe: The recipe to tune again: the run's own where it is still there.
    """

    name: str
    report: dict[str, Any]
    recipe: str

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
        for row in self.report.get("ladder") or ():
            if row.get("chosen") and row.get("value") is not None:
                return float(row["value"])
        return float(self.report["metrics"][self.metric]["value"])

    def curve(self) -> tuple[Point, ...]:
        """Return the measured points of its learning curve; one point where it has no curve."""
        measured = self.report.get("learning_curve") or ()
        points = [_point(row["rows"], row) for row in measured]
        return tuple(points) or (_point(self.rows, self.report["metrics"][self.metric]),)

    def ahead(self) -> tuple[str, ...]:
        """Return the rungs above the chosen one that were not climbed, cheapest first."""
        climbed = {
            row["rung"] for row in self.report.get("ladder") or () if row.get("value") is not None
        }
        if self.rung not in RUNGS:
            return ()
        return tuple(r for r in RUNGS[RUNGS.index(self.rung) + 1 :] if r not in climbed)

    def forward(self) -> float | None:
        """Return rows a second of the model as it was trained; None where no gate was run."""
        rows = [row for row in self.report.get("engines") or () if row.get("rows_per_second")]
        trained = [row for row in rows if str(row["engine"]).startswith(("torch", "linear"))]
        return float(trained[0]["rows_per_second"]) if trained else None

    def held(self) -> bool:
        """Tell whether the judge said to hold it."""
        return str((self.report.get("verdict") or {}).get("say")) == "hold"


def _point(rows: int, interval: dict[str, Any]) -> Point:
    """Return a point from a metric with its 95 % interval."""
    low, high = float(interval["low"]), float(interval["high"])
    return Point(float(rows), 1 - float(interval["value"]), (high - low) / (2 * Z95))


def of(home: Home, releases: tuple[str, ...]) -> Evidence | None:
    """Return what the release that is sold can tell; None where there is none, or none is named.

    Args:
        home: Where releases lie.
        releases: Of the venture's `about`; the first counts.
    """
    if not releases:
        return None
    try:
        release = store.find(home, releases[0])
        report = release.read("report.json")
    except ReleaseError:
        return None
    run = home.runs / str(release.manifest.get("run", "")) / "recipe.yaml"
    known = bool(release.manifest.get("run")) and run.is_file()
    recipe = typed(run) if known else "RECIPE"
    return Evidence(f"{release.name}/{release.number}", report, recipe)


def typed(path: Path) -> str:
    """Return a path as one would type it in the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
