"""Pictures keep what is seen and lose what a camera wrote into them."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import IFD

from assistant.domain.pictures import image_type, without_metadata
from assistant.errors import Invalid
from tests.pictures import picture

FORMATS = ("JPEG", "PNG", "WEBP")


def damaged(data: bytes, at: random.Random) -> bytes:
    """The picture with some of its bytes changed, all but the first."""
    changed = bytearray(data)
    for _ in range(at.randint(1, 6)):
        changed[at.randrange(12, len(changed))] = at.randrange(256)
    return bytes(changed)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def is_red(colour: Any) -> bool:
    red, _, blue = colour
    return bool(red > 200 and blue < 60)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_camera_wrote_is_gone(kind: str) -> None:
    with_place = picture(kind, orientation=1)
    assert opened(with_place).getexif().get_ifd(IFD.GPSInfo)
    cleaned = without_metadata(with_place)
    assert not opened(cleaned).getexif()
    assert b"Some camera" not in cleaned
    assert image_type(cleaned) == image_type(with_place)
    assert is_red(opened(cleaned).convert("RGB").getpixel((4, 16)))


@pytest.mark.parametrize("kind", FORMATS)
def test_it_stands_as_it_is_to_be_seen(kind: str) -> None:
    upright = opened(without_metadata(picture(kind, orientation=6)))
    assert upright.size == (32, 64)
    assert is_red(upright.convert("RGB").getpixel((16, 4)))


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_to_take_out_changes_no_byte(kind: str) -> None:
    plain = picture(kind)
    assert without_metadata(plain) == plain


def test_a_moving_picture_goes_on_moving() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], comment=b"by Mia Chen")
    cleaned = without_metadata(written.getvalue())
    assert opened(cleaned).n_frames == 3  # type: ignore[attr-defined]
    assert b"Mia Chen" not in cleaned


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_picture_is_refused(kind: str) -> None:
    whole = picture(kind, orientation=1)
    with pytest.raises(Invalid, match="damaged"):
        without_metadata(whole[: len(whole) // 2])


def test_a_picture_larger_than_any_screen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(Invalid, match="far too large"):
        without_metadata(picture("PNG"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_with_wrong_bytes_is_cleaned_or_refused(kind: str) -> None:
    whole, at = picture(kind, orientation=6), random.Random(6)  # among these, some raise what no documentation names
    for _ in range(400):
        try:
            cleaned = without_metadata(damaged(whole, at))
        except Invalid:
            continue
        assert image_type(cleaned)
