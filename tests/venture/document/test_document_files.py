"""The files: all of them, sealed, replaced only where they are ours, whole or not at all."""

from __future__ import annotations

import errno
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx.shared import Cm

from seedbed.errors import DiskFull, DocumentFailed
from seedbed.venture.document import files, seal
from seedbed.venture.document.content import Document
from seedbed.venture.document.word import grid

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture
def folder(document: Document, tmp_path: Path) -> Path:
    files.write(document, tmp_path / "plan", languages=("zh",))
    return tmp_path / "plan"


def test_three_formats_and_the_charts_beside_the_markdown(folder: Path) -> None:
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert names == [
        "brand-sentiment.zh-charts/unit.cash.svg",
        "brand-sentiment.zh.docx",
        "brand-sentiment.zh.html",
        "brand-sentiment.zh.md",
    ]


def test_all_that_was_written_is_sealed(folder: Path) -> None:
    assert all(seal.whole(path) for path in folder.rglob("*") if path.is_file())


def test_the_seal_that_is_returned_is_that_of_the_file(document: Document, tmp_path: Path) -> None:
    for one in files.write(document, tmp_path / "plan", languages=("en",)):
        if one.format == "docx":
            package = zipfile.ZipFile(one.path)
            assert seal.digest(seal.docx_content(package)) == one.seal
            assert one.seal in package.read("word/footer1.xml").decode()
        else:
            assert seal.digest(seal.between(one.path.read_text("utf-8")) or "") == one.seal


@pytest.mark.parametrize("kind", ["html", "md"])
def test_a_word_changed_by_hand_breaks_the_seal(folder: Path, kind: str) -> None:
    path = folder / f"brand-sentiment.zh.{kind}"
    path.write_text(path.read_text("utf-8").replace("未计税", "已计税"), "utf-8")
    assert not seal.whole(path)


