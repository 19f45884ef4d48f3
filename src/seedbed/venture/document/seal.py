"""The SHA-256 of what a file says, which stands in its own footer.

A file cannot hold its own hash, so what is sealed is its content without the footer: the text and
pictures between two marks in HTML and Markdown, the paragraphs, tables and pictures of the body in
DOCX. A file whose seal is whole was made by Seedbed and not changed since.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

BEGIN, END = "<!-- seedbed: content -->", "<!-- seedbed: end of content -->"
_SEAL = re.compile(r"<!-- seedbed: seal ([0-9a-f]{64}) -->")
PREFIX = "seedbed:"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CONTENTS = "TOC"


def digest(content: str | bytes) -> str:
    """Return the SHA-256 of a content."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def between(text: str) -> str | None:
    """Return what stands between the marks; None where they are not there."""
    _, begun, rest = text.partition(BEGIN)
    content, ended, _ = rest.partition(END)
    return content if begun and ended else None


def mark(text: str) -> str:
    """Return the comment that holds the seal of a marked text."""
    return f"<!-- seedbed: seal {digest(between(text) or '')} -->"


def whole(path: Path) -> bool:
    """Tell whether a file was made by Seedbed, and still says what it said then."""
    try:
        if path.suffix == ".docx":
            return _whole_docx(path)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return False
    content, found = between(text), _SEAL.search(text)
    return content is not None and found is not None and digest(content) == found[1]


def docx_content(package: zipfile.ZipFile) -> bytes:
    """Return what a DOCX says: its body's text but the contents, then its pictures' hashes."""
    root = ElementTree.fromstring(package.read("word/document.xml"))
    said = [_text(paragraph) for paragraph in root.iter(f"{_WORD}p") if not _listed(paragraph)]
    pictures = sorted(name for name in package.namelist() if name.startswith("word/media/"))
    return "\n".join([*said, *(digest(package.read(name)) for name in pictures)]).encode()


def _whole_docx(path: Path) -> bool:
    with zipfile.ZipFile(path) as package:
        core = ElementTree.fromstring(package.read("docProps/core.xml"))
        held = [each.text or "" for each in core.iter() if each.tag.endswith("}identifier")]
        return held == [PREFIX + digest(docx_content(package))]


def _text(paragraph: ElementTree.Element) -> str:
    return "".join(each.text or "" for each in paragraph.iter(f"{_WORD}t"))


def _listed(paragraph: ElementTree.Element) -> bool:
    """Tell whether a paragraph is a line of the table of contents, which Word writes anew."""
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    return style is not None and style.get(f"{_WORD}val", "").startswith(_CONTENTS)
