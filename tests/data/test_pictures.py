"""Pictures of every kind come out as pixels, and what is no picture is said to be none."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from seedbed.data import pictures, read
from seedbed.data.duplicates import near_groups
from seedbed.errors import FileEmpty, FormatUnknown, ImageBroken, ImageTooLarge, RowBroken


def scene(seed: int = 0, side: int = 96) -> pictures.Pixels:
    """Return a made-up picture in colour: soft waves."""
    draw = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 6, side)] * 2), -1)
    waves = [np.sin(grid @ draw.normal(size=(2,)) + draw.normal()) for _ in range(9)]
    return (
        (np.stack(waves, -1).reshape(side, side, 3, 3).sum(-1) * 40 + 128).clip(0, 255).astype("u1")
    )


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> str:
    """Return a picture's file as a data URL."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return pictures.as_url(out.getvalue(), kind.lower())


def test_pixels_go_there_and_back() -> None:
    colour = scene()
    assert_array_equal(pictures.pixels(pictures.data_url(colour)), colour)
    grey = colour[:, :, :1]
    assert_array_equal(pictures.pixels(pictures.data_url(grey)), grey)
    bare = pictures.data_url(grey).partition(",")[2]
    assert_array_equal(pictures.pixels(bare), grey)


@pytest.mark.parametrize(
    ("mode", "depth"),
    [("1", 1), ("L", 1), ("P", 3), ("RGB", 3), ("RGBA", 3), ("CMYK", 3), ("LA", 1)],
)
def test_every_mode_is_read(mode: str, depth: int) -> None:
    image = Image.fromarray(scene()).convert("L" if mode == "LA" else "RGB").convert(mode)
    found = pictures.pixels(saved(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert found.shape == (96, 96, depth)
    assert found.std() > 10


def test_what_is_clear_is_white() -> None:
    image = Image.new("RGBA", (4, 4), (200, 0, 0, 0))
    assert (pictures.pixels(saved(image)) == 255).all()


def test_sixteen_bits_of_grey_keep_their_range() -> None:
    deep = (np.arange(64 * 64, dtype=np.uint16) * 16).reshape(64, 64)
    found = pictures.pixels(saved(Image.fromarray(deep)))
    assert found.min() == 0
    assert 250 <= found.max() <= 255


def test_a_photo_stands_upright() -> None:
    image = Image.fromarray(scene()[:60])
    exif = Image.Exif()
    exif[0x0112] = 6
    assert pictures.pixels(saved(image, "JPEG", exif=exif)).shape == (96, 60, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    file = base64.b64decode(saved(Image.fromarray(scene()), kind).partition(",")[2])
    for share in (0.02, 0.3, 0.6):
        with pytest.raises(ImageBroken):
            pictures.pixels(pictures.as_url(file[: int(len(file) * share)], "png"))


@pytest.mark.parametrize(
    "text", ["", "data:image/png;base64,", "data:,x", "no base64!", "aGVsbG8=", "é"]
)
def test_what_is_no_picture_is_refused(text: str) -> None:
    with pytest.raises(ImageBroken):
        pictures.pixels(text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImageBroken, match="such file"):
        pictures.pixels(tmp_path / "none.png")


def bomb(side: int) -> str:
    """Return a PNG of some kilobytes that says it unpacks into side × side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000, 9)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return pictures.as_url(file, "png")


@pytest.mark.parametrize("side", [5_000, 8_000, 12_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(ImageTooLarge):
        pictures.pixels(bomb(side))


def test_the_hash_knows_a_picture_again() -> None:
    one, other = scene(1, 200), scene(2, 200)
    small = pictures.resized(one, 120, 120, 3)
    jpeg = pictures.pixels(saved(Image.fromarray(one), "JPEG", quality=60))
    dark = (one * 0.8).astype("u1")
    words = [pictures.print_of(each) for each in (one, small, jpeg, dark, other, one)]
    groups = near_groups(words)
    assert len(set(groups[[0, 1, 2, 3, 5]])) == 1
    assert groups[4] != groups[0]
    assert words[0] == words[5] != words[1]


def test_small_pictures_are_told_apart_by_their_pixels() -> None:
    one = scene(1, 28)
    near = one.copy()
    near[0, 0] ^= 1
    groups = near_groups([pictures.print_of(each) for each in (one, near, one)])
    assert groups[0] == groups[2] != groups[1]


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for label in ("good", "faulty"):
        (tmp_path / label).mkdir()
        for i in range(3):
            Image.fromarray(scene(i)).save(tmp_path / label / f"{i}.jpg")
    (tmp_path / "good" / "notes.txt").write_text("no picture")
    found = read.table(tmp_path, ["image", "label"])
    assert list(found.column("label", key="")) == ["faulty"] * 3 + ["good"] * 3
    assert pictures.pixels(Path(found.columns["image"][0])).shape == (96, 96, 3)
    (tmp_path / "good" / "1.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ImageBroken, match=r"1\.jpg"):
        read.table(tmp_path)
    flaws = []
    assert len(read.table(tmp_path, broken=flaws.append)) == 5
    assert [flaw.number for flaw in flaws] == [5]


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    with pytest.raises(FileEmpty):
        read.table(tmp_path)


def test_an_archive_and_its_parts(tmp_path: Path) -> None:
    many = np.stack([scene(i, 16)[:, :, 0] for i in range(6)])
    np.savez(tmp_path / "a.npz", images=many, labels=np.arange(6) % 2, label_names=["no", "yes"])
    found = read.table(tmp_path / "a.npz")
    assert list(found.column("label", key="")) == ["no", "yes"] * 3
    assert_array_equal(pictures.pixels(found.columns["image"][3])[:, :, 0], many[3])
    parts = {
        f"{p}_{k}": v
        for p in ("train", "val", "test")
        for k, v in (("images", many), ("labels", np.arange(6)[:, None]))
    }
    np.savez(tmp_path / "b.npz", **parts)
    assert list(read.table(tmp_path / "b.npz#test").columns["label"]) == list("012345")
    assert len(read.table(tmp_path / "b.npz")) == 6
    with pytest.raises(FormatUnknown, match="arrays images, labels"):
        read.table(tmp_path / "a.npz#test")


@pytest.mark.parametrize("shape", [(6, 16), (6, 16, 16, 7), (6, 0, 16), (5, 16, 16), (0, 16, 16)])
def test_arrays_of_a_wrong_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.savez(tmp_path / "a.npz", images=np.zeros(shape, "u1"), labels=np.zeros(6, int))
    with pytest.raises((RowBroken, FileEmpty)):
        read.table(tmp_path / "a.npz")


def test_an_archive_of_objects_is_not_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.array([{}], object), labels=np.zeros(1, int))
    with pytest.raises(FormatUnknown):
        read.table(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(FormatUnknown):
        read.table(tmp_path / "b.npz")
