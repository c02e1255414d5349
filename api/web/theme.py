"""The installation's accent as CSS: whatever colour an admin picks, text on it and in it stays readable (WCAG AA)."""

from __future__ import annotations

import re

DEFAULT_ACCENT = "#0c6b6b"
_PAPER_LIGHT, _PAPER_DARK = (255, 255, 255), (20, 23, 23)
_WHITE, _INK = (255, 255, 255), (6, 12, 12)
_AA = 4.6
# The other colours of charts, light and dark, in the order in which they are taken; the one nearest to the accent is
# left out, so that no two series look alike.
_SERIES = (("#d08a1d", "#e9b860"), ("#7a5bc4", "#b79df0"), ("#9aa5a5", "#5d6868"), ("#0c6b6b", "#57bdb6"))

Rgb = tuple[int, int, int]


def theme_css(accent: str) -> str:
    """The style sheet of ``/theme.css``: accent and charts; a value that is no colour gives the default."""
    light, dark = ramps(accent)
    tokens = {name: (light[name], dark[name]) for name in light} | _series(light["accent"], dark["accent"])
    rules = "".join(f"  --{name}: light-dark({day}, {night});\n" for name, (day, night) in tokens.items())
    return f":root {{\n{rules}}}\n"


def _series(light: str, dark: str) -> dict[str, tuple[str, str]]:
    """The colours of charts: the accent itself, then those that differ from it."""
    nearest = min(_SERIES, key=lambda pair: _distance(pair[0], light))
    every = ((light, dark), *(pair for pair in _SERIES if pair != nearest))
    return {f"series-{number}": pair for number, pair in enumerate(every, 1)}


def _distance(one: str, other: str) -> int:
    return sum((a - b) ** 2 for a, b in zip(_parsed(one) or _INK, _parsed(other) or _INK, strict=True))


def ramps(accent: str) -> tuple[dict[str, str], dict[str, str]]:
    """The accent tokens on light and on dark paper, each as ``#rrggbb``."""
    base = _parsed(accent) or _parsed(DEFAULT_ACCENT) or _INK
    return _ramp(base, _PAPER_LIGHT, _INK, 0.1), _ramp(base, _PAPER_DARK, _WHITE, 0.2)


def accent_report(accent: str) -> dict[str, object]:
    """What becomes of an accent: its tokens, the contrast of text on it, and whether it had to be moved to be read."""
    light, dark = ramps(accent)
    ground, text = _parsed(light["accent"]) or _INK, _parsed(light["on-accent"]) or _WHITE
    moved = _parsed(accent) is not None and light["accent"] != accent.strip().lower()
    return {"light": light, "dark": dark, "contrast": round(contrast(ground, text), 1), "moved": moved}


def contrast(one: Rgb, other: Rgb) -> float:
    """The WCAG 2 contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _ramp(base: Rgb, paper: Rgb, ink: Rgb, softness: float) -> dict[str, str]:
    soft = _mix(paper, base, softness)
    accent = base if contrast(base, paper) >= 3 else _readable(base, ink, (paper,), 3.0)
    on_accent = max((_WHITE, _INK), key=lambda colour: contrast(colour, accent))
    away = _INK if on_accent == _WHITE else _WHITE
    if contrast(on_accent, accent) < _AA:
        accent = _readable(accent, away, (on_accent,), _AA)
    return {
        "accent": _hex(accent),
        "accent-hover": _hex(_mix(accent, away, 0.14)),
        "accent-strong": _hex(_readable(base, ink, (paper, soft), _AA)),
        "accent-soft": _hex(soft),
        "on-accent": _hex(on_accent),
    }


def _readable(colour: Rgb, towards: Rgb, grounds: tuple[Rgb, ...], ratio: float) -> Rgb:
    for step in range(21):
        mixed = _mix(colour, towards, step / 20)
        if all(contrast(mixed, ground) >= ratio for ground in grounds):
            return mixed
    return towards


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(text: str) -> Rgb | None:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text.strip()):
        return None
    digits = text.strip()[1:]
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
