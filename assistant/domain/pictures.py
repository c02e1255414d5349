"""Pictures that someone uploads: told by their first bytes, whatever their name says."""

from __future__ import annotations

from assistant.errors import Invalid
from assistant.wording import Worded

LARGEST_LOGO = 512 * 1024
LARGEST_IMAGE = 5 * 1024 * 1024

_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
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


def _type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), "")
