"""A visitor's picture: checked before it is decoded, turned upright, and made small enough to look at."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from components.core.errors import VisitorError
from components.core.i18n import N_

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MOST_BYTES: Final = 10 * 2**20
MOST_PIXELS: Final = 40_000_000
"""As many as a telephone's camera takes. A file of a few KB can claim far more: the claim is read first."""
LEAST_SIDE_PX: Final = 16
MOST_RATIO: Final = 20
LONGEST_SIDE_PX: Final = 1024
"""Segment Anything looks at 1024 pixels; a larger picture would show it nothing more."""


class PictureError(VisitorError):
    """A file that cannot be used as a picture."""

    advice: ClassVar[str] = N_("Choose another picture: PNG, JPEG or WebP.")


class TooLargeError(PictureError):
    """Too many bytes. Values: `megabytes`, `most`."""

    template = N_("The file has {megabytes} MB, and at most {most} MB can be read.")


class TooManyPixelsError(PictureError):
    """More pixels than are decoded. Values: `pixels`, `most`."""

    template = N_("The picture has {pixels} pixels, and at most {most} can be read.")


class WrongShapeError(PictureError):
    """Too small, or too long and thin. Values: `width`, `height`, `least`, `ratio`."""

    template = N_(
        "The picture has {width} × {height} pixels. Each side needs at least {least} pixels, and the longer "
        "side may be at most {ratio} times the shorter one."
    )


class UnreadableError(PictureError):
    """No picture, or a damaged one."""

    template = N_("This file is not a picture that can be read here, or it is damaged.")


@dataclass(frozen=True)
class Picture:
    """A picture to look at.

    Attributes
    ----------
    image
        RGB, upright, at most `LONGEST_SIDE_PX` on its longest side.
    digest
        SHA-256 of its pixels and size: the same picture has the same.
    """

    image: Image
    digest: str

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return self.image.height


def read_picture(content: bytes) -> Picture:
    """Return the picture in a file.

    Raises
    ------
    TooLargeError, TooManyPixelsError, WrongShapeError, UnreadableError
        If the file is too large, claims too many pixels, is too small or too thin, or is no picture.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if len(content) > MOST_BYTES:
        raise TooLargeError(megabytes=f"{len(content) / 2**20:.1f}", most=MOST_BYTES // 2**20)
    try:
        # Pillow only warns of a picture somewhat too large; its size is judged here, by our own limit.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:  # reads the head only
                _require_size(*opened.size)
                opened.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))  # a JPEG is decoded smaller right away
                upright = ImageOps.exif_transpose(opened)
                return _picture(_on_white(upright))
    except Image.DecompressionBombError:
        raise TooManyPixelsError(pixels=f"> {MOST_PIXELS:,}", most=f"{MOST_PIXELS:,}") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise UnreadableError from error


def draw_example() -> Picture:
    """Return a picture of this project's own: a ball, a box and a tree, drawn here."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (720, 480), (196, 222, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 720, 480), fill=(133, 171, 104))
    draw.rectangle((560, 190, 590, 330), fill=(110, 77, 50))
    draw.ellipse((490, 60, 660, 220), fill=(58, 112, 62))
    draw.polygon(((250, 250), (400, 250), (400, 380), (250, 380)), fill=(201, 140, 72))
    draw.polygon(((250, 250), (300, 210), (450, 210), (400, 250)), fill=(224, 170, 104))
    draw.polygon(((400, 250), (450, 210), (450, 340), (400, 380)), fill=(166, 110, 52))
    draw.ellipse((90, 270, 210, 390), fill=(200, 52, 60))
    draw.ellipse((115, 290, 150, 320), fill=(232, 130, 132))
    return _picture(image)


def _require_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise TooManyPixelsError(pixels=f"{width:,} × {height:,}", most=f"{MOST_PIXELS:,}")
    shorter, longer = sorted((width, height))
    if shorter < LEAST_SIDE_PX or longer > MOST_RATIO * shorter:
        raise WrongShapeError(width=width, height=height, least=LEAST_SIDE_PX, ratio=MOST_RATIO)


def _on_white(image: Image) -> Image:
    """Return a picture without transparency: what is seen through it is white, as on paper."""
    from PIL import Image as Images

    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    paper = Images.new("RGBA", seen.size, "white")
    return Images.alpha_composite(paper, seen).convert("RGB")


def _picture(image: Image) -> Picture:
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    digest = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    return Picture(image, digest)
