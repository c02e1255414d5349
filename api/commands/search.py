"""``askdesk search``: which passages the knowledge base has for a question, and how they rank."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import click

from api.terminal import data_dir_option, json_option, one_of, opened, show


@click.command("search")
@click.argument("text", required=False)
@click.option("-k", "k", type=click.IntRange(1, 100), default=10, show_default=True, help="How many passages.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    default=None,
    help="Search for every line of a JSON Lines file: {id, text, locale?}. One line of JSON comes for each.",
)
@click.option("--locale", default="", help="Language whose articles come first (default: that of TEXT).")
@data_dir_option
@json_option
def command(text: str | None, k: int, batch: Path | None, locale: str, data_dir: Path | None, as_json: bool) -> None:
    """Show the passages that customers may be answered from for TEXT, best first."""
    one_of(text, batch)
    from eval.asking import Request, aside, checked_locale, checked_text, read_batch, search

    tag = checked_locale(locale)
    asked = read_batch(batch, tag) if batch else [Request("", checked_text(text), locale=tag)]
    with opened(data_dir) as container, aside(container):
        for request in asked:
            found = search(container, request, k)
            show(found, as_json or batch is not None, told(found["results"]))


def told(results: list[dict[str, Any]]) -> str:
    """Passages for reading, each with its place and scores."""
    if not results:
        return "Nothing was found."
    return "\n\n".join(_told(place, one) for place, one in enumerate(results, 1))


def _told(place: int, one: dict[str, Any]) -> str:
    where = " › ".join(part for part in (one["title"], one["heading"]) if part)
    scores = f"{one['score']:.3f}  (dense {one['dense']:.3f}, keyword {one['keyword']:.2f})  {one['article']}"
    words = " ".join(one["text"].split())
    body = textwrap.indent("\n".join(textwrap.wrap(words, 100, max_lines=3, placeholder=" …")), "    ")
    return f"{place:2}. {where}\n    {scores}\n{body}"
