"""An uploaded picture is judged by its head before it is decoded; every refusal says what is allowed."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from components.catalog.segment import picture
from components.catalog.segment.picture import (
    PictureError,
    TooLargeError,
    TooManyPixelsError,
    UnreadableError,
    WrongShapeError,
)
from tests.services.pictures import TINY_PNG


def file(image, kind="PNG", **options):
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def noise(width=64, height=48):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def claiming(width, height):
    """A PNG of a few bytes that says it is large."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", picture.FORMATS)
def test_a_picture_of_each_format_is_read(kind):
    found = picture.read_picture(file(noise(), kind))
    assert (found.width, found.height, found.image.mode) == (64, 48, "RGB")


def test_the_same_picture_has_the_same_digest_and_another_one_another():
    assert picture.read_picture(file(noise())).digest == picture.read_picture(file(noise())).digest
    assert picture.read_picture(file(noise())).digest != picture.read_picture(file(noise(48, 64))).digest


def test_a_large_picture_is_made_smaller_in_its_proportions():
    found = picture.read_picture(file(noise(3000, 1500), "JPEG"))
    assert (found.width, found.height) == (1024, 512)


def test_a_photograph_on_its_side_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    assert (picture.read_picture(file(noise(64, 48), "JPEG", exif=exif)).width, 48)[0] == 48


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_other_kinds_of_pixels_become_rgb(mode):
    image = noise().convert("L").convert("I").convert("I;16") if mode == "I;16" else noise().convert(mode)
    assert picture.read_picture(file(image, "JPEG" if mode == "CMYK" else "PNG")).image.mode == "RGB"


def test_what_is_transparent_is_seen_as_white():
    image = noise().convert("RGBA")
    image.putalpha(0)
    assert (np.asarray(picture.read_picture(file(image)).image) == 255).all()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnreadableError),
        (b"GIF89a" + bytes(100), UnreadableError),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnreadableError),
        (b"%PDF-1.7", UnreadableError),
        (b"\x89PNG\r\n\x1a\n", UnreadableError),
        (file(noise())[:-400], UnreadableError),
        (file(noise(), "JPEG")[:200], UnreadableError),
        (TINY_PNG, WrongShapeError),
        (file(noise(2000, 20)), WrongShapeError),
        (claiming(60_000, 60_000), TooManyPixelsError),
        (claiming(10_000, 9_000), TooManyPixelsError),
        (claiming(2**31 - 1, 2**31 - 1), TooManyPixelsError),
        (claiming(4000, 4000), UnreadableError),
        (bytes(picture.MOST_BYTES + 1), TooLargeError),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(content, error):
    with pytest.raises(error) as raised:
        picture.read_picture(content)
    assert isinstance(raised.value, PictureError)
    assert "Choose another picture" in str(raised.value)
    assert "{" not in str(raised.value)


@pytest.mark.parametrize("where", range(20, 400, 23))
def test_a_damaged_file_is_a_picture_or_refused_and_nothing_else(where):
    content = bytearray(file(noise(), "JPEG"))
    content[where] ^= 0xFF
    with contextlib.suppress(PictureError):
        picture.read_picture(bytes(content))


def test_the_example_is_a_picture_that_would_be_taken():
    example = picture.draw_example()
    assert picture.read_picture(file(example.image)).digest == example.digest
