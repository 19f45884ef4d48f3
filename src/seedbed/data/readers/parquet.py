"""Parquet, in batches, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from seedbed.data.cells import CELL_LIMIT, absent, as_text, header, no_rows, too_large
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import DataError, FormatUnknown, RowBroken

if TYPE_CHECKING:
    import pyarrow.parquet

_BATCH = 512


class ParquetReader(Reader):
    """Columns of any type; numbers and dates as text, nested values as JSON."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the rows; `encoding` has no meaning here."""
        import pyarrow

        if path.is_dir() or not path.exists():
            raise absent(path)
        try:
            yield from _rows(path, broken)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as cause:
            raise FormatUnknown(
                expected="a whole Parquet file",
                got=" ".join(str(cause).split())[:200],
                do="Write it again; it may be cut short.",
                where=str(path),
            ) from None


def _rows(path: Path, broken: Sink | None) -> Iterator[Row]:
    import pyarrow.parquet

    number = 0
    with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file:
        names = header(file.schema_arrow.names, path)
        for batch in file.iter_batches(_BATCH, use_threads=False):
            for values in zip(*(_values(column) for column in batch.columns), strict=True):
                number += 1
                where = f"{path}, row {number:,}"
                try:
                    cells = {
                        name: _cell(value, name, where)
                        for name, value in zip(names, values, strict=True)
                    }
                except DataError as error:
                    report(broken, Broken(number, 0, error))
                    continue
                yield Row(number, cells)
    if not number:
        raise no_rows(path, "columns and no rows")


def _values(column: pyarrow.Array[Any]) -> list[Any]:
    """Return a column's values; text is left as bytes, so that one bad cell spoils one row."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        column = column.dictionary_decode()
    if pyarrow.types.is_string(column.type):
        column = column.view(pyarrow.binary())
    elif pyarrow.types.is_large_string(column.type):
        column = column.view(pyarrow.large_binary())
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [str(value) for value in column]


def _cell(value: Any, name: str, where: str) -> str:
    if not isinstance(value, bytes):
        text = as_text(value)
    else:
        try:
            text = value.decode()
        except UnicodeDecodeError as cause:
            raise RowBroken(
                expected=f"text in column {name!r}",
                got=f"bytes that are no UTF-8 ({cause.reason} at byte {cause.start})",
                do="Write the column as strings.",
                where=where,
            ) from None
    if len(text) > CELL_LIMIT:
        raise too_large(where, f"column {name!r}", len(text))
    return text
