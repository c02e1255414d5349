"""Pictures of any size and kind, made when they are needed."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base


def picture(kind: str = "PNG", width: int = 64, height: int = 32, *, orientation: int = 0) -> bytes:
    """A blue picture whose left quarter is red; with ``orientation``, as a camera in London wrote it."""
    drawn = Image.new("RGB", (width, height), "blue")
    drawn.paste("red", (0, 0, width // 4, height))
    written = io.BytesIO()
    options: dict[str, Any] = {}
    if orientation:
        exif = drawn.getexif()
        exif[Base.Orientation], exif[Base.Make] = orientation, "Some camera"
        exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (51.0, 30.0, 26.0)
        options["exif"] = exif
    drawn.save(written, kind, **options)
    return written.getvalue()
