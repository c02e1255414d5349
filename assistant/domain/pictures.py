"""Pictures that someone uploads: told by their first bytes, whatever their name says."""

from __future__ import annotations

from assistant.errors import Invalid

LARGEST = 512 * 1024
_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def picture_type(data: bytes) -> str:
    """The media type of a PNG, JPEG or WebP picture.

    Raises:
        Invalid: it is none of these, or larger than 512 KB. Drawings that may hold scripts, such as SVG, are none.
    """
    if len(data) > LARGEST:
        raise Invalid("The picture is larger than 512 KB. Make it smaller, then choose it again.", {"field": "logo"})
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    found = next((kind for start, kind in _STARTS.items() if data.startswith(start)), "")
    if not found:
        raise Invalid("The file is no PNG, JPEG or WebP picture.", {"field": "logo"})
    return found
