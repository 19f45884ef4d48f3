"""The rows cannot be used as they are: SB2xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class DataError(SeedbedError):
    """The rows cannot be used as they are."""

    code = "SB200"
    title = "the rows cannot be used"


class FileMissing(DataError):
    """A file of rows is not where the recipe says."""

    code = "SB201"
    title = "no file there"


class FileEmpty(DataError):
    """A file holds no row."""

    code = "SB202"
    title = "the file holds no rows"


class FormatUnknown(DataError):
    """No reader knows a file of this kind."""

    code = "SB203"
    title = "unknown file format"


class EncodingUnknown(DataError):
    """The bytes are no text in UTF-8, UTF-16 or GB18030."""

    code = "SB204"
    title = "the file's encoding cannot be told"


class RowBroken(DataError):
    """A row cannot be parsed: broken quoting, cells too many or too few, invalid JSON."""

    code = "SB205"
    title = "a row cannot be parsed"


class CellTooLarge(DataError):
    """A cell is larger than any text a model could read."""

    code = "SB206"
    title = "a cell is too large"


class ColumnMissing(DataError):
    """A column that the recipe names is not in the file."""

    code = "SB207"
    title = "column not found"


class LabelMissing(DataError):
    """Rows have no label."""

    code = "SB208"
    title = "rows without a label"


class OneClass(DataError):
    """All rows have the same label, so there is nothing to learn."""

    code = "SB209"
    title = "only one class"


class LabelUnseen(DataError):
    """A label in the test or validation rows never stands in the training rows."""

    code = "SB210"
    title = "a label that training never had"


class TooFewRows(DataError):
    """There are too few rows to train, to validate or to judge."""

    code = "SB211"
    title = "too few rows"


class ValueUnreadable(DataError):
    """A cell that must hold a number holds something else."""

    code = "SB212"
    title = "not a number"


class RowUnreadable(DataError):
    """A row to be answered has a column, or a cell, that the model cannot read."""

    code = "SB213"
    title = "a row cannot be read"


class ImageBroken(DataError):
    """A picture is missing, cut short, or in no format that is read."""

    code = "SB217"
    title = "a picture cannot be read"


class ImageTooLarge(DataError):
    """A picture would unpack into more than any model could use."""

    code = "SB218"
    title = "a picture is too large"


class CollectionEmpty(DataError):
    """There is no answer to choose from."""

    code = "SB216"
    title = "no answers to search"


class TagsWrong(DataError):
    """A row's tags do not fit its words, or a span does not lie in its text."""

    code = "SB214"
    title = "tags that make no sense"


class ChatWrong(DataError):
    """A cell of messages is no conversation that the assistant's answer ends."""

    code = "SB219"
    title = "no conversation with an answer"


class CopyRefused(DataError):
    """Rows are to be taken out of pictures, of which no copy as CSV is written."""

    code = "SB221"
    title = "no cleaned copy can be written"


class PromptTooLong(DataError):
    """A prompt leaves the model no room to answer."""

    code = "SB220"
    title = "a prompt is too long"
