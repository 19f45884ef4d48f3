"""A run cannot start, go on or end: SB4xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class RunError(SeedbedError):
    """A run cannot start, go on or end."""

    code = "SB400"
    title = "the run cannot go on"


class HomeLocked(RunError):
    """Another process is working in this home."""

    code = "SB401"
    title = "another run holds the lock"


class RunMissing(RunError):
    """There is no run to resume."""

    code = "SB402"
    title = "no such run"


class ResumeMismatch(RunError):
    """The recipe or the rows changed since the run began."""

    code = "SB403"
    title = "the run cannot be resumed"


class DiskFull(RunError):
    """The disk has no room left; nothing that was written before is lost."""

    code = "SB404"
    title = "the disk is full"


class MemoryShort(RunError):
    """There is no memory for one row, or for what cannot be computed in parts."""

    code = "SB405"
    title = "out of memory"


class TestAlreadyRead(RunError):
    """The judge has read this run's test rows before, for another candidate."""

    __test__ = False  # not a test class, whatever pytest makes of the name
    code = "SB406"
    title = "the test rows were read before"


class RungUnavailable(RunError):
    """A rung that was asked for cannot be climbed here."""

    code = "SB407"
    title = "this rung cannot be climbed"


class NothingLearned(RunError):
    """No rung gave a model: all were left out, or training diverged."""

    code = "SB408"
    title = "no rung gave a model"


class Interrupted(RunError):
    """Ctrl-C or SIGTERM; the run can be resumed."""

    code = "SB409"
    title = "stopped by you"
    exit_code = 130
