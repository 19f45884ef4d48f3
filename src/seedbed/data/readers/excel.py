"""Excel and OpenDocument workbooks: the first sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from seedbed.data.cells import absent, as_text, header, no_rows
from seedbed.data.readers.base import Reader, Row, Sink
from seedbed.errors import FormatUnknown


class ExcelReader(Reader):
    """The first sheet, its first row being the header; empty rows keep their number.

    The format itself ends at 1,048,576 rows, and a sheet is read as a whole.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the rows; `broken` and `encoding` have no meaning here."""
        sheet = _sheet(path)
        top = next(sheet, None)
        if top is None:
            raise no_rows(path, "an empty sheet")
        names = header([as_text(cell) for cell in top], path)
        number = 0
        for number, values in enumerate(sheet, start=1):
            cells = [as_text(value) for value in values]
            if any(cells):
                yield Row(number, dict(zip(names, cells, strict=False)))
        if not number:
            raise no_rows(path)


def _sheet(path: Path) -> Iterator[list[Any]]:
    import python_calamine

    if path.is_dir() or not path.exists():
        raise absent(path)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            return iter(book.get_sheet_by_index(0).to_python())
    except python_calamine.PasswordError:
        got, do = "a workbook with a password", "Save it without one."
    except (python_calamine.CalamineError, OSError, ValueError) as cause:
        got, do = f"{cause}"[:200], "Open it in Excel and save it again, or export CSV."
    raise FormatUnknown(expected="an Excel workbook", got=got, do=do, where=str(path))
