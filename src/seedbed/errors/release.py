"""A release is missing, damaged or cannot answer: SB5xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class ReleaseError(SeedbedError):
    """A release is missing, damaged or cannot answer."""

    code = "SB500"
    title = "the release cannot be used"


class ReleaseMissing(ReleaseError):
    """There is no release of that name or number."""

    code = "SB501"
    title = "no such release"


class ReleaseDamaged(ReleaseError):
    """A file of the release is missing, cut short or altered."""

    code = "SB502"
    title = "the release is damaged"


class ReleaseIncompatible(ReleaseError):
    """The release was made by a newer Seedbed."""

    code = "SB503"
    title = "the release is of another format"


class EngineUnavailable(ReleaseError):
    """None of the release's engines runs on this machine."""

    code = "SB504"
    title = "no engine can answer"


class NotExportable(ReleaseError):
    """The release's model has no counterpart in the file that was asked for."""

    code = "SB505"
    title = "the release cannot be exported"
