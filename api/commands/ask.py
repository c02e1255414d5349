"""``askdesk ask``: one turn with the assistant, or many, of which nothing is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.terminal import data_dir_option, json_option, one_of, opened, show


@click.command("ask")
@click.argument("text", required=False)
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    default=None,
    help="Ask every line of a JSON Lines file: {id, text, history?, locale?}. One line of JSON comes for each.",
)
@click.option(
    "--locale", default="", help="Language of the customer, such as en, zh-CN or zh-TW (default: that of TEXT)."
)
@data_dir_option
@json_option
def command(text: str | None, batch: Path | None, locale: str, data_dir: Path | None, as_json: bool) -> None:
    """Ask the assistant TEXT as a customer would, whether or not a server runs. Nothing is stored."""
    one_of(text, batch)
    from eval.asking import Request, answer, aside, checked_locale, checked_text, read_batch

    tag = checked_locale(locale)
    asked = read_batch(batch, tag) if batch else [Request("", checked_text(text), locale=tag)]
    with opened(data_dir) as container, aside(container):
        for request in asked:
            given = answer(container, request)
            show(given, as_json or batch is not None, told(given))


def told(given: dict[str, Any]) -> str:
    """An answer for reading: the text, its sources, and how it came about."""
    lines = [given["text"], ""]
    for number, cited in enumerate(given["citations"], 1):
        place = " › ".join(part for part in (cited["title"], cited["heading"]) if part)
        lines.append(f"  [{number}] {place}  ({cited['article']})")
        if "translation" in cited:
            lines += [f"      {cited['quote']}", f"      machine translation: {cited['translation']}"]
    lines += [f"  • {choice}" for choice in given["choices"]]
    outcome = given["outcome"].replace("_", " ")
    lines += [""] if given["citations"] or given["choices"] else []
    return "\n".join([*lines, f"  {outcome}, confidence {given['confidence']:.2f}, {given['seconds']:.2f} s"])
