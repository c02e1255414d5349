"""The installation's accent as CSS: whatever colour an admin picks, text on it and in it stays readable (WCAG AA)."""

from __future__ import annotations

import re

DEFAULT_ACCENT = "#0c6b6b"
_PAPER_LIGHT, _PAPER_DARK = (255, 255, 255), (20, 23, 23)
_WHITE, _INK = (255, 255, 255), (6, 12, 12)
_AA = 4.6

Rgb = tuple[int, int, int]


def theme_css(accent: str) -> str:
    """The style sheet of ``/theme.css``: the accent tokens; a value that is no colour gives the default."""
    light, dark = ramps(accent)
    rules = "".join(f"  --{name}: light-dark({light[name]}, {dark[name]});\n" for name in light)
    return f":root {{\n{rules}}}\n"


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
