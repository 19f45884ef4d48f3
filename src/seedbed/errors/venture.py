"""The venture cannot be planned as it is written: SB9xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class VentureError(SeedbedError):
    """The venture cannot be planned as it is written."""

    code = "SB900"
    title = "the venture cannot be planned"


class VentureWrong(VentureError):
    """The venture file cannot be read, has an unknown key or a wrong value."""

    code = "SB901"
    title = "wrong value in the venture"


class AssumptionWrong(VentureError):
    """An assumption that cannot be: a range upside down, a share above 1, a value that is none."""

    code = "SB902"
    title = "an assumption cannot be"


class CorrelationsWrong(VentureError):
    """Correlations that no set of values can have together; the nearest that can is offered."""

    code = "SB903"
    title = "the correlations contradict each other"


class MeasurementMissing(VentureError):
    """A value that this action needs was neither written down nor measured."""

    code = "SB904"
    title = "a value is missing"


class NoOptimum(VentureError):
    """There is no finite best: what is asked for grows for ever."""

    code = "SB905"
    title = "there is no finite best"


class Infeasible(VentureError):
    """Limits that cannot be kept together; the smallest set that clashes is named."""

    code = "SB906"
    title = "the limits clash"


class SurveyWrong(VentureError):
    """A survey's file lacks a column, holds what is no answer, or has too few of them."""

    code = "SB907"
    title = "the survey cannot be used"


class TableWrong(VentureError):
    """The table of prices or priors cannot be read, or lacks a row that the venture names."""

    code = "SB908"
    title = "the price table cannot be used"


class ForecastMissing(VentureError):
    """There is no frozen forecast to score."""

    code = "SB909"
    title = "no forecast was frozen"


class DocumentFailed(VentureError):
    """The plan document could not be made."""

    code = "SB910"
    title = "the document could not be made"
