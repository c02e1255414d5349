"""Any accent stays readable."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from api.web.theme import contrast, theme_css

TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
PAPERS = ((255, 255, 255), (20, 23, 23))


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:], 16)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_text_on_and_in_the_accent_meets_aa(accent: str) -> None:
    tokens = {name: (rgb(light), rgb(dark)) for name, light, dark in TOKEN.findall(theme_css(accent))}
    for scheme, paper in enumerate(PAPERS):
        colour = {name: pair[scheme] for name, pair in tokens.items()}
        assert contrast(colour["on-accent"], colour["accent"]) >= 4.5
        assert contrast(colour["on-accent"], colour["accent-hover"]) >= 4.5
        assert contrast(colour["accent-strong"], paper) >= 4.5
        assert contrast(colour["accent-strong"], colour["accent-soft"]) >= 4.5
        assert contrast(colour["accent"], paper) >= 3


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_charts_begin_with_the_accent_and_no_two_series_are_alike(accent: str) -> None:
    tokens = {name: light for name, light, _dark in TOKEN.findall(theme_css(accent))}
    series = [tokens[f"series-{number}"] for number in range(1, 5)]
    assert series[0] == tokens["accent"]
    assert len(set(series)) == 4


def test_what_is_no_colour_gives_the_default() -> None:
    assert theme_css("red;} body{display:none") == theme_css("#0c6b6b")