def _edited(path: Path, old: str, new: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(made, "w") as other:
        for name in package.namelist():
            part = package.read(name)
            other.writestr(name, part.replace(old.encode(), new.encode()))
    path.write_bytes(made.getvalue())


def test_a_word_changed_in_the_docx_breaks_its_seal(folder: Path) -> None:
    path = folder / "brand-sentiment.zh.docx"
    _edited(path, "nothing of it", "other")
    assert seal.whole(path)
    _edited(path, "未计税", "已计税")
    assert not seal.whole(path)


def test_what_is_ours_is_replaced(document: Document, folder: Path) -> None:
    files.write(replace(document, currency="CNY"), folder, languages=("zh",))
    assert "CNY" in (folder / "brand-sentiment.zh.md").read_text("utf-8")


@pytest.mark.parametrize("kind", ["html", "md", "docx"])
def test_what_was_changed_by_hand_is_not_replaced(
    document: Document, folder: Path, kind: str
) -> None:
    path = folder / f"brand-sentiment.zh.{kind}"
    path.write_bytes(b"my own words")
    with pytest.raises(DocumentFailed, match="--force"):
        files.write(document, folder, languages=("zh",))
    assert path.read_bytes() == b"my own words"
    files.write(document, folder, languages=("zh",), force=True)
    assert seal.whole(path)


def test_a_chart_of_ones_own_is_not_replaced(document: Document, folder: Path) -> None:
    chart = folder / "brand-sentiment.zh-charts" / "unit.cash.svg"
    chart.write_text("<svg/>")
    with pytest.raises(DocumentFailed):
        files.write(document, folder, languages=("zh",))
    assert chart.read_text() == "<svg/>"


def test_a_folder_that_is_not_there_is_a_clear_error(document: Document, tmp_path: Path) -> None:
    with pytest.raises(DocumentFailed, match="no/such"):
        files.write(document, tmp_path / "no" / "such" / "folder")


def test_a_folder_that_is_a_file_is_a_clear_error(document: Document, tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("a file")
    with pytest.raises(DocumentFailed):
        files.write(document, tmp_path / "plan", formats=("md",))


def test_a_full_disk_loses_nothing(
    document: Document, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull):
        files.write(replace(document, currency="CNY"), folder, languages=("zh",))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_same_document_gives_the_same_bytes(document: Document, tmp_path: Path) -> None:
    for name in ("a", "b"):
        files.write(document, tmp_path / name, formats=("docx", "html"), languages=("en",))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


class TestDocx:
    """What Word and screen readers look for."""

    @pytest.fixture
    def package(self, folder: Path) -> zipfile.ZipFile:
        return zipfile.ZipFile(folder / "brand-sentiment.zh.docx")

    @pytest.fixture
    def body(self, package: zipfile.ZipFile) -> ElementTree.Element:
        return ElementTree.fromstring(package.read("word/document.xml"))

    def _styled(self, body: ElementTree.Element, style: str) -> list[str]:
        return [
            "".join(each.text or "" for each in paragraph.iter(f"{W}t"))
            for paragraph in body.iter(f"{W}p")
            if (found := paragraph.find(f"{W}pPr/{W}pStyle")) is not None
            and found.get(f"{W}val") == style
        ]

    def test_headings_are_headings(self, body: ElementTree.Element) -> None:
        assert self._styled(body, "Heading1") == ["1  单位经济", "2  融资"]

    def test_the_contents_are_a_field_with_entries_that_lead_to_bookmarks(
        self, body: ElementTree.Element
    ) -> None:
        codes = [each.text or "" for each in body.iter(f"{W}instrText")]
        assert any("TOC" in code for code in codes)
        anchors = {each.get(f"{W}anchor") for each in body.iter(f"{W}hyperlink")}
        marks = {each.get(f"{W}name") for each in body.iter(f"{W}bookmarkStart")}
        assert anchors == marks == {"c_unit", "c_funding"}

    def test_fields_begin_and_end(self, body: ElementTree.Element) -> None:
        kinds = [each.get(f"{W}fldCharType") for each in body.iter(f"{W}fldChar")]
        assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") > 2

    def test_captions_count(self, body: ElementTree.Element) -> None:
        captions = self._styled(body, "Caption")
        assert [each.partition("  ")[0] for each in captions] == ["表 1", "图 1", "表 2", "表 3"]

    def test_tables_repeat_their_heading(self, body: ElementTree.Element) -> None:
        tables = [
            each for each in body.iter(f"{W}tbl") if each.find(f".//{W}tblHeader") is not None
        ]
        assert len(tables) == 3
        for table in tables:
            widths = [int(each.get(f"{W}w", "0")) for each in table.iter(f"{W}gridCol")]
            assert min(widths) > 200

    def test_pictures_say_what_they_show(self, body: ElementTree.Element) -> None:
        told = [each.get("descr") for each in body.iter() if each.tag.endswith("}docPr")]
        assert told == ["各月现金"]

    def test_pictures_print_with_200_dots_an_inch(self, package: zipfile.ZipFile) -> None:
        (name,) = (name for name in package.namelist() if name.startswith("word/media/"))
        width = int.from_bytes(package.read(name)[16:20], "big")
        assert width / 6.3 == pytest.approx(200, rel=0.01)

    def test_chinese_has_a_font_of_its_own(self, package: zipfile.ZipFile) -> None:
        styles = ElementTree.fromstring(package.read("word/styles.xml"))
        for style in styles.iter(f"{W}style"):
            if style.get(f"{W}styleId") in {"Normal", "Heading1", "Caption", "Title"}:
                fonts = style.find(f"{W}rPr/{W}rFonts")
                assert fonts is not None
                assert fonts.get(f"{W}eastAsia") == "Microsoft YaHei"

    def test_a_wide_table_turns_the_page_and_turns_it_back(self, body: ElementTree.Element) -> None:
        turned = [each.get(f"{W}orient") for each in body.iter(f"{W}pgSz")]
        assert [each == "landscape" for each in turned] == [False, True, False]


class TestWidths:
    """Columns of a DOCX table."""

    WIDE = Cm(16)

    def test_they_fill_the_page(self) -> None:
        found = grid.measure([["a", "b"], ["word " * 30, "x"]], self.WIDE, 100)
        assert sum(found) == pytest.approx(self.WIDE.twips, abs=2)

    def test_words_stay_whole_where_there_is_room(self) -> None:
        rows = [["Kind", "Date", "Source"], ["lognormal", "2026-11-22", "a long source " * 9]]
        found = grid.measure(rows, self.WIDE, 100)
        assert found[0] >= 100 * len("lognormal")
        assert found[1] >= 100 * len("2026-11-22")
        assert found[2] > found[0] + found[1]

    def test_too_many_columns_share_what_there_is(self) -> None:
        found = grid.measure([["antidisestablishment"] * 9], self.WIDE, 100)
        assert len(set(found)) == 1
        assert sum(found) <= self.WIDE.twips
