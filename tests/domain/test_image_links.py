"""Images of a Markdown text lead where they are told to, and nothing else of the text changes."""

from __future__ import annotations

import pytest

from assistant.domain.image_links import with_image_links

NEW = "/files/ab12"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Look: ![shows](a.png) here.", f"Look: ![shows]({NEW}) here."),
        ('![shows](a.png "The \\"lid\\"")', f'![shows]({NEW} "The \\"lid\\"")'),
        ("![](<a.png>)", f"![]({NEW})"),
        ("![the \\[left\\] *side*](a.png)", f"![the \\[left\\] *side*]({NEW})"),
        ("[![shows](a.png)](https://example.org/a)", f"[![shows]({NEW})](https://example.org/a)"),
        ("## ![shows](a.png) Lid ##", f"## ![shows]({NEW}) Lid ##"),
        ("1. Press.\n\n   ![shows](a.png)\n2. Wait.", f"1. Press.\n\n   ![shows]({NEW})\n2. Wait."),
        ("> - One ![x](a.png)\n>   two ![y](a.png)", f"> - One ![x]({NEW})\n>   two ![y]({NEW})"),
        ("> ![two\n> lines](a.png) after", f"> ![two lines]({NEW}) after"),
        ("| a | b |\n|---|---|\n| a | ![a](a.png) |", f"| a | b |\n|---|---|\n| a | ![a]({NEW}) |"),
        ("![shows][pic], ![pic]\n\n[pic]: a.png 'T'", f'![shows]({NEW} "T"), ![pic]({NEW} "T")\n\n[pic]: a.png \'T\''),
    ],
)
def test_every_way_to_write_an_image(text: str, told: str) -> None:
    assert with_image_links(text, {"a.png": NEW}.__getitem__) == told


@pytest.mark.parametrize(
    "text",
    [
        "Write `![shows](a.png)` for a picture.",
        "```\n![shows](a.png)\n```",
        "Text.\n\n    ![shows](a.png)",
        "\\![shows](a.png)",
        "[shows](a.png)",
        "An exclamation mark! [shows](a.png)",
    ],
)
def test_what_is_no_image_stays(text: str) -> None:
    assert with_image_links(text, lambda _target: NEW) == text


def test_an_unpaired_backtick_hides_no_image() -> None:
    assert with_image_links("The ` key.\n\n![x](a.png)\n\nThe ` key.", lambda _: NEW).count(NEW) == 1


def test_an_image_without_a_new_target_stays_as_it_is_written() -> None:
    text = '![a](<one two.png>  "T") ![b](b.png) ![c]\n\n[c]: c.png'
    asked: list[str] = []

    def told(target: str) -> str:
        asked.append(target)
        return ""

    assert with_image_links(text, told) == text
    assert asked == ["one%20two.png", "b.png", "c.png"]
