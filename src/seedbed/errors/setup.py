"""Something is not installed, or there is no such kind: SB6xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class SetupError(SeedbedError):
    """Something is not installed, or there is no such kind."""

    code = "SB600"
    title = "the installation lacks something"


class ExtraMissing(SetupError):
    """A part that is not installed; the error names the command that installs it."""

    code = "SB601"
    title = "a part is not installed"


class KindUnknown(SetupError):
    """No task, rung, reader, backbone or engine of that name is installed."""

    code = "SB602"
    title = "unknown kind"


class FolderTaken(SetupError):
    """The folder to make is there already, with something in it."""

    code = "SB603"
    title = "the folder is taken"


class WrongUse(SetupError):
    """A verb or option that is not there, or one that lacks its value; said so with `--json`."""

    code = "SB604"
    title = "wrong use"
    exit_code = 2


class NotWritable(SetupError):
    """A file or folder that this user may not write, or in whose way something else stands."""

    code = "SB605"
    title = "it cannot be written there"
