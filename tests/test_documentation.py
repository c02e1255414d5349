"""The documentation says what there is: every verb and option of the command, and no link that leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from api.cli import askdesk

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
_FENCED = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def _verbs(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from _verbs(found, f"{path} {name}")
        elif found is not None:
            yield f"{path} {name}", found


VERBS = dict(_verbs(askdesk, "askdesk"))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_and_its_options_are_documented(verb: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"`{verb}" in page
    options = [name for one in VERBS[verb].params if isinstance(one, click.Option) for name in one.opts]
    assert [name for name in options if not re.search(rf"{name}[ `\]]", page)] == []


def test_every_page_is_reached_from_the_table_of_contents() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert pages - {"README.md"} - set(_targets(contents)) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in _targets(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def _targets(text: str) -> list[str]:
    return [link or picture for link, picture in _LINK.findall(_FENCED.sub("", text))]
