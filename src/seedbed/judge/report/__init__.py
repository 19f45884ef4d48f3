"""The page that a founder opens after a run: `report.json` as one self-contained HTML file.

`render` turns the report into a page that needs no network: style, script and charts are inside.
Both languages stand side by side in the page and a radio button hides one, so the switch works
without a script too. Charts are drawn once: a chart holds numbers and the user's own names only,
and its titles and legends are words of the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedbed.home import write_text
from seedbed.judge.report.text import cleaned


def render(report: Mapping[str, Any]) -> str:
    """Return the report as one HTML page; the same report gives the same page, byte for byte.

    Args:
        report: What `report.json` holds. Parts that are null, empty or absent are left out.
    """
    from altair.utils.schemapi import debug_mode

    from seedbed.judge.report.charts import draw
    from seedbed.judge.report.page import fill

    clean = cleaned(report)
    # Every part of a chart would be held against the schema as it is made: a quarter of the time.
    with debug_mode(arg=False):
        return fill(clean, draw(clean))


def write(report: Mapping[str, Any], path: Path) -> None:
    """Write the page, whole or not at all.

    Raises:
        DiskFull: there is no room for it.
    """
    write_text(path, render(report))
