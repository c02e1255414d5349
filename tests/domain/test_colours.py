"""Whatever accent is chosen, text stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.colours import AA, contrast, readable_as_text, text_on

colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(colours)
def test_text_on_any_colour_reads(background: str) -> None:
    assert contrast(background, text_on(background)) >= AA


@given(colours, colours)
def test_colour_as_text_reads_on_any_background(colour: str, background: str) -> None:
    assert contrast(readable_as_text(colour, background), background) >= AA


def test_readable_colour_is_left_alone() -> None:
    assert readable_as_text("#1f5fbf", "#ffffff") == "#1f5fbf"


def test_extremes_of_the_scale() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
