"""Fuzzes the readers: spoilt files must give rows or a `SeedbedError`, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from seedbed.data import read
from seedbed.errors import SeedbedError

ROWS = [
    ("I want my card", "card"),
    ('He said "no", twice', "other"),
    ("两行\n文字，带逗号", "中文"),
    ("emoji 👍 and é", "other"),
    ("", "empty"),
]
SPICE = (
    b'"',
    b"\r",
    b"\n",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b",",
    b"{",
    b"\xd1",
    b"\\ud800",
    b"\x80" * 9,
)


def seeds() -> dict[str, list[bytes]]:
    """Return whole files, by suffix."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

    body = "text,label\n" + "".join('"{}",{}\n'.format(t.replace('"', '""'), n) for t, n in ROWS)
    lines = "".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in ROWS)
    chinese = "text,label\n今天天气不错,好\n服务很差,差\n"
    words = "\n".join("".join(f"{word}\tO\n" for word in t.split()) for t, _ in ROWS)
    table, parquet, excel = pa.table({"text": [t for t, _ in ROWS]}), io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    book = Workbook()
    for row in [("text", "label"), *ROWS]:
        book.active.append(row)
    book.save(excel)
    encodings = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030")
    return {
        ".csv": [body.encode(e) for e in encodings] + [chinese.encode(e) for e in encodings],
        ".tsv": [body.replace(",", "\t").encode()],
        ".csv.gz": [gzip.compress(body.encode())],
        ".jsonl": [lines.encode(), lines.encode("utf-16")],
        ".conll": [b"Rick B-person\nran O\n\n# two\n\xe5\x8d\xa1\tO\n", words.encode()],
        ".parquet": [parquet.getvalue()],
        ".xlsx": [excel.getvalue()],
    }


def spoil(data: bytes, draw: random.Random) -> bytes:
    """Return the bytes with one to eight random changes."""
    spoilt = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(spoilt) + 1)
        kind = draw.randrange(6)
        if kind == 0 and at < len(spoilt):
            spoilt[at] = draw.randrange(256)
        elif kind == 1:
            spoilt[at:at] = draw.choice(SPICE)
        elif kind == 2:
            del spoilt[at : at + draw.randint(1, 16)]
        elif kind == 3:
            piece = spoilt[at : at + draw.randint(1, 64)]
            spoilt[at:at] = piece * draw.randint(1, 20)
        elif kind == 4:
            del spoilt[at:]
        else:
            spoilt[at:at] = draw.randbytes(draw.randint(1, 16))
    return bytes(spoilt)


def attempt(path: Path) -> str:
    """Read a file both ways; return how it ended."""
    try:
        for row in read.rows(path, broken=lambda flaw: str(flaw.error)):
            "".join(row.cells.values()).encode()
        return "rows"
    except SeedbedError as error:
        str(error)
        return type(error).__name__


def main(seconds: float = 60, seed: int = 0, tell: Callable[[str], None] = print) -> Counter[str]:
    """Fuzz for a while; return how often each ending came.

    Raises:
        AssertionError: a reader raised anything but a `SeedbedError`; the file is kept.
    """
    draw = random.Random(seed)
    kinds = [(suffix, data) for suffix, files in seeds().items() for data in files]
    endings: Counter[str] = Counter()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            suffix, data = draw.choice(kinds)
            path = Path(folder) / f"fuzz{suffix}"
            path.write_bytes(spoil(data, draw))
            try:
                endings[attempt(path)] += 1
            except BaseException as cause:
                if isinstance(cause, KeyboardInterrupt):
                    raise
                kept = Path(tempfile.gettempdir()) / f"seedbed-fuzz{suffix}"
                kept.write_bytes(path.read_bytes())
                raise AssertionError(f"{suffix}: {cause!r}; the file is kept as {kept}") from cause
    tell(
        f"{endings.total():,} spoilt files: "
        + ", ".join(f"{n:,} {k}" for k, n in endings.most_common())
    )
    return endings


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60)
