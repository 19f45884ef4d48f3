"""Finds a text file's encoding by itself: UTF-8 and UTF-16 (with a mark or without) and GB18030.

The whole file is decoded once, a piece at a time, before the first row is read: so a byte that
does not fit is named by its offset and line, and no row is ever read in the wrong encoding.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from seedbed.data.cells import absent
from seedbed.errors import EncodingUnknown, FileEmpty, FileMissing, WrongValue

_PIECE = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MAGIC = (
    (b"PK\x03\x04", "a zip archive, or an Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"%PDF", "a PDF"),
)
_SURELY_UTF8 = 20
"""So many characters beyond ASCII that decode as UTF-8 do not come about by chance."""

KEY = "data.encoding"
"""What names an encoding in a recipe, and in errors."""


@dataclass(frozen=True)
class _Flaw:
    offset: int
    line: int
    byte: int
    wide: int


def open_text(path: Path, encoding: str | None = None) -> TextIO:
    """Open a text file, gzip'd or not, in the encoding given or found; line ends are kept.

    Raises:
        FileMissing: there is no such file, or it is a folder.
        FileEmpty: it has no bytes.
        EncodingUnknown: it is in none of the encodings known, or no text at all.
    """
    named = find(path) if encoding is None else _checked(path, encoding)
    return io.TextIOWrapper(_open(path), encoding=named, newline="")


def find(path: Path) -> str:
    """Return the name of the file's encoding, as Python knows it; reads the file once or twice."""
    head = _head(path)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise _unknown(path, got=what, do="Give it the suffix of what it is.")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _checked(path, name)
    if b"\0" in head:
        return _utf16(path, head)
    flaw, _ = _read_through(path, "utf-8")
    if flaw is None:
        return "utf-8"
    if flaw.wide < _SURELY_UTF8:
        other, wide = _read_through(path, "gb18030")
        if other is None and _looks_chinese(wide):
            return "gb18030"
    raise _misfit(path, flaw, "UTF-8")


def fitting(path: Path, encoding: str | None) -> str | None:
    """Return the encoding that a recipe names for another file; None where that one is UTF-8.

    Rows that come later may be written otherwise than those that a model was made of, and letters
    beyond ASCII that decode as UTF-8 are UTF-8.
    """
    if encoding is None or not path.is_file():
        return encoding
    flaw, wide = _read_through(path, "utf-8")
    return None if flaw is None and wide else encoding


@contextmanager
def named_by(option: str) -> Iterator[None]:
    """Have errors name an option where there is no recipe to set `data.encoding` in."""
    try:
        yield
    except (EncodingUnknown, WrongValue) as cause:
        raise type(cause)(
            expected=cause.expected.replace(KEY, option),
            got=cause.got,
            do=cause.do.replace(f"{KEY}:", option).replace("the key", "the option"),
            where=cause.where,
        ) from None


def _open(path: Path) -> BinaryIO:
    try:
        if path.suffix.lower() == ".gz":
            return cast(BinaryIO, gzip.open(path, "rb"))
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise absent(path) from None
    except OSError as cause:
        raise FileMissing(
            expected="a file that can be read",
            got=str(cause),
            do="Check its permissions.",
            where=str(path),
        ) from None


def _head(path: Path) -> bytes:
    with _open(path) as raw:
        head = _pieces(raw, path, 1 << 16)
    if not head:
        raise FileEmpty(
            expected="a header and rows",
            got="a file of no bytes",
            do="Check the path, or write the rows again.",
            where=str(path),
        )
    return head


def _pieces(raw: BinaryIO, path: Path, size: int = _PIECE) -> bytes:
    try:
        return raw.read(size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as cause:
        raise _unknown(path, got=f"a damaged gzip archive ({cause})", do="Pack it again.") from None


def _utf16(path: Path, head: bytes) -> str:
    """Tell UTF-16 without a mark by the side of its characters that is zero."""
    name = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    flaw, _ = _read_through(path, name)
    if flaw is None:
        return name
    raise _unknown(
        path,
        got=f"a zero byte at offset {head.index(0):,}: not text",
        do="Export the rows as CSV in UTF-8.",
    )


def _checked(path: Path, name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise WrongValue(
            expected=f"{KEY}: an encoding that Python knows, such as cp1252",
            got=repr(name),
            do="Check the spelling, or take the key out: UTF-8, UTF-16 and GB18030 are found.",
        ) from None
    flaw, _ = _read_through(path, name)
    if flaw is not None:
        raise _misfit(path, flaw, name.upper().removesuffix("-SIG"))
    return name


def _read_through(path: Path, name: str) -> tuple[_Flaw | None, str]:
    """Decode the whole file; return the first flaw, and a sample of characters beyond ASCII."""
    decoder = codecs.getincrementaldecoder(name)()
    done, line, wide = 0, 1, ""
    with _open(path) as raw:
        while True:
            piece = _pieces(raw, path)
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as flaw:
                before = flaw.object[: flaw.start].decode(name, "ignore")
                line += before.count("\n")
                return _Flaw(
                    done - held + flaw.start,
                    line,
                    flaw.object[flaw.start],
                    len(wide + _beyond_ascii(before)),
                ), wide
            if (zero := text.find("\0")) >= 0:
                line += text.count("\n", 0, zero)
                place = done - held + len(text[:zero].encode(name, "ignore"))
                return _Flaw(place, line, 0, 0), ""
            if len(wide) < 4096:
                wide += _beyond_ascii(text)[:4096]
            line += text.count("\n")
            done += len(piece)
            if not piece:
                return None, wide


def _beyond_ascii(text: str) -> str:
    return "" if text.isascii() else "".join(c for c in text if c > "\x7f")


def _looks_chinese(wide: str) -> bool:
    """Tell GB18030 from Latin letters with accents, which decode as rare characters by chance.

    There an accented letter is followed by an ASCII letter, which becomes the second byte of a
    pair; in Chinese text the second byte is beyond ASCII too, or the character has four bytes.
    """
    coded = [c.encode("gb18030") for c in wide]
    firm = sum(len(pair) == 4 or pair[1] >= 0x80 for pair in coded)
    return firm >= 0.7 * len(coded)


def _misfit(path: Path, flaw: _Flaw, name: str) -> EncodingUnknown:
    if flaw.byte == 0:
        got = f"a zero byte at offset {flaw.offset:,} (line {flaw.line:,}): not text"
    else:
        got = f"byte 0x{flaw.byte:02x} at offset {flaw.offset:,} (line {flaw.line:,}), not {name}"
    return _unknown(
        path,
        got=got,
        do=f"Save the file as UTF-8, or name its encoding, such as `{KEY}: cp1252`.",
    )


def _unknown(path: Path, *, got: str, do: str) -> EncodingUnknown:
    return EncodingUnknown(
        expected="text in UTF-8, UTF-16 or GB18030", got=got, do=do, where=str(path)
    )
