"""Whether the machine whose hour is priced is like the one that the speed was measured on.

A release's gate runs on the processor of the machine that made it; its report says which, and with
how many cores. A row of the price table says how many cores a machine has (`cores`) and which
accelerator, where it has one (`accelerator`). Where the two plainly differ, the speed of one is
reckoned with at the price of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seedbed.venture.result import Said

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

PATHS = ("unit.answers_per_second", "unit.hour")


def apart(plan: Plan) -> Said | None:
    """Say how the measured and the priced machine differ; None where they do not, or none knows."""
    seen, register = plan.measured.machine, plan.register
    name = plan.venture.unit.machine
    if not name or not all(path in register for path in PATHS):
        return None
    speed, hour = (register[path] for path in PATHS)
    if speed.origin != "measured" or hour.origin != "table":
        return None
    row = plan.tables.row("prices.csv", name)
    if not _differ(seen, row.cells):
        return None
    about = row.cells.get("about") or name
    cores, cpu = seen.get("cores"), seen.get("cpu", "?")
    return Said(
        f"The speed was measured on {cores} cores ({cpu}), and the hour is that of {name}"
        f" ({about}): the speed of one machine at the price of another. Name the machine that was"
        " measured as unit.machine, or write unit.answers_per_second of the one that is paid for,"
        " with `pin: true`.",
        f"速度是在 {cores} 核的机器（{cpu}）上测得的，而时价取自 {name}（{about}）："
        "一台机器的速度配了另一台机器的价格。请把 unit.machine 改为实测的机器，或写明付费机器的"
        " unit.answers_per_second，并加 `pin: true`。",
    )


def _differ(seen: Mapping[str, Any], priced: Mapping[str, str]) -> bool:
    if not seen:
        return False
    cores = priced.get("cores", "")
    other = cores.isdecimal() and seen.get("cores") is not None and int(cores) != seen["cores"]
    return bool(priced.get("accelerator")) or other
