"""Colours: readable text on whatever accent an admin chooses (WCAG 2.2, relative luminance and contrast)."""

from __future__ import annotations

AA = 4.5
_BLACK, _WHITE = "#000000", "#ffffff"


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours written as ``#rrggbb``, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White or black, whichever reads on the background. One of them always reaches AA."""
    return _WHITE if contrast(background, _WHITE) >= AA else _BLACK


def _mixed(colour: str, towards: str, share: float) -> str:
    pairs = ((int(colour[start : start + 2], 16), int(towards[start : start + 2], 16)) for start in (1, 3, 5))
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in pairs)


def readable_as_text(colour: str, background: str) -> str:
    """The colour itself if it reads on the background, or else the nearest darker or lighter one that does."""
    towards = _BLACK if _luminance(background) > 0.18 else _WHITE
    steps = (_mixed(colour, towards, step / 50) for step in range(51))
    return next((step for step in steps if contrast(step, background) >= AA), towards)
