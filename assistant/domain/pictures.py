"""Pictures that someone uploads: told by their first bytes, whatever their name says."""

from __future__ import annotations

import io
import struct
import zlib

from assistant.errors import Invalid
from assistant.wording import Worded

LARGEST_LOGO = 512 * 1024
LARGEST_IMAGE = 5 * 1024 * 1024

# Where a stored file is shown, before its hash.
STORED_AT = "/files/"

_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_ORIENTATION = 0x0112
_QUALITY = 90
_TELLING = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "Raw profile type exif"})
# What reading and writing a picture that is not as it should be may raise.
_STRANGE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)
_LOGOS = ("image/png", "image/jpeg", "image/webp")


def logo_type(data: bytes) -> str:
    """The media type of a PNG, JPEG or WebP picture.

    Raises:
        Invalid: it is none of these, or larger than 512 KB. Drawings that may hold scripts, such as SVG, are none.
    """
    if len(data) > LARGEST_LOGO:
        raise Invalid("The picture is larger than 512 KB. Make it smaller, then choose it again.", {"field": "logo"})
    found = _type(data)
    if found not in _LOGOS:
        raise Invalid("The file is no PNG, JPEG or WebP picture.", {"field": "logo"})
    return found


def image_type(data: bytes) -> str:
    """The media type of a PNG, JPEG, WebP or GIF picture for an article.

    Raises:
        Invalid: it is none of these, or larger than 5 MB.
    """
    if len(data) > LARGEST_IMAGE:
        raise Invalid(
            Worded("The picture is larger than %(n)s MB. Make it smaller, then add it again.", n=LARGEST_IMAGE >> 20),
            {"field": "file"},
        )
    found = _type(data)
    if not found:
        raise Invalid(
            "The file is no PNG, JPEG, WebP or GIF picture. Save it as one of these, then add it again.",
            {"field": "file"},
        )
    return found


def as_logo(data: bytes) -> tuple[bytes, str]:
    """A logo as it is to be stored, and its media type.

    Raises:
        Invalid: as ``logo_type`` and ``without_metadata``.
    """
    kind = logo_type(data)
    return without_metadata(data), kind


def as_image(data: bytes) -> tuple[bytes, str]:
    """A picture of an article as it is to be stored, and its media type.

    Raises:
        Invalid: as ``image_type`` and ``without_metadata``.
    """
    kind = image_type(data)
    return without_metadata(data), kind


def without_metadata(data: bytes) -> bytes:
    """The picture without what a camera or a program wrote into it (place, device, names), turned as it is to be seen.

    One that holds nothing of the kind stays as it is, byte for byte.

    Raises:
        Invalid: the picture is damaged, or larger than any screen shows.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            exif = picture.getexif()
            if not exif and _TELLING.isdisjoint(picture.info):
                return data
            turned = exif.get(_ORIENTATION, 1) != 1
            kept = ImageOps.exif_transpose(picture) if turned else picture
            # Its own tables again cost a JPEG nothing that one sees; turned, it has to be made anew.
            options = {"quality": _QUALITY if turned or picture.format != "JPEG" else "keep"}
            if getattr(picture, "n_frames", 1) > 1:
                options["save_all"] = True
            for name in _TELLING:
                kept.info.pop(name, None)
            written = io.BytesIO()
            kept.save(written, picture.format, exif=b"", icc_profile=picture.info.get("icc_profile"), **options)
            return written.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, *_STRANGE) as error:
        raise Invalid(
            "The picture is damaged, or far too large. Open it, save it again, then add it.", {"field": "file"}
        ) from error


def _type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), "")
